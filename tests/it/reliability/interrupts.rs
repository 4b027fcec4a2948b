//! Kills and signals at any moment: nothing half written is left, and the same command makes up for it.

use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::runs::{COMMAND, UNDISTURBED, assert_same, files, place, random, tries};
use crate::common::Place;

/// A run in the background, and what it has said so far.
struct Run {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    listener: JoinHandle<()>,
}

impl Run {
    fn start(command: &mut Command) -> Self {
        Self::start_with(command.stdin(Stdio::null()))
    }

    /// With the stdin that the command has.
    fn start_with(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (mut stderr, heard): (ChildStderr, _) = (child.stderr.take().unwrap(), Arc::clone(&said));
        let listener = std::thread::spawn(move || {
            let mut some = [0; 1024];
            while let Ok(n @ 1..) = stderr.read(&mut some) {
                heard.lock().unwrap().extend(&some[..n]);
            }
        });
        Run { child, said, listener }
    }

    fn has_said(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.said.lock().unwrap()).contains(words)
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    fn send(&self, signal: &str) {
        let status = Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]).status().unwrap();
        assert!(status.success(), "kill -{signal}");
    }

    /// Waits for the end: exit code (none after a kill), messages, and how long it took; what takes ten seconds is stuck.
    fn end(mut self) -> (Option<i32>, String, Duration) {
        let begun = Instant::now();
        while !self.has_ended() && begun.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        let took = begun.elapsed();
        if !self.has_ended() {
            self.child.kill().unwrap();
        }
        let code = self.child.wait().unwrap().code();
        self.listener.join().unwrap();
        let said = String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned();
        (code, said, took)
    }

    /// Waits until something is so, or the run has ended.
    fn until(&mut self, is_so: impl Fn(&Run) -> bool) {
        while !is_so(self) && !self.has_ended() {
            sleep(Duration::from_millis(1));
        }
    }
}

/// Whether whoever runs the tests has made processes ignore this signal.
fn is_ignored(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0");
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
}

/// What a run says when a stage has ended, but for the reports: these are seen.
const STAGES: [&str; 9] = [
    "  reading",
    "  claims",
    "  embedding",
    "  stories",
    "  facts",
    "  own words",
    "  evidence",
    "  tone",
    "  contrasts",
];

/// Waits for a random moment of one stage after the other: the start, the stages in turn, the writing of the reports.
fn wait(run: &mut Run, place: &Place, i: usize, random: &mut ChaCha8Rng) {
    // Few tries are spread over all of it.
    let longest = match i * 4 % (STAGES.len() + 2) {
        0 => {
            run.until(|_| place.path("out").exists());
            200
        }
        stage if stage <= STAGES.len() => {
            run.until(|run| run.has_said(STAGES[stage - 1]));
            100
        }
        _ => {
            run.until(|_| place.path("out/stories.csv").exists());
            20
        }
    };
    sleep(Duration::from_micros(random.random_range(0..1000 * longest)));
}

/// Runs the command again, which must say what it continues, and leave what an undisturbed run leaves.
#[track_caller]
fn assert_made_up(place: &Place, what: &str) {
    let kept = place.path("out/.parallax-checkpoint").exists();
    let begun = place.path("out/run.json").exists() && place.read("out/run.json").contains("\"unfinished\"");
    let again = place.run(&COMMAND).clean();
    assert!(!kept || again.stderr.contains("continues at the "), "{what}: {}", again.stderr);
    assert!(!begun || again.stderr.contains("continues the run into out that did not finish"), "{}", again.stderr);
    assert_same(&UNDISTURBED, &files(&place.path("out")), what);
}

fn unfinished_files(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".tmp")).collect()
}

#[test]
fn a_run_killed_at_any_moment_is_made_up_for_by_the_same_command() {
    let tries = tries(6);
    let (mut random, mut killed) = (random(1), 0);
    for i in 0..tries {
        let place = place();
        let mut run = Run::start(&mut place.command(&COMMAND));
        wait(&mut run, &place, i, &mut random);
        let _ = run.child.kill();
        let (code, stderr, _) = run.end();
        killed += usize::from(code.is_none());
        assert_made_up(&place, &format!("try {i}, killed after\n{stderr}"));
    }
    assert!(2 * killed > tries, "no proof: {killed} of {tries} runs were killed, the others had ended");
}

#[test]
fn a_signal_ends_a_run_soon_and_in_order_and_the_same_command_continues() {
    let signals = [("INT", 2), ("TERM", 15), ("HUP", 1)];
    let signals: Vec<_> = signals.into_iter().filter(|(_, number)| !is_ignored(*number)).collect();
    let tries = tries(6);
    let (mut random, mut stopped, mut longest) = (random(2), 0, Duration::ZERO);
    for i in 0..tries {
        let (name, number) = signals[i % signals.len()];
        let place = place();
        let mut run = Run::start(&mut place.command(&COMMAND));
        wait(&mut run, &place, i, &mut random);
        if run.has_ended() {
            continue;
        }
        run.send(name);
        let (code, stderr, took) = run.end();
        longest = longest.max(took);
        assert!(took < Duration::from_secs(4), "try {i}: {took:?}\n{stderr}");
        assert_eq!(unfinished_files(&place.path("out")), [""; 0], "try {i}\n{stderr}");
        match code {
            Some(0) => {} // it was about to end
            // Before the first word of the program.
            None => assert_eq!(stderr, ""),
            Some(code) => {
                stopped += 1;
                assert_eq!(code, 128 + number as i32, "{stderr}");
                assert!(stderr.contains(&format!("interrupted by SIG{name}: ")), "{stderr}");
                assert!(stderr.contains("the same command continues from there"), "{stderr}");
            }
        }
        assert_made_up(&place, &format!("try {i}, {name} after\n{stderr}"));
    }
    assert!(2 * stopped > tries, "no proof: {stopped} of {tries} runs were stopped");
    eprintln!("{stopped} of {tries} runs were stopped, the slowest took {longest:?} to end");
}

#[test]
fn what_waits_for_its_input_ends_all_the_same_and_a_second_signal_is_obeyed_at_once() {
    let arguments = ["analyze", "-", "--out", "out"];
    let waiting = |place: &Place| {
        let mut run = Run::start_with(place.command(&arguments).stdin(Stdio::piped()));
        run.until(|_| place.path("out/run.json").exists());
        sleep(Duration::from_millis(300)); // the model is opened
        run
    };
    let place = Place::new();
    let mut once = waiting(&place);
    let held = once.child.stdin.take();
    once.send("TERM");
    let (code, stderr, took) = once.end();
    assert_eq!(code, Some(143), "{stderr}");
    assert!(stderr.contains("interrupted by SIGTERM"), "{stderr}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    drop(held);

    let place = Place::new();
    let mut twice = waiting(&place);
    let held = twice.child.stdin.take();
    twice.send("TERM");
    twice.send("TERM"); // as `timeout` does, to the process and to its group
    sleep(Duration::from_millis(700));
    assert!(!twice.has_ended(), "twice in a row is once");
    twice.send("TERM");
    let (code, _, took) = twice.end();
    assert_eq!(code, Some(143));
    assert!(took < Duration::from_millis(600), "{took:?}");
    drop(held);
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_to_be_ignored_is() {
    let place = place();
    let script = "trap '' HUP; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    let parallax = place.command(&COMMAND);
    command.args(["-c", script]).arg(parallax.get_program()).args(parallax.get_args());
    command.current_dir(place.path("")).env("PARALLAX_CACHE", "cache");
    let mut run = Run::start(&mut command);
    run.until(|_| place.path("out/run.json").exists());
    run.send("HUP");
    let (code, stderr, _) = run.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_same(&UNDISTURBED, &files(&place.path("out")), "after SIGHUP under nohup");
}

#[test]
fn every_long_command_obeys_and_leaves_no_file_half_written() {
    let place = place();
    place.run(&COMMAND).clean();
    let many: String = (0..4000).map(|i| format!("The council met {i} times about the bridge,{}\n", i % 2)).collect();
    place.write("many.csv", format!("text,label\n{many}"));
    place.write("gold.csv", "id,story\nhal-05,E\nchr-09,E\n");
    let model = ["--engine", "portable", "--precision", "int8", "--no-cache"];
    let commands: [(&[&str], bool); 9] = [
        (&["embed", "many.csv", "--column", "text", "--out", "x.npy"], true),
        (&["measure", "many.csv", "--column", "text"], true),
        (&["calibrate", "many.csv"], true),
        (&["background", "in.csv", "--out", "bg.tsv.gz"], true),
        (&["features", "in.csv", "--articles"], true),
        (&["why", "hal-05", "chr-09", "--report", "out"], false),
        (&["bench", "many.csv", "--column", "text", "--runs", "50", "--engine", "portable"], false),
        (&["validate", "out", "--stories", "gold.csv", "--out", "confusions.csv"], false),
        (&["audit", "out", "--sample", "20", "--out", "audit.csv"], false),
    ];
    // Before its first word, a signal ends the program as it ends any.
    let started = Instant::now();
    place.run(&["--version"]).clean();
    let start = started.elapsed();
    let (mut random, mut stopped) = (random(3), 0);
    for (arguments, takes_model) in commands {
        let arguments = if takes_model { [arguments, &model[..]].concat() } else { arguments.to_vec() };
        let mut run = Run::start(&mut place.command(&arguments));
        sleep(start + Duration::from_millis(random.random_range(20..400)));
        if run.has_ended() {
            continue;
        }
        run.send("TERM");
        let (code, stderr, took) = run.end();
        assert!(took < Duration::from_secs(4), "{arguments:?}: {took:?}");
        // None: before the first word of the program.
        let ended = [Some(0), Some(143)].contains(&code) || (code.is_none() && stderr.is_empty());
        assert!(ended, "{arguments:?}: {code:?} {stderr}");
        if code == Some(143) {
            stopped += 1;
            assert!(stderr.contains("interrupted by SIGTERM: no file is left half written"), "{arguments:?}: {stderr}");
        }
        for dir in ["", "out"] {
            assert_eq!(unfinished_files(&place.path(dir)), [""; 0], "{arguments:?}: {stderr}");
        }
    }
    assert!(stopped >= 3, "no proof: {stopped} commands were stopped");
}
