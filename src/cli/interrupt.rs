//! Signals that ask to stop. A signal is noted; from then on `Progress` tells the work not to
//! go on, which ends where it stands well, with the vectors computed so far in the cache. What does not ask in time is
//! ended all the same: files are there completely or not at all, so that nothing is lost but time.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::Duration;

use signal_hook::consts;
use signal_hook::{flag, low_level};

use super::output::say;
use crate::atomic::remove_unfinished;
use crate::{Error, Result};

/// The signals that are noted.
const SIGNALS: &[(i32, &str)] = &[
    (consts::SIGINT, "SIGINT"),
    (consts::SIGTERM, "SIGTERM"),
    #[cfg(unix)]
    (consts::SIGHUP, "SIGHUP"),
];
/// The work has so long to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// `timeout` and others send a signal twice in a row. Who sends one after this is in a hurry.
const AGAIN: Duration = Duration::from_millis(300);
/// How often the guard looks for a signal.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The number of the last signal, 0: none came.
static NOTED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();
/// Whether the end was announced.
static TOLD: AtomicBool = AtomicBool::new(false);

fn noted() -> usize {
    NOTED.get().map_or(0, |noted| noted.load(Ordering::Relaxed))
}

/// Whether the work may go on.
pub(crate) fn go_on() -> bool {
    noted() == 0
}

/// The same as an error.
pub(crate) fn check() -> Result<()> {
    if go_on() { Ok(()) } else { Err(Error::Interrupted) }
}

/// Notes signals from now on. `kept`: what an interruption leaves and how to continue, for the last message. Where signals
/// cannot be noted, they end the process as they always did.
pub(crate) fn watch(kept: String) {
    let noted = Arc::clone(NOTED.get_or_init(Arc::default));
    let armed = Arc::new(AtomicBool::new(false));
    let ignored = ignored();
    for &(signal, name) in SIGNALS {
        // `nohup` and the like are respected, where the system says what is ignored.
        let skip = match ignored {
            Some(mask) => mask >> (signal - 1) & 1 == 1,
            None => name == "SIGHUP",
        };
        if !skip {
            let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&noted), signal as usize));
        }
    }
    // Without the guard the work is still asked to stop.
    let _ = std::thread::Builder::new().spawn(move || {
        while go_on() {
            sleep(LOOK_EVERY);
        }
        sleep(AGAIN);
        armed.store(true, Ordering::Relaxed);
        sleep(GRACE - AGAIN);
        remove_unfinished();
        tell(&kept);
        low_level::exit(128 + self::noted() as i32)
    });
}

/// The signals that whoever started us wants to be ignored, a bit for each; `None`: the system does not say.
fn ignored() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// Says what stopped the work and what is kept; the exit code. `None`: no signal came.
pub(crate) fn end(kept: &str) -> Option<ExitCode> {
    let signal = u8::try_from(noted()).ok().filter(|&signal| signal > 0)?;
    tell(kept);
    Some(ExitCode::from(128 + signal))
}

/// Both the work and the guard may come here.
fn tell(kept: &str) {
    if !TOLD.swap(true, Ordering::Relaxed) {
        let name = SIGNALS.iter().find(|(signal, _)| *signal as usize == noted()).map_or("a signal", |(_, name)| name);
        say(&format!("interrupted by {name}: {kept}"));
    }
}
