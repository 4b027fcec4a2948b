//! Helpers of the tests.

use std::time::Instant;

/// Measures the time that this thread was given, so that a busy machine fails no test.
pub(crate) struct Stopwatch {
    wall: Instant,
    processor: Option<u64>,
}

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch { wall: Instant::now(), processor: Self::processor() }
    }

    /// Nanoseconds on the processor (Linux only).
    fn processor() -> Option<u64> {
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
    }

    pub fn seconds(&self) -> f64 {
        match (self.processor, Self::processor()) {
            (Some(start), Some(now)) => (now - start) as f64 / 1e9,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// `work` on ten megabytes of `unit` behind `head` takes less than five seconds. A virtual machine also counts the time that
/// its host takes from it, so there are three attempts.
pub(crate) fn ten_megabytes_take_seconds(head: &str, unit: &str, work: impl Fn(&str)) {
    let text = format!("{head}{}", unit.repeat(10_000_000 / unit.len()));
    let mut seconds = 0.0;
    let in_time = (0..3).any(|_| {
        let start = Stopwatch::start();
        work(&text);
        seconds = start.seconds();
        seconds < 5.0
    });
    assert!(in_time, "{head:?} {unit:?} took {seconds} s at the third attempt");
}
