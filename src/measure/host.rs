//! What Linux tells of the memory of this process and of this machine; nothing elsewhere.

use super::groups;

const STATUS: &str = "/proc/self/status";
const MACHINE: &str = "/proc/meminfo";

/// The most memory that this process held so far, in bytes.
pub fn peak_bytes() -> Option<u64> {
    status("VmHWM")
}

/// A line of this process's status, in bytes.
pub fn status(name: &str) -> Option<u64> {
    line_of(STATUS, name)
}

/// All memory of the machine, in bytes.
pub fn machine_bytes() -> Option<u64> {
    line_of(MACHINE, "MemTotal")
}

/// Bytes that this process may still take before the machine or a group of its is short of memory.
pub fn free_bytes() -> Option<u64> {
    let free = line_of(MACHINE, "MemAvailable")?;
    Some(groups::room().map_or(free, |room| free.min(room)))
}

fn line_of(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_bytes() {
        let (peak, now) = (peak_bytes().unwrap(), status("VmRSS").unwrap());
        assert!(peak >= 1 << 20 && now >= 1 << 20, "{peak}, {now}");
        assert!(free_bytes().unwrap() > 0);
        assert_eq!((line_of(STATUS, "Vm"), line_of("no/such/file", "VmRSS")), (None, None));
    }
}
