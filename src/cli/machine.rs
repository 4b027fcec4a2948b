//! What the operating system says of the machine and of this process.

/// The processor's name, where the system tells it in a file (Linux).
pub fn cpu_name() -> Option<String> {
    // ARM kernels name no model.
    field(&std::fs::read_to_string("/proc/cpuinfo").ok()?, "model name").map(str::to_owned)
}

/// Processors that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The most memory that this process has held so far, in bytes (Linux).
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: u64 = field(&status, "VmHWM")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The value of the first line `name : value`.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t\t: 17\nmodel name\t: AMD EPYC 9B14\nmodel name\t: other\nVmHWM:\t  8912 kB\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC 9B14"));
        assert_eq!(field(text, "VmHWM"), Some("8912 kB"));
        assert_eq!(field(text, "name"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_held_some_memory() {
        assert!(peak_memory().is_some_and(|bytes| bytes > 1 << 20));
    }
}
