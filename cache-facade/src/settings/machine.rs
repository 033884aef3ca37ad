//! What the machine has, where a bound has to fit in.

use super::MemoryBound;

/// What an entry costs at the least, in bytes: its place in the tables, without key and value.
const LEAST_ENTRY: u64 = cache_memory::Options::ENTRY_OVERHEAD;

/// The physical memory in bytes; `None` where it is not known: elsewhere than on Linux.
pub(crate) fn physical_memory() -> Option<u64> {
    memory_total(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn memory_total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Why a bound is refused on a machine of so much memory.
pub(crate) fn refusal(bound: MemoryBound, physical: Option<u64>) -> Option<String> {
    let physical = physical?;
    let (most, what) = match bound {
        MemoryBound::Entries(_) => (physical / LEAST_ENTRY, "entries"),
        MemoryBound::Weight(_) => (physical, "bytes"),
    };
    let (MemoryBound::Entries(asked) | MemoryBound::Weight(asked)) = bound;
    (asked > most).then(|| {
        format!(
            "this machine has {physical} bytes of memory; expected at most {most} {what}, and \
             room left for everything else"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_the_machine_is_read() {
        let text = "MemFree:  1 kB\nMemTotal:       16303428 kB\nMemAvailable: 2 kB\n";
        assert_eq!(memory_total(text), Some(16_303_428 * 1024));
        for unknown in ["", "MemTotal: many kB", "MemTotal: 5", "MemTotal: 99999999999999999999 kB"]
        {
            assert_eq!(memory_total(unknown), None);
        }
        assert_eq!(physical_memory().is_some(), cfg!(target_os = "linux"));
    }

    #[test]
    fn bound_may_take_the_whole_memory_and_no_byte_more() {
        let (entries, weight) = (MemoryBound::Entries, MemoryBound::Weight);
        for (fits, too_much) in [(weight(1000), weight(1001)), (entries(4), entries(5))] {
            assert_eq!(refusal(fits, Some(1000)), None);
            assert!(refusal(too_much, Some(1000)).unwrap().contains("1000 bytes of memory"));
        }
    }

    #[test]
    fn bound_is_not_checked_where_the_memory_is_unknown() {
        assert_eq!(refusal(MemoryBound::Weight(u64::MAX), None), None);
    }
}
