//! Where servers come from: an engine for containers, a program on the PATH, a package.

mod container;
mod machine;
mod package;
mod port;
mod process;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub(crate) use machine::Machine;

use crate::{Failure, Server, ServerOptions};

/// A way to a server, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Docker,
    Path,
    Package,
}

const WAYS: [Way; 3] = [Way::Docker, Way::Path, Way::Package];

/// Why there is no server.
#[derive(Debug)]
enum Problem {
    /// This way is closed on this machine: the next one is tried.
    Absent(String),
    /// The way is open, and what was asked for does not work: no other way would do.
    Refused(Failure),
}

type Found<T> = Result<T, Problem>;

impl Problem {
    fn refused(text: impl Into<String>) -> Self {
        Self::Refused(Failure::new(text))
    }
}

/// Starts a server by the first way that is open.
pub(crate) async fn start(options: ServerOptions) -> Result<Server, Failure> {
    let mut reasons = Vec::new();
    for way in WAYS {
        // An image that is asked for by name is not to be had anywhere else.
        if way != Way::Docker && container::is_asked_for(&options) {
            break;
        }
        if let Some(reason) = known_as_closed(way) {
            reasons.push(reason);
            continue;
        }
        let started = match way {
            Way::Docker => container::start(&options).await,
            Way::Path => process::start_from_path(&options).await,
            Way::Package => package::start(&options).await,
        };
        match started {
            Ok(server) => return Ok(server),
            Err(Problem::Refused(failure)) => return Err(failure),
            Err(Problem::Absent(reason)) => {
                remember(way, &reason);
                reasons.push(reason);
            }
        }
    }
    Err(no_way(&reasons))
}

/// Removes what processes left behind that are gone.
pub(crate) async fn sweep() {
    container::sweep().await;
}

/// The ways that were found closed: trying each again for every test would take its time each time.
static CLOSED: Mutex<BTreeMap<Way, String>> = Mutex::new(BTreeMap::new());

fn known_as_closed(way: Way) -> Option<String> {
    CLOSED.lock().unwrap_or_else(PoisonError::into_inner).get(&way).cloned()
}

fn remember(way: Way, reason: &str) {
    CLOSED.lock().unwrap_or_else(PoisonError::into_inner).insert(way, reason.to_owned());
}

/// The sentence for a machine without a server: what was tried, and each thing that would help.
fn no_way(reasons: &[String]) -> Failure {
    let tried: String = reasons.iter().map(|reason| format!("\n  - {reason}")).collect();
    Failure::new(format!(
        "There is no Redis server for the tests. Tried:{tried}\n\
         Any one of these helps:\n  \
         - start Docker; it takes the image {default}, or the one that {IMAGE} names, and \
         `cargo xtask server-images` builds some where no registry can be reached;\n  \
         - install redis-server or valkey-server, so that it is on the PATH;\n  \
         - set {URL}=redis://host:port to a server that the tests may empty (it serves all tests \
         but those that need a server of their own);\n  \
         - run `cargo xtask test --without-redis`: it leaves these tests out and says so.",
        default = container::DEFAULT_IMAGE,
    ))
}

/// The variable that names the Docker image.
pub(crate) const IMAGE: &str = "REDIS_FIXTURE_IMAGE";
/// The variable that names a server which runs already.
pub(crate) const URL: &str = "REDIS_FIXTURE_URL";

/// A server that came to its end while it started, with the last it said.
fn ended(who: &str, output: &str) -> Failure {
    const LINES: usize = 12;
    let lines: Vec<_> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let last: String = lines[lines.len().saturating_sub(LINES)..]
        .iter()
        .map(|line| format!("\n  {line}"))
        .collect();
    Failure::new(format!("{who} does not answer. The last it wrote:{last}"))
}
