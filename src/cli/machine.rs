//! What the operating system says of the machine and of this process.

use std::path::{Path, PathBuf};

/// The processor's name, where the system tells it in a file (Linux).
pub(crate) fn cpu_name() -> Option<String> {
    // ARM kernels name no model.
    field(&std::fs::read_to_string("/proc/cpuinfo").ok()?, "model name").map(str::to_owned)
}

/// Processors that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The most memory that this process has held so far, in bytes (Linux).
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kilobytes(&status, "VmHWM")
}

/// The memory that this process may come to hold, in bytes: what is free for use, what the control groups that it runs in
/// (containers) leave, and what it holds already (Linux).
pub(crate) fn available_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let own = kilobytes(&status, "VmRSS")?;
    let free = kilobytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable")?;
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = groups.lines().filter_map(group_folder).flat_map(|folder| left_in_groups(&folder));
    Some(left.fold(free, u64::min) + own)
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let kilobytes: u64 = field(text, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Where the kernel tells of the group that a line of `/proc/self/cgroup` names: `0::/path` in version 2,
/// `4:memory:/path` in version 1.
fn group_folder(line: &str) -> Option<PathBuf> {
    let mut fields = line.splitn(3, ':').skip(1);
    let root = match fields.next()? {
        "" => "/sys/fs/cgroup",
        controllers if controllers.split(',').any(|name| name == "memory") => "/sys/fs/cgroup/memory",
        _ => return None,
    };
    Some(Path::new(root).join(fields.next()?.trim_start_matches('/')))
}

/// What a group and those around it leave; in a container the group's own folder is the root.
fn left_in_groups(folder: &Path) -> Vec<u64> {
    let number = |folder: &Path, names: [&str; 2]| -> Option<u64> {
        names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok())
    };
    let left = |folder: &Path| {
        let most = number(folder, ["memory.max", "memory.limit_in_bytes"])?;
        // Files that the group has read are given back when memory is wanted.
        let cached = std::fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let cached = cached.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse().ok()).unwrap_or(0);
        Some(most.saturating_sub(number(folder, ["memory.current", "memory.usage_in_bytes"])?.saturating_sub(cached)))
    };
    folder.ancestors().take_while(|folder| folder.starts_with("/sys/fs/cgroup")).filter_map(left).collect()
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
        assert!(available_memory().is_some_and(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn a_group_is_found_by_the_line_that_names_it_and_leaves_its_limit_less_what_is_used() {
        assert_eq!(group_folder("0::/user.slice/a"), Some("/sys/fs/cgroup/user.slice/a".into()));
        assert_eq!(group_folder("4:cpu,memory:/box"), Some("/sys/fs/cgroup/memory/box".into()));
        assert_eq!([group_folder("3:cpu:/box"), group_folder("")], [None, None]);
    }
}
