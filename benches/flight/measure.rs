//! What the system says of this process: its memory and its processor time.

use std::fs;

/// Resident memory now and at its highest, in bytes.
pub fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
    };
    (kilobytes("VmRSS:"), kilobytes("VmHWM:"))
}

/// Milliseconds of processor time of all threads, those that have ended too; a hundredth of a second is the finest
/// there is.
pub fn processor_ms() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields);
    fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10
}
