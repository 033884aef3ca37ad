//! Which crate may use which. The tables are the design; a new line in one is a decision.

use super::Finding;
use crate::metadata::{Dependency, Package};

/// What one crate may use.
struct Allowed {
    name: &'static str,
    /// Crates of ours.
    own: &'static [&'static str],
    /// Crates of ours in tests alone.
    own_in_tests: &'static [&'static str],
    /// Crates of others, optional ones included. What only tests use is free.
    external: &'static [&'static str],
}

const ALLOWED: &[Allowed] = &[
    Allowed {
        name: "cache-core",
        own: &[],
        own_in_tests: &[],
        external: &["bytes", "futures-core", "thiserror"],
    },
    Allowed {
        name: "cache-memory",
        own: &["cache-core"],
        own_in_tests: &["cache-conformance"],
        external: &["bytes", "crossbeam-utils", "dashmap", "foldhash", "rustix", "shuttle"],
    },
    Allowed {
        name: "cache-redis-wire",
        own: &["cache-core"],
        own_in_tests: &[],
        // Random waits between attempts to connect; parts of URLs.
        external: &["bytes", "fastrand", "percent-encoding", "tokio"],
    },
    Allowed {
        name: "cache-redis",
        own: &["cache-core", "cache-redis-wire"],
        own_in_tests: &["cache-conformance", "cache-recipes", "redis-fixture"],
        // redis brings the driver; the last two, TLS behind a feature: the certificates of the system,
        // and rustls as a stream.
        external: &["bytes", "redis", "rustls-native-certs", "tokio", "tokio-rustls"],
    },
    Allowed {
        name: "cache-fred",
        own: &["cache-core", "cache-redis-wire"],
        own_in_tests: &["cache-conformance", "cache-recipes", "redis-fixture"],
        external: &["bytes", "fred", "rustls-native-certs", "socket2", "tokio", "tokio-rustls"],
    },
    Allowed {
        name: "cache-recipes",
        own: &["cache-core"],
        own_in_tests: &["cache-conformance", "cache-memory"],
        external: &["bytes", "futures-core", "getrandom", "metrics", "tokio", "tracing"],
    },
    Allowed {
        name: "cache-conformance",
        own: &["cache-core"],
        own_in_tests: &[],
        external: &["bytes", "fastrand", "tokio"],
    },
    Allowed {
        name: "cache-facade",
        own: &[
            "cache-core",
            "cache-fred",
            "cache-memory",
            "cache-recipes",
            "cache-redis",
            "cache-redis-wire",
        ],
        own_in_tests: &["cache-conformance", "redis-fixture"],
        external: &[
            "arrayvec",
            "bytes",
            "bytesize",
            "figment",
            "futures-core",
            "humantime",
            "metrics",
            "serde",
            "serde_json",
            "strsim",
            "tokio",
            "tracing",
        ],
    },
    Allowed {
        name: "benches",
        own: &[
            "cache-core",
            "cache-facade",
            "cache-fred",
            "cache-memory",
            "cache-redis",
            "redis-fixture",
        ],
        own_in_tests: &[],
        external: &[
            "bytes",
            "comfy-table",
            "dashmap",
            "deadpool-redis",
            "foldhash",
            "foyer-memory",
            "fred",
            "hdrhistogram",
            "humantime",
            "lexopt",
            "lru",
            "maud",
            "mini-moka",
            "moka",
            "peak_alloc",
            "quick_cache",
            "rand",
            "rand_distr",
            "redis",
            "rslock",
            "rustix",
            "serde",
            "serde_json",
            "tokio",
        ],
    },
    Allowed {
        name: "redis-fixture",
        own: &[],
        own_in_tests: &[],
        // Containers; certificates that are wrong on purpose; locks of files, and signals.
        external: &["fastrand", "lexopt", "rcgen", "rustix", "testcontainers", "tokio"],
    },
    Allowed {
        name: "xtask",
        own: &[],
        own_in_tests: &[],
        external: &["lexopt", "serde_json", "xshell"],
    },
];

pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let name = &package.name;
    let Some(allowed) = ALLOWED.iter().find(|allowed| allowed.name == name) else {
        let advice = "the crate is not in the table of xtask/src/tidy/dependencies.rs; \
                      decide there what it may use, and tell it in ARCHITECTURE.md";
        return vec![Finding::new(name, advice)];
    };
    let problems = package.dependencies.iter().filter_map(|dependency| {
        let problem = problem(package, allowed, dependency)?;
        Some(Finding::new(format!("{name}, dependency {}", dependency.name), problem))
    });
    problems.collect()
}

fn problem(package: &Package, allowed: &Allowed, dependency: &Dependency) -> Option<&'static str> {
    let name = dependency.name.as_str();
    let versioned = dependency.requirement != "*";
    if !dependency.internal {
        let free = dependency.development || allowed.external.contains(&name);
        return (!free).then_some(
            "not in the list of what this crate may use. Every crate we build on is one more to \
             trust and to wait for: do without, or add it in xtask/src/tidy/dependencies.rs and \
             say why in the commit",
        );
    }
    if dependency.development {
        if !allowed.own.contains(&name) && !allowed.own_in_tests.contains(&name) {
            return Some("this crate may not use that one, in tests neither: see ARCHITECTURE.md");
        }
        return versioned.then_some(
            "a dev-dependency of ours has a path and no version: with one, two crates that test \
             each other could not be released",
        );
    }
    if name == "cache-conformance" {
        return Some("the conformance suite is only ever a dev-dependency: it is code for tests");
    }
    if !allowed.own.contains(&name) {
        return Some("this crate may not use that one: see ARCHITECTURE.md");
    }
    (package.published && !versioned)
        .then_some("a dependency of ours needs path and version: without one it is not releasable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(package: &str, dependency: Dependency) -> String {
        let package = Package {
            name: package.to_owned(),
            description: String::new(),
            published: true,
            features: Vec::new(),
            dependencies: vec![dependency],
        };
        let findings = check(&[package]);
        assert!(findings.len() < 2, "{findings:?}");
        findings.into_iter().map(|finding| finding.advice).collect()
    }

    fn external(name: &str) -> Dependency {
        let requirement = "^1".to_owned();
        Dependency { name: name.to_owned(), development: false, internal: false, requirement }
    }

    fn own(name: &str) -> Dependency {
        Dependency { internal: true, ..external(name) }
    }

    #[test]
    fn what_the_table_names_is_allowed() {
        assert_eq!(found("cache-core", external("bytes")), "");
        assert_eq!(found("cache-memory", own("cache-core")), "");
        let suite = own("cache-conformance");
        let suite = Dependency { development: true, requirement: "*".to_owned(), ..suite };
        assert_eq!(found("cache-memory", suite), "");
    }

    #[test]
    fn external_crate_outside_the_list_is_found_unless_tests_alone_use_it() {
        assert!(found("cache-core", external("tokio")).contains("not in the list"));
        let development = Dependency { development: true, ..external("tokio") };
        assert_eq!(found("cache-core", development), "");
    }

    #[test]
    fn edges_against_the_design_are_found() {
        assert!(found("cache-memory", own("cache-facade")).contains("may not use"));
        assert!(found("cache-memory", own("cache-conformance")).contains("only ever"));
        let facade = Dependency { development: true, ..own("cache-facade") };
        assert!(found("cache-conformance", facade).contains("in tests neither"));
    }

    #[test]
    fn versions_of_our_own_crates_are_given_where_they_belong() {
        let suite = Dependency { development: true, ..own("cache-conformance") };
        assert!(found("cache-memory", suite).contains("no version"));
        let core = Dependency { requirement: "*".to_owned(), ..own("cache-core") };
        assert!(found("cache-memory", core).contains("path and version"));
    }

    #[test]
    fn crate_that_nobody_decided_on_is_found() {
        assert!(found("cache-new", own("cache-core")).contains("not in the table"));
    }
}
