//! The command as a user runs it: in a folder of its own, with relative paths, so that every message is the same on
//! every machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a run printed and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// As a terminal would show it, without what differs between runs.
    pub fn transcript(&self) -> String {
        let times = regex::Regex::new(r" *[0-9]+\.[0-9] s\b").unwrap();
        let mut text = String::new();
        for (name, part) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !part.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", part.trim_end()));
            }
        }
        format!("exit code {}\n{}", self.code, times.replace_all(&text, " TIME"))
    }

    /// The run, which must have ended cleanly.
    #[track_caller]
    pub fn clean(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// The rows on stdout, by column name.
    pub fn rows(&self) -> Vec<Vec<(String, String)>> {
        rows(self.stdout.as_bytes(), b',')
    }
}

/// A folder to run in; it goes when the value goes.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
        command.args(arguments).current_dir(self.0.path()).env("COLUMNS", "100").env_remove("PARALLAX_MODEL");
        command.env("PARALLAX_CACHE", "cache"); // in the place, not the user's

        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, b"")
    }

    /// Runs with `input` on stdin.
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails early reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The command lines and what each printed, for a snapshot.
    pub fn transcripts(&self, lines: &[&str]) -> String {
        let mut text = String::new();
        for line in lines {
            let arguments: Vec<&str> = line.split(' ').collect();
            text.push_str(&format!("$ parallax {line}\n{}\n", self.run(&arguments).transcript()));
        }
        text
    }
}

/// The rows of a CSV file, by column name; a BOM is passed over.
pub fn rows(csv: &[u8], delimiter: u8) -> Vec<Vec<(String, String)>> {
    let csv = csv.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(csv);
    let names = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|row| names.iter().map(str::to_owned).zip(row.unwrap().iter().map(str::to_owned)).collect())
        .collect()
}

/// The value of a column.
#[track_caller]
pub fn cell<'r>(row: &'r [(String, String)], name: &str) -> &'r str {
    &row.iter().find(|(column, _)| column == name).unwrap_or_else(|| panic!("no column {name}")).1
}

/// A file of the checkout.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
