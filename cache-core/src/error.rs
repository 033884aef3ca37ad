//! What can go wrong, and what the caller may do about it.

use std::borrow::Cow;
use std::fmt;

use crate::key::Shown;

/// The failure of one operation: what was asked of whom, what was found, and what to do.
///
/// Two answers matter to a program: [`kind`](Error::kind), and [`effect`](Error::effect), which
/// tells whether the operation may have happened all the same. A miss is not an error.
///
/// The text may hold a key, escaped and shortened. It never holds a password, a URL, a cached
/// value or a lock token; whoever builds an error keeps to that.
///
/// ```
/// use cache_core::{Effect, Error, ErrorKind};
///
/// let error = Error::unknown(ErrorKind::Timeout, "no reply within 1s; the server may be stuck")
///     .with_operation("set")
///     .with_backend("redis")
///     .with_key("user:1");
/// assert_eq!(error.effect(), Effect::Unknown);
/// assert_eq!(
///     error.to_string(),
///     "set on redis, key \"user:1\": timeout, outcome unknown: no reply within 1s; the server may be stuck",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Report>);

/// What kind of failure it was. The variants say what a caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The deadline passed. Whether the operation happened is unknown.
    Timeout,
    /// The server cannot be reached, or the connection broke.
    Unavailable,
    /// A queue of ours is full: send less, or later.
    Overloaded,
    /// The server says: later (it is loading, migrating, failing over, or runs a long script).
    Busy,
    /// Login failed, or the user lacks a right.
    Denied,
    /// The server takes no writes.
    ReadOnly,
    /// The server has no memory left for this write.
    OutOfMemory,
    /// Fewer replicas than asked for acknowledged the write.
    NotReplicated,
    /// A lock was granted with a fence that is not above one seen before: the backend has lost what
    /// it knew, or its clock lags behind that of the one before it.
    FenceRegression,
    /// A lease ended before its holder was done; another may hold the lock by now.
    LockLost,
    /// What is stored under the key is not what the operation works on.
    WrongType,
    /// The caller gave something that no backend accepts.
    InvalidInput,
    /// The answer could not be understood.
    Corrupt,
    /// The backend does not have this operation; its [`Capabilities`](crate::Capabilities) say so.
    Unsupported,
    /// The backend was stopped.
    Stopped,
    /// The settings are wrong.
    Config,
    /// The server answered with an error of its own; see [`Error::server_code`].
    Server,
}

impl ErrorKind {
    fn text(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Busy => "busy",
            Self::Denied => "denied",
            Self::ReadOnly => "read-only",
            Self::OutOfMemory => "out of memory",
            Self::NotReplicated => "not replicated",
            Self::FenceRegression => "fence regression",
            Self::LockLost => "lock lost",
            Self::WrongType => "wrong type",
            Self::InvalidInput => "invalid input",
            Self::Corrupt => "corrupt answer",
            Self::Unsupported => "unsupported",
            Self::Stopped => "stopped",
            Self::Config => "wrong settings",
            Self::Server => "server error",
        }
    }
}

/// Whether a failed operation may have happened all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing was changed.
    NotApplied,
    /// It may have been done, may be done yet, or may never be: the answer was lost.
    Unknown,
}

impl Error {
    /// A failure that changed nothing. `detail` says what was found and what to do.
    pub fn not_applied(kind: ErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Effect::NotApplied, detail.into())
    }

    /// A failure after which nobody knows whether the operation happened.
    pub fn unknown(kind: ErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Effect::Unknown, detail.into())
    }

    /// The answer of a backend that lacks `operation`.
    pub fn unsupported(backend: &str, operation: &'static str) -> Self {
        let detail = "this backend does not have the operation; its capabilities list what it has";
        Self::not_applied(ErrorKind::Unsupported, detail)
            .with_operation(operation)
            .with_backend(backend)
    }

    /// The answer of a backend that was stopped before `operation` was asked for.
    pub fn stopped(backend: &str, operation: &'static str) -> Self {
        Self::not_applied(ErrorKind::Stopped, "the cache was stopped; open a new one")
            .with_operation(operation)
            .with_backend(backend)
    }

    fn new(kind: ErrorKind, effect: Effect, detail: Cow<'static, str>) -> Self {
        Self(Box::new(Report {
            kind,
            effect,
            detail,
            operation: None,
            backend: None,
            key: None,
            server_code: None,
        }))
    }

    /// Changes what is known of the effect: a failed step of a longer operation says of itself that
    /// it changed nothing, and the operation knows better.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Changes what was found and what to do.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Names the operation that failed, as the trait method is called: `"set"`.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Names the backend that failed.
    #[must_use]
    pub fn with_backend(mut self, backend: &str) -> Self {
        self.0.backend = Some(backend.into());
        self
    }

    /// Names the key or lock in question; it is stored escaped and shortened.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.0.key = Some(Shown(key).to_string().into());
        self
    }

    /// Keeps the server's own error code, such as `ERR`.
    #[must_use]
    pub fn with_server_code(mut self, code: &str) -> Self {
        self.0.server_code = Some(Shown(code).to_string().trim_matches('"').into());
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the operation may have happened all the same.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Whether the same call may succeed later, with nothing changed but the time.
    ///
    /// It does not say that repeating is harmless: where [`effect`](Error::effect) is
    /// [`Unknown`](Effect::Unknown), a second `increment` may count twice.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Timeout
            | ErrorKind::Unavailable
            | ErrorKind::Overloaded
            | ErrorKind::Busy
            | ErrorKind::ReadOnly
            | ErrorKind::OutOfMemory
            | ErrorKind::NotReplicated
            | ErrorKind::FenceRegression
            | ErrorKind::LockLost => true,
            ErrorKind::Denied
            | ErrorKind::WrongType
            | ErrorKind::InvalidInput
            | ErrorKind::Corrupt
            | ErrorKind::Unsupported
            | ErrorKind::Stopped
            | ErrorKind::Config
            | ErrorKind::Server => false,
        }
    }

    /// The operation that failed, as the trait method is called.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The backend that failed, as its `name` says.
    pub fn backend(&self) -> Option<&str> {
        self.0.backend.as_deref()
    }

    /// The server's own error code, such as `ERR`, where there was one.
    pub fn server_code(&self) -> Option<&str> {
        self.0.server_code.as_deref()
    }

    /// What was found and what to do, without the rest of the message.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

/// Boxed, so that a `Result` of a hit stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Report {
    kind: ErrorKind,
    effect: Effect,
    detail: Cow<'static, str>,
    operation: Option<&'static str>,
    backend: Option<Box<str>>,
    key: Option<Box<str>>,
    server_code: Option<Box<str>>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.operation, &self.backend) {
            (Some(operation), Some(backend)) => write!(f, "{operation} on {backend}")?,
            (Some(operation), None) => write!(f, "{operation}")?,
            (None, Some(backend)) => write!(f, "{backend}")?,
            (None, None) => write!(f, "cache")?,
        }
        if let Some(key) = &self.key {
            write!(f, ", key {key}")?;
        }
        write!(f, ": {}", self.kind.text())?;
        if let Some(code) = &self.server_code {
            write!(f, " {code}")?;
        }
        if self.effect == Effect::Unknown {
            f.write_str(", outcome unknown")?;
        }
        write!(f, ": {}", self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_operation_backend_and_key() {
        let error = Error::not_applied(ErrorKind::InvalidInput, "the TTL is zero")
            .with_operation("set")
            .with_backend("memory")
            .with_key("line\nbreak");
        assert_eq!(
            error.to_string(),
            r#"set on memory, key "line\nbreak": invalid input: the TTL is zero"#
        );
    }

    #[test]
    fn server_code_is_kept_and_shown() {
        let error = Error::not_applied(ErrorKind::Server, "see the server's log")
            .with_server_code("ERR")
            .with_backend("redis");
        assert_eq!(error.server_code(), Some("ERR"));
        assert_eq!(error.to_string(), "redis: server error ERR: see the server's log");
    }

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
