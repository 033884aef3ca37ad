//! What errors say, and what they keep to themselves.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Error, ErrorKind, Key, Lifecycle, LockRequest, RESERVED_MARKER, SetItem, SetOptions, Token, Ttl,
};

use crate::check::{refused, same};
use crate::subject::{TTL, key, name};
use crate::trial::Trial;

/// A text that must not be found in an error.
const SENTINEL: &str = "sentinel-7f3a9c";

fn names(error: &Error, operation: &'static str, part: &(impl Lifecycle + ?Sized)) {
    same(format!("the operation in `{error}`"), &error.operation(), &Some(operation));
    same(format!("the backend in `{error}`"), &error.backend(), &Some(part.name()));
}

fn hides(error: &Error, secret: &str) {
    let text = format!("{error} {error:?}");
    assert!(
        !text.contains(secret),
        "an error of kind {:?}: expected a text without {secret:?}, found `{text}`",
        error.kind()
    );
}

pub(crate) async fn name_and_capabilities_never_change(trial: Trial) {
    let (name, claimed) = (trial.cache.raw().name().to_owned(), trial.cache.raw().capabilities());
    assert!(!name.is_empty(), "the name of the backend: expected some text, found none");
    trial.cache.put("key", "value").await;
    trial.advance(trial.life()).await;
    trial.cache.ok("stop", trial.cache.raw().stop()).await;
    same("the name after stop", &trial.cache.raw().name(), &&*name);
    same("the capabilities after stop", &trial.cache.raw().capabilities(), &claimed);
}

pub(crate) async fn refused_lifetime_names_operation_and_backend(trial: Trial) {
    let (cache, raw) = (&trial.cache, trial.cache.raw());
    let (claimed, invalid) = (raw.capabilities(), ErrorKind::InvalidInput);
    let zero = Ttl::After(Duration::ZERO);
    let set = raw.set(key("key"), Bytes::new(), SetOptions::new().ttl(zero));
    names(&cache.refuses("set for no time", invalid, set).await, "set", raw);
    if claimed.lifetimes {
        let error = cache.refuses("touch for no time", invalid, raw.touch(key("key"), zero)).await;
        names(&error, "touch", raw);
    }
    if claimed.increment {
        let increment = raw.increment(key("key"), 1, zero);
        let error = cache.refuses("increment for no time", invalid, increment).await;
        names(&error, "increment", raw);
    }
}

pub(crate) async fn refused_value_names_operation_and_backend(trial: Trial) {
    let raw = trial.cache.raw();
    let set = raw.set(key("key"), Bytes::from_static(RESERVED_MARKER), SetOptions::new());
    let error = trial.cache.refuses("set of the marker", ErrorKind::InvalidInput, set).await;
    names(&error, "set", raw);
}

pub(crate) async fn wrong_type_names_operation_and_backend(trial: Trial) {
    trial.cache.put("key", "text").await;
    let raw = trial.cache.raw();
    let increment = raw.increment(key("key"), 1, Ttl::Never);
    let error = trial.cache.refuses("increment of text", ErrorKind::WrongType, increment).await;
    names(&error, "increment", raw);
}

pub(crate) async fn refused_lock_names_operation_and_backend(trial: Trial) {
    let locks = trial.locks();
    let token = Token::from_bytes([1; 16]);
    let acquire = locks.raw().acquire(LockRequest::new(name("lock"), token, Duration::ZERO));
    let error = locks.refuses("acquire for no time", ErrorKind::InvalidInput, acquire).await;
    names(&error, "acquire", locks.raw());
}

pub(crate) async fn value_is_in_no_error(trial: Trial) {
    let (cache, raw, invalid) = (&trial.cache, trial.cache.raw(), ErrorKind::InvalidInput);
    let zero = SetOptions::new().ttl(Duration::ZERO);
    let marked = Bytes::from([RESERVED_MARKER, SENTINEL.as_bytes()].concat());
    let set = raw.set(key("key"), Bytes::from(SENTINEL), zero.clone());
    hides(&cache.refuses("set for no time", invalid, set).await, SENTINEL);
    let set = raw.set(key("key"), marked.clone(), SetOptions::new());
    hides(&cache.refuses("set of the marker", invalid, set).await, SENTINEL);
    let items = vec![
        SetItem::new(key("a"), Bytes::from(SENTINEL), zero),
        SetItem::new(key("b"), marked, SetOptions::new()),
    ];
    for answer in cache.set_many(items).await {
        hides(&refused("a bad item of set_many", answer, invalid), SENTINEL);
    }
}

pub(crate) async fn number_is_in_no_error(trial: Trial) {
    let raw = trial.cache.raw();
    trial.cache.put("text", SENTINEL).await;
    let increment = raw.increment(key("text"), 1, Ttl::Never);
    let what = "increment of text";
    hides(&trial.cache.refuses(what, ErrorKind::WrongType, increment).await, SENTINEL);
    let number = "8765432109876543210";
    trial.cache.put("number", number).await;
    let increment = raw.increment(key("number"), i64::MAX, Ttl::Never);
    let what = "increment past the limit";
    hides(&trial.cache.refuses(what, ErrorKind::InvalidInput, increment).await, number);
}

pub(crate) async fn key_in_an_error_is_escaped_and_shortened(trial: Trial) {
    const LONGEST: usize = 2_000;
    let long = "long\r\n\0\u{1b}[31m".repeat(Key::MAX_BYTES / 12);
    let raw = trial.cache.raw();
    for at in ["line\r\nbreak\0\u{1b}[31m", &long] {
        let set = raw.set(key(at), Bytes::new(), SetOptions::new().ttl(Duration::ZERO));
        let error = trial.cache.refuses("set for no time", ErrorKind::InvalidInput, set).await;
        let text = error.to_string();
        assert!(
            !text.contains(char::is_control),
            "the text of an error: expected no control characters, found {text:?}"
        );
        assert!(
            text.len() <= LONGEST,
            "the text of an error: expected at most {LONGEST} bytes, found {}",
            text.len()
        );
    }
}

pub(crate) async fn token_is_in_no_error(trial: Trial) {
    let locks = trial.locks();
    let token = Token::from_bytes(*b"secret-7f3a9cxyz");
    let shown = ["secret-7f3a9cxyz", "7365637265742d", "115, 101, 99, 114", "c2VjcmV0L"];
    let raw = locks.raw();
    let request = LockRequest::new(name("lock"), token, Duration::ZERO);
    let mut errors = vec![
        locks.refuses("acquire for no time", ErrorKind::InvalidInput, raw.acquire(request)).await,
        locks
            .refuses(
                "extend for no time",
                ErrorKind::InvalidInput,
                raw.extend(name("lock"), token, Duration::ZERO),
            )
            .await,
    ];
    locks.ok("stop", raw.stop()).await;
    let stopped = ErrorKind::Stopped;
    let request = LockRequest::new(name("lock"), token, TTL);
    errors.push(locks.refuses("acquire after stop", stopped, raw.acquire(request)).await);
    let release = raw.release(name("lock"), token);
    errors.push(locks.refuses("release after stop", stopped, release).await);
    for error in &errors {
        shown.iter().for_each(|secret| hides(error, secret));
    }
}
