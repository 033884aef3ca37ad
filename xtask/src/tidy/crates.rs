//! How many crates a user builds, and which ones never without asking for them.

use std::collections::BTreeSet;

use xshell::{Shell, cmd};

use super::Finding;
use crate::Result;

/// A choice of features, and what it may build.
struct Limit {
    name: &'static str,
    /// In the words of cargo.
    features: &'static str,
    /// The crates at the most, ours included.
    crates: usize,
    /// Crates that have no place there.
    without: &'static [&'static str],
}

const LIMITS: &[Limit] = &[
    Limit {
        name: "cache-facade with `memory` alone",
        features: "--no-default-features --features=memory",
        crates: 30,
        without: &["figment", "serde", "serde_core", "toml"],
    },
    Limit { name: "cache-facade by default", features: "", crates: 75, without: &["serde_json"] },
];

/// Asks cargo what each choice builds on this platform.
pub(super) fn check(shell: &Shell) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for limit in LIMITS {
        let features = limit.features.split_whitespace();
        let tree = cmd!(shell, "cargo tree --package cache-facade --edges normal --prefix none");
        findings.extend(problems(limit, &tree.args(features).quiet().read()?));
    }
    Ok(findings)
}

fn problems(limit: &Limit, tree: &str) -> Vec<Finding> {
    let crates: BTreeSet<_> = tree.lines().filter_map(name_and_version).collect();
    let too_many = (crates.len() > limit.crates).then(|| {
        let (count, most) = (crates.len(), limit.crates);
        format!(
            "builds {count} crates; {most} is the limit: do without one, or put it behind a feature"
        )
    });
    let out_of_place =
        limit.without.iter().filter(|name| crates.iter().any(|(found, _)| found == *name));
    let out_of_place =
        out_of_place.map(|name| format!("builds {name}, which belongs to a feature that is off"));
    too_many
        .into_iter()
        .chain(out_of_place)
        .map(|advice| Finding::new(limit.name, advice))
        .collect()
}

/// Two versions of a crate are two crates. A line may end with where it is, or that it is repeated.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    Some((words.next()?, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "facade v0.1.0 (somewhere)\nbytes v1.0.0\ncore v0.1.0 (there)\n\
                        bytes v1.0.0 (*)\n\nserde v1.0.0\nserde v2.0.0\n";

    fn found(crates: usize, without: &'static [&'static str]) -> Vec<String> {
        let limit = Limit { name: "facade", features: "", crates, without };
        problems(&limit, TREE).into_iter().map(|finding| finding.advice).collect()
    }

    #[test]
    fn each_version_counts_once() {
        assert_eq!(found(5, &[]), [""; 0]);
        assert!(found(4, &[])[0].contains("builds 5 crates; 4 is the limit"));
    }

    #[test]
    fn crate_of_a_feature_that_is_off_is_found() {
        assert_eq!(found(5, &["figment", "serde_core"]), [""; 0]);
        assert!(found(5, &["figment", "serde"])[0].starts_with("builds serde,"));
    }
}
