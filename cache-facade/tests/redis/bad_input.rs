//! What is wrong with the settings, the address or a key is told so that it can be mended, in the same
//! words by both drivers.

use std::time::Duration;

use bytes::Bytes;
use cache_facade::cache_core::MAX_VALUE_BYTES;
use cache_facade::{Cache, Effect, Error, ErrorKind, RedisSettings};
use redis_fixture::Proxy;

use crate::support::{SECRET, TYPES, open, settings, told};

/// A deadline that a test may wait for, and what a busy machine may take beyond it.
const DEADLINE: Duration = Duration::from_millis(300);
const GENEROUS: Duration = Duration::from_secs(15);

/// The error of both drivers, where it is the same.
fn agreed(errors: impl IntoIterator<Item = Error>) -> Error {
    let errors: Vec<_> = errors.into_iter().collect();
    let [redis, fred] = &errors[..] else { panic!("one for each driver: {errors:?}") };
    assert_eq!(told(redis), told(fred));
    redis.clone()
}

/// The refusal of settings, before anything is connected.
async fn refused(redis: RedisSettings) -> Error {
    let mut errors = Vec::new();
    for kind in TYPES {
        errors.push(cache_facade::open(settings(kind, redis.clone())).await.unwrap_err());
    }
    let error = agreed(errors);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied));
    error
}

async fn refused_url(url: &str) -> Error {
    refused(RedisSettings::new().url(url)).await
}

/// What the first call answers, by each driver.
async fn first_call(redis: RedisSettings) -> Error {
    let mut errors = Vec::new();
    for kind in TYPES {
        let cache = cache_facade::open(settings(kind, redis.clone())).await.unwrap();
        errors.push(cache.get("k").await.unwrap_err());
    }
    agreed(errors)
}

#[tokio::test]
async fn malformed_url_is_told_without_the_url() {
    for url in [
        SECRET.to_owned(),
        format!("redis//{SECRET}"),
        format!("redis://user:{SECRET}%zz@host"),
        format!("redis://user:{SECRET}/with-a-slash@host"),
        format!("redis://user:{SECRET}@"),
        format!("redis://user:{SECRET}@host:port"),
        format!("redis://user:{SECRET}@host:6379/zero"),
        format!("redis://user:{SECRET}@host with space"),
        format!("redis://{SECRET}:6379?timeout={SECRET}"),
        format!("unix://{SECRET}"),
    ] {
        let error = refused_url(&url).await;
        assert!(error.detail().starts_with("`url`: "), "{error}");
    }
}

#[tokio::test]
async fn insecure_is_refused_and_so_is_every_other_fragment() {
    for fragment in ["#insecure", "#"] {
        let error = refused_url(&format!("rediss://u:{SECRET}@host:6379/{fragment}")).await;
        assert!(error.detail().contains("certificates are always checked"), "{error}");
    }
}

#[tokio::test]
async fn url_beside_a_host_is_refused() {
    let mut redis = RedisSettings::new().url(format!("redis://{SECRET}@host"));
    redis.host = Some("other".to_owned());
    let error = refused(redis).await;
    assert!(error.detail().contains("both `url` and `host`"), "{error}");
}

#[tokio::test]
async fn unknown_scheme_is_refused_with_those_that_are_known() {
    let error = refused_url(&format!("http://{SECRET}@host")).await;
    assert!(error.detail().contains("redis://, rediss://, valkey://"), "{error}");
}

#[tokio::test]
async fn port_0_is_refused_in_a_url_and_by_itself() {
    let in_url = refused_url(&format!("redis://{SECRET}@host:0")).await;
    let mut redis = RedisSettings::new();
    redis.port = Some(0);
    for error in [in_url, refused(redis).await] {
        assert!(error.detail().contains("the port is 0"), "{error}");
    }
}

#[tokio::test]
async fn two_passwords_are_refused() {
    let error = refused(RedisSettings::new().password(SECRET).password_file("/run/secret")).await;
    assert!(error.detail().contains("more than one of"), "{error}");
}

#[tokio::test]
async fn host_where_nobody_listens_is_named_with_its_port() {
    let server = redis_fixture::lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    proxy.refuse().await;
    let error = first_call(RedisSettings::new().url(proxy.url())).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert!(error.detail().contains(&proxy.address()), "{error}");
}

#[tokio::test]
async fn host_without_an_address_is_named_with_its_port() {
    let error =
        first_call(RedisSettings::new().url(format!("redis://u:{SECRET}@cache.invalid:6390")))
            .await;
    assert_eq!(error.effect(), Effect::NotApplied);
    assert!(error.detail().contains("cache.invalid:6390"), "{error}");
}

/// What a call answers that has a short deadline.
#[expect(clippy::disallowed_methods, reason = "a call that hangs is to fail, and not to hang")]
async fn in_time<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(GENEROUS, call).await.expect("it ends by its deadline")
}

#[tokio::test]
async fn host_that_does_not_answer_is_an_error_by_the_deadline_that_names_it() {
    let server = redis_fixture::lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    proxy.freeze();
    let mut errors = Vec::new();
    for kind in TYPES {
        let settings = settings(kind, RedisSettings::new().url(proxy.url())).deadline(DEADLINE);
        let cache = cache_facade::open(settings).await.unwrap();
        errors.push(in_time(cache.set("k", "v")).await.unwrap_err());
    }
    for error in errors {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unavailable, Effect::NotApplied),
            "{error}"
        );
        assert!(error.detail().contains(&proxy.address()), "{error}");
    }
}

#[tokio::test]
async fn database_that_is_not_there_is_told() {
    let server = redis_fixture::lease().await;
    let error = first_call(RedisSettings::new().url(server.database_url(server.databases()))).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied));
    assert!(error.detail().contains("no such database"), "{error}");
}

#[tokio::test]
async fn wrong_password_is_denied_and_told_what_to_look_at() {
    let server = redis_fixture::lease().await;
    let url = server.user_url("nobody", SECRET);
    let error = first_call(RedisSettings::new().url(url)).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::NotApplied));
    assert!(error.detail().contains("the user or the password is wrong"), "{error}");
}

#[tokio::test]
async fn value_that_is_too_long_is_refused_and_not_sent() {
    let server = redis_fixture::lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    // Pages that nobody touches take no memory.
    let value = Bytes::from(vec![0; MAX_VALUE_BYTES + 1]);
    let mut errors = Vec::new();
    for kind in TYPES {
        let cache = open(kind, proxy.url()).await;
        errors.push(cache.set("k", value.clone()).await.unwrap_err());
        let answers = cache.set_many([("k", value.clone())]).await.unwrap();
        assert!(answers[0].is_err());
    }
    let error = agreed(errors);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::NotApplied));
    assert_eq!(proxy.commands("SET"), 0);
    assert_eq!(server.admin(&["EXISTS", "k"]).await.unwrap().integer(), Some(0));
}

/// Every method that reads or changes what is there, on a key that holds a list.
async fn on_a_list(cache: &Cache) -> Vec<String> {
    let told = |error: Error| {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::WrongType, Effect::NotApplied),
            "{error}"
        );
        told(&error)
    };
    let many = cache.get_many(["list", "text"]).await.unwrap();
    assert_eq!(many[1].as_ref().unwrap().as_deref(), Some(&b"t"[..]));
    vec![
        told(cache.get("list").await.unwrap_err()),
        told(cache.entry("list").await.unwrap_err()),
        told(cache.take("list").await.unwrap_err()),
        told(cache.increment("list", 1).await.unwrap_err()),
        told(cache.add("list", "v").await.unwrap_err()),
        told(many.into_iter().next().unwrap().unwrap_err()),
    ]
}

#[tokio::test]
async fn key_of_another_type_is_told_and_left_as_it_is() {
    let server = redis_fixture::lease().await;
    server.admin(&["RPUSH", "list", "a", "b"]).await.unwrap();
    server.admin(&["SET", "text", "t"]).await.unwrap();
    let mut answers = Vec::new();
    for kind in TYPES {
        answers.push(on_a_list(&open(kind, server.url()).await).await);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(server.admin(&["LLEN", "list"]).await.unwrap().integer(), Some(2));
}
