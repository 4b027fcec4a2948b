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
