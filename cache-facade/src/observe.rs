//! What the features `tracing` and `metrics` add to the handle.

use cache_core::{Backend, Error};

/// A backend that was opened by settings, with every call seen where a feature asks for it.
pub(crate) fn opened(backend: Backend) -> Backend {
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    let backend = cache_recipes::observe(backend);
    backend
}

/// Tells that a failed read was answered as a miss.
pub(crate) fn failure_as_miss(backend: &str, error: &Error) {
    #[cfg(feature = "metrics")]
    count(backend, error);
    #[cfg(feature = "tracing")]
    log(error);
    let _ = (backend, error);
}

#[cfg(feature = "metrics")]
fn count(backend: &str, error: &Error) {
    let name = cache_recipes::names::FAILURES_AS_MISSES;
    let operation = error.operation().unwrap_or_default();
    metrics::counter!(name, "backend" => backend.to_owned(), "operation" => operation).increment(1);
}

#[cfg(feature = "tracing")]
fn log(error: &Error) {
    use cache_recipes::names::{MISS_EVENT, TARGET};

    tracing::warn!(target: TARGET, %error, "{MISS_EVENT}");
}
