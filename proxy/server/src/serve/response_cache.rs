//! How much memory cached responses get, and the key that they are encrypted with.

use control::Ambient;
use pipeline::ResponseCache;

use crate::arguments::Node;

/// Where the machine does not say how much memory it has.
const BYTES_DEFAULT: u64 = 500_000_000;

/// Empty, with a key of its own.
pub(super) fn of(node: &Node, ambient: &dyn Ambient) -> ResponseCache {
    let mut key = [0; 32];
    ambient.fill(&mut key);
    let told = node.response_cache_memory.map(|megabytes| megabytes * 1_000_000);
    ResponseCache::new(told.unwrap_or_else(a_quarter), &key)
}

/// Of what the machine has, or of what the control group of this process may take.
fn a_quarter() -> u64 {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let machine = total(&read("/proc/meminfo"));
    let group = read("/sys/fs/cgroup/memory.max").trim().parse().ok();
    machine.into_iter().chain(group).min().map_or(BYTES_DEFAULT, |bytes: u64| bytes / 4)
}

/// `MemTotal` in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_the_machine_is_read() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:       16384 kB\n"), Some(16_777_216));
        assert_eq!([total("MemTotal: 1 MB"), total(""), total("MemTotal: x kB")], [None; 3]);
    }
}
