//! What the system says of a running process.

use std::collections::BTreeSet;
use std::fs;

/// Memory that is in use, in KiB.
#[track_caller]
pub(crate) fn resident_kilobytes(pid: u32) -> u64 {
    kilobytes(pid, "VmRSS:")
}

/// The most that was in use since [`forget_peak`], in KiB.
#[track_caller]
pub(crate) fn peak_kilobytes(pid: u32) -> u64 {
    kilobytes(pid, "VmHWM:")
}

/// Has the system note anew what is in use at most (proc_pid_clear_refs(5)).
#[track_caller]
pub(crate) fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

#[track_caller]
fn kilobytes(pid: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
}

/// Files of compiled components that are mapped.
#[track_caller]
pub(crate) fn mapped_components(pid: u32) -> BTreeSet<String> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    paths.filter(|path| path.ends_with(".cwasm")).map(str::to_owned).collect()
}

/// Processes that a process has started and that have not ended.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        entry.unwrap().file_name().to_str().and_then(|name| name.parse::<u32>().ok())
    });
    let is_child = |process: &u32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let parent = format!("PPid:\t{pid}\n");
        status.contains(&parent) && !status.contains("State:\tZ")
    };
    processes.filter(is_child).collect()
}
