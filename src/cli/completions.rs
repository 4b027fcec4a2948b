//! `parallax completions`: a script that completes the command line's words.

use super::output::{Outcome, print};
use crate::Result;

/// Prints a script that completes this command's words in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  parallax completions bash > ~/.local/share/bash-completion/completions/parallax
  parallax completions zsh > ~/.zfunc/_parallax              # a folder of $fpath
  parallax completions fish > ~/.config/fish/completions/parallax.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// `parallax`: the whole command line.
pub(crate) fn run(args: &Completions, mut parallax: clap::Command) -> Result<Outcome> {
    // Into memory first: the crate panics when nobody reads.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut parallax, "parallax", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Clean)
}
