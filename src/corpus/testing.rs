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

/// Checks that the time of `work` grows with the length of `head` and of many `unit`s behind it, not with its square.
pub(crate) fn takes_linear_time(head: &str, unit: &str, work: impl Fn(&str)) {
    takes_linear_time_on(|bytes| format!("{head}{}", unit.repeat(bytes / unit.len())), work);
}

/// The same for texts of about as many bytes as asked for: four times the text takes four times as long, or sixteen
/// times where the time is quadratic. A quadratic time of less than `SHORT` at a megabyte is less than five seconds at
/// ten. A virtual machine also counts the time that its host takes from it, so there are three attempts.
pub(crate) fn takes_linear_time_on(text: impl Fn(usize) -> String, work: impl Fn(&str)) {
    const SHORT: f64 = 0.05;
    let (small, large) = (text(250_000), text(1_000_000));
    let seconds = |text: &str| {
        let start = Stopwatch::start();
        work(text);
        start.seconds()
    };
    let mut times = (0.0, 0.0);
    let linear = (0..3).any(|_| {
        times = (seconds(&small), seconds(&large));
        times.1 < SHORT || times.1 < 8.0 * times.0
    });
    assert!(
        linear,
        "{:?}… took {} s, four times the text {} s",
        &small[..small.floor_char_boundary(60)],
        times.0,
        times.1
    );
}

#[test]
#[should_panic(expected = "four times the text")]
fn quadratic_time_is_noticed() {
    // Reads the text from its start again and again.
    takes_linear_time("", "a", |text| {
        for end in (0..text.len()).step_by(2000) {
            std::hint::black_box(text[..end].bytes().fold(0u8, |sum, byte| sum.rotate_left(1) ^ byte));
        }
    });
}
