//! What the control groups of this process let it take, as Linux tells it: a container, a service, a job of a scheduler.
//! A group may take no more than the groups that it is in, whose files may not be seen from within a container.

use std::fs::read_to_string;
use std::path::{Component, Path};

/// The groups of this process, a line for each hierarchy.
const OWN: &str = "/proc/self/cgroup";
/// Where the system shows the hierarchies.
const ROOT: &str = "/sys/fs/cgroup";

/// Names of a hierarchy's files.
struct Names {
    /// Folder of the hierarchy below [`ROOT`].
    folder: &'static str,
    /// The limit.
    limit: &'static str,
    /// What is taken, cached files included.
    taken: &'static str,
    /// Line of `memory.stat` that says how much of that is cached files which nobody used lately.
    cached: &'static str,
}

/// Version 2, one hierarchy for everything.
const UNIFIED: Names = Names { folder: "", limit: "memory.max", taken: "memory.current", cached: "inactive_file" };
/// Version 1, where memory has a hierarchy.
const MEMORY: Names = Names {
    folder: "memory",
    limit: "memory.limit_in_bytes",
    taken: "memory.usage_in_bytes",
    cached: "total_inactive_file",
};

/// Bytes that the groups of this process let it still take; `None` without a limit.
pub fn room() -> Option<u64> {
    room_of(&read_to_string(OWN).ok()?, Path::new(ROOT))
}

/// The least that any group leaves.
fn room_of(own: &str, root: &Path) -> Option<u64> {
    own.lines().filter_map(|line| room_of_line(line, root)).min()
}

/// What a line such as `0::/user.slice` or `4:memory:/job` stands for.
fn room_of_line(line: &str, root: &Path) -> Option<u64> {
    let (_, line) = line.split_once(':')?;
    let (controllers, path) = line.split_once(':')?;
    let names = match controllers {
        "" => UNIFIED,
        some if some.split(',').any(|controller| controller == "memory") => MEMORY,
        _ => return None,
    };
    let path = Path::new(path.strip_prefix('/')?);
    // A group outside of what this process sees is shown as `/..`; then only the root is left to look at.
    let is_seen = path.components().all(|component| matches!(component, Component::Normal(_)));
    let hierarchy = root.join(names.folder);
    let seen = if is_seen { path } else { Path::new("") };
    seen.ancestors().filter_map(|group| room_in(&hierarchy.join(group), &names)).min()
}

/// What one group leaves; `None` where it has no limit, or none that is told.
fn room_in(group: &Path, names: &Names) -> Option<u64> {
    let number = |file: &str| read_to_string(group.join(file)).ok()?.trim().parse::<u64>().ok();
    let (limit, taken) = (number(names.limit)?, number(names.taken)?);
    let stat = read_to_string(group.join("memory.stat")).unwrap_or_default();
    let cached = stat.lines().find_map(|line| line.strip_prefix(names.cached)?.trim().parse().ok()).unwrap_or(0);
    Some(limit.saturating_sub(taken.saturating_sub(cached)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// A folder of made-up groups: each a path and its files.
    fn groups(groups: &[(&str, &[(&str, String)])]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (group, files) in groups {
            std::fs::create_dir_all(root.path().join(group)).unwrap();
            for (file, content) in *files {
                std::fs::write(root.path().join(group).join(file), content).unwrap();
            }
        }
        root
    }

    fn unified(limit: &str, taken: u64, cached: u64) -> [(&'static str, String); 3] {
        let stat = format!("anon 5\ninactive_file {cached}\nactive_file 7\n");
        [("memory.max", format!("{limit}\n")), ("memory.current", format!("{taken}\n")), ("memory.stat", stat)]
    }

    fn mib(count: u64) -> String {
        (count * MIB).to_string()
    }

    #[test]
    fn the_group_that_leaves_least_counts_wherever_it_is_above() {
        let own = "0::/job.slice/step/task\n";
        for (limits, room) in [
            (["max", &mib(100), &mib(60), "max"], Some(50)),
            (["max", &mib(40), &mib(60), "max"], Some(30)),
            (["max", &mib(100), &mib(60), &mib(20)], Some(10)),
            ([&mib(30), "max", "max", "max"], Some(20)),
            (["max", "max", "max", "max"], None),
        ] {
            let files = limits.map(|limit| unified(limit, 10 * MIB, 0));
            let paths = ["", "job.slice", "job.slice/step", "job.slice/step/task"];
            let named: Vec<(&str, &[_])> = paths.into_iter().zip(files.iter().map(|files| &files[..])).collect();
            let root = groups(&named);
            assert_eq!(room_of(own, root.path()), room.map(|room| room * MIB), "{limits:?}");
        }
    }

    #[test]
    fn cached_files_that_nobody_uses_are_room() {
        let root = groups(&[("a", &unified(&mib(100), 90 * MIB, 70 * MIB))]);
        assert_eq!(room_of("0::/a\n", root.path()), Some(80 * MIB));
        std::fs::remove_file(root.path().join("a/memory.stat")).unwrap();
        assert_eq!(room_of("0::/a\n", root.path()), Some(10 * MIB));
        let root = groups(&[("", &unified(&mib(1), 5 * MIB, 0))]);
        assert_eq!(room_of("0::/\n", root.path()), Some(0));
    }

    #[test]
    fn a_container_that_sees_its_own_group_as_the_root_is_limited_by_it() {
        let root = groups(&[("", &unified(&mib(9), 2 * MIB, 0))]);
        for own in ["0::/\n", "0::/../other\n", "0::/docker/abc\n"] {
            assert_eq!(room_of(own, root.path()), Some(7 * MIB), "{own}");
        }
        // Whatever a name says, nothing outside of the hierarchies is read.
        std::fs::create_dir(root.path().join("hierarchies")).unwrap();
        assert_eq!(room_of("0::/..\n", &root.path().join("hierarchies")), None);
    }

    #[test]
    fn memory_of_version_1_has_a_hierarchy_of_its_own() {
        let files = |limit: String| {
            let stat = format!("inactive_file 1\ntotal_inactive_file {}\n", 2 * MIB);
            [("memory.limit_in_bytes", limit), ("memory.usage_in_bytes", mib(5)), ("memory.stat", stat)]
        };
        let unlimited = files((i64::MAX as u64 & !4095).to_string());
        let root = groups(&[("memory", &unlimited), ("memory/job", &files(mib(50))), ("cpu/job", &files(mib(4)))]);
        let own = "12:cpu,cpuacct:/job\n5:memory:/job\n1:name=systemd:/x\n0::/y\n";
        assert_eq!(room_of(own, root.path()), Some(47 * MIB));
    }

    #[test]
    fn what_is_not_as_expected_is_no_limit() {
        let root = groups(&[("a", &[("memory.max", "x".into())]), ("b", &[("memory.max", mib(1))])]);
        for own in ["", "nonsense", "0::a", "0:::", "0::/a", "0::/b", "7:memory:/a"] {
            assert_eq!(room_of(own, root.path()), None, "{own}");
        }
    }
}
