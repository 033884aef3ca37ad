//! What a handle does when its backend is slow or down.

/// What the handle answers to a read that failed because the backend is slow or down.
///
/// It is for reads alone. A write, a delete, an increment or a take that failed is told in any
/// case: whoever believed that a delete had happened would go on to read what should be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnError {
    /// The error: `on_error = "fail"`.
    #[default]
    Fail,
    /// That there is no entry, where the error [may pass](crate::Error::is_retryable):
    /// `on_error = "miss"`. Each such answer is counted in
    /// [`failures_as_misses`](crate::Cache::failures_as_misses). With the feature `tracing` the
    /// first is logged, and further ones in at most one line a second that says how many there
    /// were; without it nothing is logged, and only the counter tells. Other errors, such as a
    /// refused key or a stopped cache, stay errors.
    Miss,
}

impl OnError {
    /// Every choice.
    pub const ALL: &'static [Self] = &[Self::Fail, Self::Miss];

    /// The choice as it stands in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Miss => "miss",
        }
    }
}

/// When [`open`](crate::open()) finds out whether the backend can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Connect {
    /// Before it answers, by one look at a key: `connect = "eager"`. A backend that is down is an
    /// error of `open`, whatever [`OnError`] says.
    #[default]
    Eager,
    /// At the first call: `connect = "lazy"`.
    Lazy,
}

impl Connect {
    /// Every choice.
    pub const ALL: &'static [Self] = &[Self::Eager, Self::Lazy];

    /// The choice as it stands in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Lazy => "lazy",
        }
    }
}
