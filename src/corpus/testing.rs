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

/// `work` on ten megabytes of `unit` behind `head` has five seconds. A virtual machine also counts the time that its host
/// takes from it: where they are not enough, the growth decides. What is linear takes ten times as long as a tenth of the
/// text, what is quadratic a hundred times.
pub(crate) fn ten_megabytes_take_seconds(head: &str, unit: &str, work: impl Fn(&str)) {
    let seconds = |bytes: usize| {
        let text = format!("{head}{}", unit.repeat(bytes / unit.len()));
        let start = Stopwatch::start();
        work(&text);
        start.seconds()
    };
    let whole = seconds(10_000_000);
    if whole >= 5.0 {
        let tenth = seconds(1_000_000);
        assert!(whole < 30.0 * tenth, "{head:?} {unit:?} took {whole} s, a tenth of it {tenth} s");
    }
}
