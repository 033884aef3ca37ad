//! What several of these tests need.

use std::time::Duration;

use cache_facade::{BackendSettings, Cache, Connect, Error, RedisSettings, Settings};

/// A password, or a part of a URL that may be one. No text may hold it.
pub(crate) const SECRET: &str = "s3ntinel-pw";

/// The types that are a server.
pub(crate) const TYPES: [&str; 2] = ["redis", "fred"];

/// The settings of a type; nothing is connected before it is asked for.
pub(crate) fn settings(kind: &str, redis: RedisSettings) -> Settings {
    let backend = match kind {
        "redis" => BackendSettings::Redis(redis),
        _ => BackendSettings::Fred(redis),
    };
    // A test waits for an answer on a busy machine, and not for a deadline.
    Settings::new().backend(backend).connect(Connect::Lazy).deadline(Duration::from_secs(20))
}

pub(crate) async fn open(kind: &str, url: impl Into<String>) -> Cache {
    cache_facade::open(settings(kind, RedisSettings::new().url(url.into()))).await.unwrap()
}

/// What an error says but for the name of the backend: kind, effect, operation, text.
pub(crate) fn told(error: &Error) -> String {
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    let operation = error.operation().unwrap_or("no operation");
    format!("{:?}, {:?}, {operation}: {}", error.kind(), error.effect(), error.detail())
}
