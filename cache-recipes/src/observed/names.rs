//! Every name by which the caches of a program are seen.
//!
//! They are a part of the interface: one that goes or changes its meaning is a breaking change.

/// Calls that have ended: a counter.
pub const CALLS: &str = "cache_calls_total";
/// Reads that found an entry: a counter.
pub const HITS: &str = "cache_hits_total";
/// Reads that found none: a counter.
pub const MISSES: &str = "cache_misses_total";
/// Failed reads that a handle answered as misses: a counter.
pub const FAILURES_AS_MISSES: &str = "cache_failures_as_misses_total";
/// The time from a call to its answer or its deadline: a histogram.
pub const DURATION: &str = "cache_call_duration_seconds";
/// A call: a span.
pub const CALL_SPAN: &str = "cache_call";
/// A call that failed: an event.
pub const FAILED_EVENT: &str = "cache call failed";
/// Failed reads that a handle answered as misses: an event, at most one a second.
pub const MISS_EVENT: &str = "failed read answered as a miss";
/// The target of all spans and events, to filter by.
pub const TARGET: &str = "cache";

/// What a program can see, by which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Name {
    /// The name as recorders and subscribers get it.
    pub name: &'static str,
    /// What stands under the name.
    pub kind: NameKind,
    /// The labels of a metric, or the fields of a span or event.
    pub labels: &'static [&'static str],
    /// What it says.
    pub meaning: &'static str,
}

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameKind {
    /// A metric that only rises.
    Counter,
    /// A metric of how values are distributed.
    Histogram,
    /// A span of `tracing`.
    Span,
    /// An event of `tracing`.
    Event,
}

/// Every name there is.
pub const ALL: &[Name] = &[
    Name {
        name: CALLS,
        kind: NameKind::Counter,
        labels: &["backend", "operation", "outcome"],
        meaning: "calls that have ended",
    },
    Name {
        name: HITS,
        kind: NameKind::Counter,
        labels: &["backend", "operation"],
        meaning: "keys that `get`, `entry`, `take` or `get_many` found",
    },
    Name {
        name: MISSES,
        kind: NameKind::Counter,
        labels: &["backend", "operation"],
        meaning: "keys that `get`, `entry`, `take` or `get_many` did not find",
    },
    Name {
        name: FAILURES_AS_MISSES,
        kind: NameKind::Counter,
        labels: &["backend", "operation"],
        meaning: "failed reads that a handle answered as misses, because `on_error` is `miss`",
    },
    Name {
        name: DURATION,
        kind: NameKind::Histogram,
        labels: &["backend", "operation"],
        meaning: "seconds from a call to its answer or its deadline; dropped calls are left out",
    },
    Name {
        name: CALL_SPAN,
        kind: NameKind::Span,
        labels: &["backend", "operation", "key", "keys", "outcome"],
        meaning: "a call, at the level DEBUG",
    },
    Name {
        name: FAILED_EVENT,
        kind: NameKind::Event,
        labels: &["error"],
        meaning: "a call that failed, at the level DEBUG, in its span",
    },
    Name {
        name: MISS_EVENT,
        kind: NameKind::Event,
        labels: &["error", "failures"],
        meaning: "failed reads that a handle answered as misses: the last of them and how many since the last event, at the level WARN, at most once a second",
    },
];

/// Every `outcome` a call can have: `ok`, `partial` for a batch in which a key failed, `dropped` for
/// one that was not waited for, or what kind of error it was.
pub const OUTCOMES: &[&str] = &[
    "ok",
    "partial",
    "dropped",
    "timeout",
    "unavailable",
    "overloaded",
    "busy",
    "denied",
    "read_only",
    "out_of_memory",
    "not_replicated",
    "fence_regression",
    "lock_lost",
    "wrong_type",
    "invalid_input",
    "corrupt",
    "unsupported",
    "stopped",
    "config",
    "server",
    "other",
];
