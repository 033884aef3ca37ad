//! A password is in no text that a program may show: no error, no `Debug`, no log.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache_facade::{OnError, RedisSettings};
use redis_fixture::{Fault, Proxy, When};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{SECRET, TYPES, settings, told};

/// What a subscriber has written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, written: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(written);
        Ok(written.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The ways a password is given.
fn ways(proxy: &Proxy, password: &str) -> [RedisSettings; 3] {
    let plain = RedisSettings::new().url(proxy.url());
    [
        RedisSettings::new().url(format!("redis://shop:{password}@{}", proxy.address())),
        plain.clone().username("shop").password(password),
        // Only the user's name is wrong.
        plain.username("nobody").password(password),
    ]
}

/// Calls that succeed, and calls that fail in many ways.
async fn use_it(kind: &str, redis: RedisSettings, proxy: &Proxy) -> Vec<String> {
    let settings = settings(kind, redis).deadline(Duration::from_secs(2));
    let mut shown = vec![format!("{settings:?} {settings:#?}")];
    let cache = cache_facade::open(settings).await.unwrap();
    shown.push(format!("{cache:?} {:#?}", cache.backend()));
    let mut tell = |answer: Result<(), cache_facade::Error>| {
        shown.push(answer.as_ref().map_or_else(told, |()| "done".to_owned()));
    };
    tell(cache.set("k", "v").await);
    tell(cache.diagnose().await.map(|diagnosis| assert!(!diagnosis.to_string().contains(SECRET))));
    for fault in [
        Fault::error("WRONGPASS invalid username-password pair or user is disabled."),
        Fault::error("ERR invalid s3ntinel-pw"),
        Fault::garbage(),
    ] {
        proxy.inject(When::any().first(1), fault);
        tell(cache.get("k").await.map(drop));
    }
    proxy.refuse().await;
    tell(cache.with_on_error(OnError::Miss).get("k").await.map(drop));
    tell(cache.set("k", "v").await);
    proxy.accept().await;
    tell(cache.stop().await);
    tell(cache.get("k").await.map(drop));
    shown
}

#[tokio::test]
async fn password_is_in_no_error_no_debug_and_no_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: what other tests have logged meanwhile holds the password neither.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let server = redis_fixture::lease().await;
    let rules = ["ACL", "SETUSER", "shop", "on", ">s3ntinel-pw", "~*", "&*", "+@all"];
    server.admin(&rules).await.unwrap();
    let proxy = Proxy::start(server.address()).await.unwrap();
    let mut shown = Vec::new();
    for kind in TYPES {
        for redis in ways(&proxy, SECRET) {
            shown.extend(use_it(kind, redis, &proxy).await);
        }
    }
    let written = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains("cache_call"), "the log is empty: {written}");
    assert!(shown.iter().any(|line| line == "done"), "{shown:?}");
    for kind in ["Denied", "Unavailable", "Stopped"] {
        assert!(shown.iter().any(|line| line.starts_with(kind)), "no {kind} in {shown:?}");
    }
    for text in shown.iter().chain([&written]) {
        assert!(!text.contains(SECRET), "{text}");
    }
}
