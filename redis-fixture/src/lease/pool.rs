//! Which server of those that run already is free.

use std::path::Path;
use std::time::Duration;

use super::reset;
use crate::address::{Address, words};
use crate::lock::{FileLock, try_lock};
use crate::source::URL;
use crate::{Endpoint, Failure, Value, clock};

/// The variable with the URLs of servers that were started for these tests, parted by blanks.
pub(crate) const SERVERS: &str = "REDIS_FIXTURE_SERVERS";
/// The variable with the directory in which a file a server says who has it.
pub(crate) const LOCKS: &str = "REDIS_FIXTURE_LOCKS";

/// How long a lease waits for a server of the pool. It starts one of its own then: two tests that
/// each hold one server and want a second would else wait for each other.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it waits for the one server that there is.
const PATIENCE_FOR_THE_ONLY_ONE: Duration = Duration::from_secs(300);

/// A server that is taken.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) endpoint: Endpoint,
    /// Held until the drop.
    _lock: FileLock,
}

/// Takes a server of those that run; `None` where there are none, or none is free.
pub(super) async fn take() -> Result<Option<Place>, Failure> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let (Some(urls), Some(locks)) = (variable(SERVERS), variable(LOCKS)) {
        return take_pooled(&urls, Path::new(&locks)).await;
    }
    let Some(url) = variable(URL) else { return Ok(None) };
    let address = Address::from_url(&url)?;
    let file =
        std::env::temp_dir().join(format!("redis-fixture-{}-{}", address.host, address.port));
    let taken = clock::poll(PATIENCE_FOR_THE_ONLY_ONE, || async { free(&file) }).await;
    let late = || {
        Failure::new(format!(
            "the server that {URL} names is taken by other tests for 5 minutes; a test that needs \
             two servers needs another way to them: unset {URL}"
        ))
    };
    let lock = taken.ok_or_else(late)??;
    may_be_emptied(&address).await?;
    let place = occupy(address.clone(), lock).await?;
    address.command(0, words(&["SET", MARKER, "by the tests"])).await?;
    Ok(Some(place))
}

async fn take_pooled(urls: &str, locks: &Path) -> Result<Option<Place>, Failure> {
    let urls: Vec<_> = urls.split_whitespace().collect();
    let file = |index: usize| locks.join(format!("{index}.lock"));
    let mut unfit = vec![false; urls.len()];
    loop {
        let taken = clock::poll(PATIENCE, || async {
            // Begun anywhere, so that tests do not queue for the first.
            let start = fastrand::usize(..urls.len().max(1));
            let order = (start..urls.len()).chain(0..start);
            let mut fit = order.filter(|index| !unfit[*index]);
            fit.find_map(|index| Some((index, free(&file(index))?)))
        });
        let Some((index, lock)) = taken.await else { return Ok(None) };
        match occupy(Address::from_url(urls[index])?, lock?).await {
            Ok(place) => return Ok(Some(place)),
            // A test has spoilt it for good, by a password or by ending it. There are others.
            Err(failure) => {
                note(&failure);
                unfit[index] = true;
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "whoever reads the output of a test is to know")]
fn note(failure: &Failure) {
    eprintln!("redis-fixture: a server of the pool is left out: {failure}");
}

/// The lock of a file, if nobody has it.
fn free(file: &Path) -> Option<Result<FileLock, Failure>> {
    let failed = |error| Failure::new(format!("{}: {error}", file.display()));
    try_lock(file).map_err(failed).transpose()
}

/// Brings a server that is taken into its first state.
async fn occupy(address: Address, mut lock: FileLock) -> Result<Place, Failure> {
    let databases = reset::reset(&address, &mut lock.file).await?;
    Ok(Place { endpoint: Endpoint::new(address, databases), _lock: lock })
}

/// The key that says of a server that its data is worth nothing.
const MARKER: &str = "redis-fixture:may-be-emptied";

/// Refuses a server with somebody's data: it would be emptied.
async fn may_be_emptied(address: &Address) -> Result<(), Failure> {
    let marked = address.command(0, words(&["EXISTS", MARKER])).await?;
    let info = address.command(0, words(&["INFO", "keyspace"])).await?;
    let has_keys = info.text().is_some_and(|info| info.contains("keys="));
    if has_keys && marked != Value::Integer(1) {
        return Err(Failure::new(format!(
            "the server that {URL} names, {address}, holds keys that these tests did not write, and \
             they would be lost; name another server, or empty it yourself: FLUSHALL"
        )));
    }
    Ok(())
}
