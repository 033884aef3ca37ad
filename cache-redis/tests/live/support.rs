//! What several of these tests need. It knows no driver.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Backend, Error, ErrorKind, Key, LockName, LockRequest, SetOptions, Token};
use redis_fixture::{Endpoint, Value};

use crate::driver::{Options, open};

/// How long anything may take before a test gives up. It decides no test that passes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a call may take where its time is not what is tested: a busy machine is slow.
const UNHURRIED: Duration = Duration::from_secs(20);

/// Both protocols, for tests of what must not depend on it.
pub(crate) const PROTOCOLS: [crate::driver::Protocol; 2] =
    [crate::driver::Protocol::Resp2, crate::driver::Protocol::Resp3];

/// Options whose limits of time decide no test.
pub(crate) fn unhurried() -> Options {
    Options::new().deadline(UNHURRIED).connect_timeout(UNHURRIED)
}

/// The same for a client or a connection that is handed over.
pub(crate) fn unhurried_of_client() -> Options {
    Options::of_client().deadline(UNHURRIED).connect_timeout(UNHURRIED)
}

/// A backend on database 0 of a server, with nothing else chosen.
pub(crate) fn plain(server: &Endpoint) -> Backend {
    opened(unhurried().url(server.url()))
}

/// A backend, where the options are right.
pub(crate) fn opened(options: Options) -> Backend {
    open(options).expect("the options are right")
}

pub(crate) fn key(key: &str) -> Key<'_> {
    Key::new(key).expect("a key")
}

pub(crate) fn lock(name: &str) -> LockName<'_> {
    LockName::new(name).expect("a lock's name")
}

/// A request for a lock of 30 seconds, by somebody of that number.
pub(crate) fn request(name: &str, who: u8) -> LockRequest<'_> {
    LockRequest::new(lock(name), token(who), Duration::from_secs(30))
}

pub(crate) fn token(who: u8) -> Token {
    Token::from_bytes([who; 16])
}

pub(crate) async fn set(backend: &Backend, name: &str, value: &'static str) -> Result<(), Error> {
    let set = backend.cache.set(key(name), Bytes::from_static(value.as_bytes()), SetOptions::new());
    set.await.map(drop)
}

pub(crate) async fn get(backend: &Backend, name: &str) -> Result<Option<Bytes>, Error> {
    backend.cache.get(key(name)).await
}

/// Waits until `look` answers something. A cache that recovers does so in its own time.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            pause(Duration::from_millis(5)).await;
        }
    };
    limited(what, looking).await
}

/// Waits for `future`, and fails where it hangs.
pub(crate) async fn limited<T>(what: &str, future: impl Future<Output = T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a guard against hanging")]
    let limited = tokio::time::timeout(PATIENCE, future).await;
    limited.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Lets time pass, where nothing else can be waited for.
pub(crate) async fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "servers and networks have clocks of their own")]
    tokio::time::sleep(time).await;
}

/// Lets every task of this runtime see what has come for it, and what others make of that, however
/// seldom the machine runs us.
pub(crate) async fn settle() {
    for _ in 0..20 {
        pause(Duration::from_millis(5)).await;
    }
}

/// Calls until one succeeds, and tells the failures before it.
pub(crate) async fn recovered(backend: &Backend) -> Vec<Error> {
    let mut failures = Vec::new();
    let calling = async {
        loop {
            match get(backend, "recovered").await {
                Ok(_) => return,
                Err(error) => failures.push(error),
            }
            pause(Duration::from_millis(5)).await;
        }
    };
    limited("recovery", calling).await;
    failures
}

/// The kinds of failures, each once, in their order.
pub(crate) fn kinds(failures: &[Error]) -> Vec<ErrorKind> {
    let mut kinds: Vec<_> = failures.iter().map(Error::kind).collect();
    kinds.dedup();
    kinds
}

/// Says something to the server past the backend.
pub(crate) async fn admin<A: AsRef<[u8]> + Sync>(server: &Endpoint, command: &[A]) -> Value {
    server.admin(command).await.unwrap_or_else(|failure| panic!("{failure}"))
}

/// Makes a user `app` with this password alone, and throws out whoever came in by another.
pub(crate) async fn rotate(server: &Endpoint, password: &str) {
    let password = format!(">{password}");
    let rules = ["ACL", "SETUSER", "app", "on", "resetpass", &password, "~*", "&*", "+@all"];
    admin(server, &rules).await;
    admin(server, &["CLIENT", "KILL", "USER", "app"]).await;
}

/// The identities of the connections to a server, this call's own left out.
pub(crate) async fn connections(server: &Endpoint) -> Vec<u64> {
    let list = admin(server, &["CLIENT", "LIST"]).await.text().expect("a list");
    let others = list.lines().filter(|line| !line.contains("cmd=client|list"));
    others.map(|line| field(line, "id")).collect()
}

/// The only connection to a server, once those are gone that were given up.
pub(crate) async fn only_connection(server: &Endpoint) -> u64 {
    eventually("there is one connection", async || match connections(server).await[..] {
        [only] => Some(only),
        _ => None,
    })
    .await
}

/// How often the server has run a command since it was started.
pub(crate) async fn runs(server: &Endpoint, command: &str) -> u64 {
    let statistics = admin(server, &["INFO", "commandstats"]).await.text().expect("statistics");
    let start = format!("cmdstat_{command}:");
    let line = statistics.lines().find_map(|line| line.strip_prefix(&start));
    line.map_or(0, |line| field(&line.replace(',', " "), "calls"))
}

/// A number in a line such as `id=3 addr=…`.
fn field(line: &str, name: &str) -> u64 {
    let value = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("{name} in {line}"))
}
