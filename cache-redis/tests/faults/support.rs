//! What several of these tests need. It knows no driver.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Backend, Error, Key, LockName, LockRequest, SetOptions, Token, Ttl};
use redis_fixture::{Endpoint, Proxy, Value};

use crate::driver::{Options, open};

/// The password of every login here. It stands in no text that comes out.
pub(crate) const PASSWORD: &str = "s3ntinel-pw";

/// The user who logs in with it.
pub(crate) const USER: &str = "app";

/// Whether errors are told: a variable of the environment.
pub(crate) const TELL: &str = "CACHE_FAULTS_TELL";

/// How long anything may take before a test gives up. It decides no test that passes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a call may take where its time is not what is tested: a busy machine is slow.
pub(crate) const UNHURRIED: Duration = Duration::from_secs(20);

/// Tells every line that a driver logs, where errors are told.
struct Told;

impl log::Log for Told {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

fn tell_logs() {
    if std::env::var_os(TELL).is_some() && log::set_logger(&Told).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

/// The rights of a user who may do everything.
pub(crate) const EVERYTHING: &[&str] = &["~*", "&*", "+@all"];

/// Lets the user in with a password, with these rights and no others.
pub(crate) async fn let_in(server: &Endpoint, password: &str, rights: &[&str]) {
    let password = format!(">{password}");
    let mut rules = vec!["ACL", "SETUSER", USER, "reset", "on", &password];
    rules.extend(rights);
    admin(server, &rules).await;
}

/// The URL of an address with the login in it.
pub(crate) fn url(address: &str) -> String {
    format!("redis://{USER}:{PASSWORD}@{address}")
}

/// A way to a server for the user, who is let in.
pub(crate) async fn proxied(server: &Endpoint) -> Proxy {
    let_in(server, PASSWORD, EVERYTHING).await;
    Proxy::start(server.address()).await.unwrap()
}

/// A backend, where the options are right.
pub(crate) fn opened(options: Options) -> Backend {
    tell_logs();
    open(options).expect("the options are right")
}

pub(crate) fn key(key: &str) -> Key<'_> {
    Key::new(key).expect("a key")
}

pub(crate) fn lock(name: &str) -> LockName<'_> {
    LockName::new(name).expect("a lock's name")
}

pub(crate) const TOKEN: Token = Token::from_bytes([7; 16]);

/// A request for a lock, for longer than any test takes.
pub(crate) fn request(name: &str) -> LockRequest<'_> {
    LockRequest::new(lock(name), TOKEN, Duration::from_secs(3600))
}

pub(crate) async fn set(backend: &Backend, name: &str, value: &'static str) -> Result<(), Error> {
    let set = backend.cache.set(key(name), Bytes::from_static(value.as_bytes()), SetOptions::new());
    checked(set.await.map(drop))
}

pub(crate) async fn get(backend: &Backend, name: &str) -> Result<Option<Bytes>, Error> {
    checked(backend.cache.get(key(name)).await)
}

pub(crate) async fn increment(backend: &Backend, name: &str) -> Result<i64, Error> {
    checked(backend.cache.increment(key(name), 1, Ttl::Never).await)
}

/// An outcome, whose error was looked at: no text of it holds the password.
pub(crate) fn checked<T>(outcome: Result<T, Error>) -> Result<T, Error> {
    if let Err(error) = &outcome {
        for text in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
            if std::env::var_os(TELL).is_some() {
                println!("{text}");
            }
            assert!(!text.contains(PASSWORD), "an error holds the password");
        }
    }
    outcome
}

/// Waits until connections of the cache and of locks answer.
pub(crate) async fn ready(backend: &Backend) {
    let locks = backend.locks.as_ref().expect("locks");
    eventually("the backend works", async || {
        let cache = get(backend, "ready").await;
        let locks = checked(locks.inspect(lock("ready")).await);
        (cache.is_ok() && locks.is_ok()).then_some(())
    })
    .await;
}

/// Waits until `look` answers something. A cache that recovers does so in its own time.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            pause(Duration::from_millis(2)).await;
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

/// Says something to the server past the backend.
pub(crate) async fn admin<A: AsRef<[u8]> + Sync>(server: &Endpoint, command: &[A]) -> Value {
    server.admin(command).await.unwrap_or_else(|failure| panic!("{failure}"))
}

/// Changes a setting of the server.
pub(crate) async fn config(server: &Endpoint, name: &str, value: &str) {
    admin(server, &["CONFIG", "SET", name, value]).await;
}

/// How many of so many there are in the environment, or so many.
pub(crate) fn rounds(variable: &str, few: usize) -> usize {
    std::env::var(variable).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(few)
}

/// What a sorted list of times says.
pub(crate) fn summary(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |percent: usize| percentile(times, percent);
    format!("{} times: p50 {:?}, p99 {:?}, max {:?}", times.len(), at(50), at(99), at(100))
}

/// Of a hundred times that are sorted, so many are no longer than this.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() - 1) * percent / 100]
}
