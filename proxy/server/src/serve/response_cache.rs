//! How much memory cached responses get, and the key that they are encrypted with.

use std::path::Path;

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

/// Of what the machine has, or of what the control groups of this process may take.
fn a_quarter() -> u64 {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|meminfo| total(&meminfo));
    let groups = read("/proc/self/cgroup").and_then(|groups| limit(&groups, read));
    machine.into_iter().chain(groups).min().map_or(BYTES_DEFAULT, |bytes| bytes / 4)
}

/// The least that a control group of `/proc/self/cgroup` may take, or one that it is in. In a container that sees
/// the names outside it, its own is at the root.
fn limit(groups: &str, read: impl Fn(&str) -> Option<String>) -> Option<u64> {
    let limits = groups.lines().filter_map(|line| {
        // Version 1 has a hierarchy for each controller, version 2 has one of all, without names.
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let groups = Path::new(path.trim_start_matches('/')).ancestors();
        let files = groups.map(|group| Path::new(root).join(group).join(file));
        // `max` is no limit.
        files.filter_map(|file| read(file.to_str()?)?.trim().parse().ok()).min()
    });
    limits.min()
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
    #[test]
    fn the_tightest_control_group_around_the_process_counts() {
        let files = |path: &str| {
            let (_, limit) = [
                ("/sys/fs/cgroup/system.slice/edgeway.service/memory.max", "max\n"),
                ("/sys/fs/cgroup/system.slice/memory.max", "4096\n"),
                ("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n"),
                ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "8192\n"),
            ]
            .into_iter()
            .find(|(known, _)| *known == path)?;
            Some(limit.to_owned())
        };
        assert_eq!(limit("0::/system.slice/edgeway.service\n", files), Some(4_096));
        let first = "12:cpu,cpuacct:/a\n5:memory:/docker/abc\n1:name=systemd:/docker/abc\n0::/\n";
        assert_eq!(limit(first, files), Some(8_192));
        assert_eq!(
            ["0::/elsewhere", "3:cpu:/", "", "x"].map(|groups| limit(groups, files)),
            [None; 4]
        );
    }
}
