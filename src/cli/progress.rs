//! Progress: a bar with rate and time left on a terminal, a line per stage otherwise, nothing with `--quiet`. And the answer
//! that a signal asks the work to stop.

use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::interrupt;
use super::output::{on_terminal, say};
use crate::Result;
use crate::pipeline::Observer;

/// Without a terminal, a stage that takes longer reports this often.
const LOG_EVERY: Duration = Duration::from_secs(15);

/// Shows the work on stderr.
pub(crate) struct Progress {
    quiet: bool,
    terminal: bool,
    current: Mutex<Option<Stage>>,
}

struct Stage {
    name: &'static str,
    unit: &'static str,
    started: Instant,
    logged: Instant,
    bar: ProgressBar,
    done: u64,
}

impl Stage {
    fn unit(&self, n: u64) -> &'static str {
        match (n, self.unit) {
            (1, "stories") => "story",
            (1, unit) => unit.strip_suffix('s').unwrap_or(unit),
            (_, unit) => unit,
        }
    }
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        Progress { quiet, terminal: on_terminal(), current: Mutex::new(None) }
    }

    /// Closes the stage at work.
    pub(crate) fn finish(&self) {
        if let Ok(mut current) = self.current.lock()
            && let Some(stage) = current.take()
        {
            stage.bar.finish_and_clear();
            if !self.quiet {
                let seconds = stage.started.elapsed().as_secs_f64();
                let amount = if stage.done > 0 {
                    format!(", {} {}", HumanCount(stage.done), stage.unit(stage.done))
                } else {
                    String::new()
                };
                say(&format!("  {:<12}{seconds:>8.1} s{amount}", stage.name));
            }
        }
    }

    /// Whether to go on: fails once a signal has asked to stop.
    pub(crate) fn check(&self) -> Result<()> {
        interrupt::check()
    }

    /// A line between the stages.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.finish();
            say(text);
        }
    }
}

/// Units per second since the beginning.
fn mean_rate(done: u64, elapsed: Duration) -> f64 {
    let seconds = elapsed.as_secs_f64();
    if seconds > 0.0 { done as f64 / seconds } else { 0.0 }
}

impl Observer for Progress {
    fn stage(&self, name: &'static str, unit: &'static str, total: Option<u64>) {
        self.finish();
        let bar = if self.terminal && !self.quiet {
            let style = "  {msg:<12}{wide_bar} {human_pos}/{human_len} {prefix}, {rate}/s, {left} left";
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template(style) {
                // Over the whole stage: indicatif's own estimate follows every swing of a shared machine.
                let rate = |state: &ProgressState, out: &mut dyn Write| {
                    let _ = write!(out, "{}", HumanCount(mean_rate(state.pos(), state.elapsed()) as u64));
                };
                let left = |state: &ProgressState, out: &mut dyn Write| {
                    let rate = mean_rate(state.pos(), state.elapsed());
                    let rest = state.len().unwrap_or_default().saturating_sub(state.pos()) as f64;
                    let left = if rate > 0.0 { (rest / rate).round() as u64 } else { 0 };
                    let _ = write!(out, "{}", HumanDuration(Duration::from_secs(left)));
                };
                bar.set_style(style.with_key("rate", rate).with_key("left", left));
            }
            bar.set_message(name);
            bar.set_prefix(unit);
            bar
        } else {
            ProgressBar::hidden()
        };
        if let Ok(mut current) = self.current.lock() {
            let now = Instant::now();
            *current = Some(Stage { name, unit, started: now, logged: now, bar, done: 0 });
        }
    }

    fn progress(&self, done: u64, total: u64) -> bool {
        if let Ok(mut current) = self.current.lock()
            && let Some(stage) = current.as_mut()
        {
            stage.done = done;
            stage.bar.set_length(total);
            stage.bar.set_position(done);
            if !self.terminal && !self.quiet && stage.logged.elapsed() >= LOG_EVERY {
                stage.logged = Instant::now();
                let rate = mean_rate(done, stage.started.elapsed());
                // Before the first batch is through, nothing is known.
                let left = match rate {
                    0.0 => String::new(),
                    rate => {
                        format!(
                            ", {}/s, {:.0} s left",
                            HumanCount(rate as u64),
                            total.saturating_sub(done) as f64 / rate
                        )
                    }
                };
                let (done, total) = (HumanCount(done), HumanCount(total));
                say(&format!("  {}: {done} of {total} {}{left}", stage.name, stage.unit));
            }
        }
        interrupt::go_on()
    }

    fn note(&self, text: &str) {
        Progress::note(self, text);
    }
}
