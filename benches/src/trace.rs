//! Sequences of accesses, from files or made.

use std::fs;
use std::path::Path;

use crate::{Result, workload};

/// A sequence of accesses to keys that are numbered in the order of their first appearance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// What the reports call it.
    pub name: String,
    /// One key an access.
    pub accesses: Vec<u32>,
    /// How many different keys there are.
    pub keys: usize,
}

impl Trace {
    /// Numbers the keys of a sequence anew, in the order of their first appearance.
    pub fn new(name: impl Into<String>, accesses: &[u32]) -> Self {
        let mut numbers = std::collections::HashMap::new();
        let number = |key: &u32| {
            let next = numbers.len() as u32;
            *numbers.entry(*key).or_insert(next)
        };
        let accesses = accesses.iter().map(number).collect();
        Self { name: name.into(), accesses, keys: numbers.len() }
    }

    /// The capacities that a trace is replayed with: 1, 5 and 20 of 100 keys, but at least 32.
    pub fn capacities(&self) -> [usize; 3] {
        [self.keys / 100, self.keys / 20, self.keys / 5].map(|capacity| capacity.max(32))
    }
}

/// Every `NAME.u32` in a folder, by name: little-endian 32-bit keys, one an access.
///
/// # Errors
/// Where the folder cannot be read, holds no trace, or holds one that ends inside a key.
pub fn read(folder: &Path) -> Result<Vec<Trace>> {
    let place = folder.display();
    let listed = fs::read_dir(folder).map_err(|error| format!("reading {place}: {error}"))?;
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "u32") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{place} holds no trace; give a folder with NAME.u32 files").into());
    }
    paths.iter().map(|path| read_one(path)).collect()
}

fn read_one(path: &Path) -> Result<Trace> {
    let place = path.display();
    let bytes = fs::read(path).map_err(|error| format!("reading {place}: {error}"))?;
    let (keys, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() || keys.is_empty() {
        let length = bytes.len();
        return Err(format!("{place} has {length} bytes; 4 an access, at least one").into());
    }
    let accesses: Vec<_> = keys.iter().map(|key| u32::from_le_bytes(*key)).collect();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Trace::new(name, &accesses))
}

/// Traces that show what policies are good and bad at, for want of real ones: `length` accesses
/// each.
///
/// # Errors
/// None but those of the Zipf distribution, which here is always valid.
pub fn synthetic(length: usize) -> Result<Vec<Trace>> {
    let keys = (length / 10).max(200);
    let zipf = workload::zipf(1, keys, 0.99, length)?;
    let cycle: Vec<_> = (0..keys as u32).cycle().take(length).collect();
    Ok(vec![
        Trace::new("zipf", &zipf),
        Trace::new("loop", &cycle),
        Trace::new("scan", &scans_between(&zipf, keys)),
    ])
}

/// Every other hundred accesses is replaced by keys that come once and never again.
fn scans_between(accesses: &[u32], keys: usize) -> Vec<u32> {
    let mut next = keys as u32;
    let mut scanned = || {
        next += 1;
        next
    };
    let access = |(place, key): (usize, &u32)| if place / 100 % 2 == 0 { *key } else { scanned() };
    accesses.iter().enumerate().map(access).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_in_the_order_they_appear() {
        let trace = Trace::new("t", &[90, 7, 90, 8]);
        assert_eq!((trace.accesses, trace.keys), (vec![0, 1, 0, 2], 3));
    }

    #[test]
    fn capacities_are_parts_of_the_keys_and_never_tiny() {
        let keys: Vec<_> = (0..1011).collect();
        assert_eq!(Trace::new("t", &keys).capacities(), [32, 50, 202]);
    }

    #[test]
    fn traces_are_read_from_a_folder_by_name() {
        let folder = std::env::temp_dir().join(format!("benches-traces-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("b.u32"), [1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0]).unwrap();
        fs::write(folder.join("a.u32"), [5, 0, 0, 0]).unwrap();
        fs::write(folder.join("README.md"), "text").unwrap();
        let traces = read(&folder).unwrap();
        assert_eq!(traces, [Trace::new("a", &[5]), Trace::new("b", &[1, 256, 1])]);
        fs::write(folder.join("c.u32"), [5, 0, 0]).unwrap();
        assert!(read(&folder).unwrap_err().to_string().contains("has 3 bytes"));
        fs::remove_dir_all(&folder).unwrap();
        assert!(read(&folder).unwrap_err().to_string().contains("reading"));
    }

    #[test]
    fn synthetic_traces_have_their_shape() {
        let [zipf, cycle, scan] = &synthetic(10_000).unwrap()[..] else { panic!("three traces") };
        assert_eq!((cycle.keys, cycle.accesses.len()), (1000, 10_000));
        assert!(zipf.keys <= 1000 && zipf.accesses.len() == 10_000);
        // Half of the accesses are keys that come once.
        assert!(scan.keys > 5000);
        assert_eq!(zipf.accesses[..100], scan.accesses[..100]);
    }
}
