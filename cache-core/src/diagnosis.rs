//! What a backend finds out about where it runs, for a person who wants to know.

use std::borrow::Cow;
use std::fmt;

use crate::{Lifecycle, Reply};

/// Looks at what a backend stands on, and says what should be changed there.
///
/// It is for people and for checks before a start: a call takes as long as several calls of the
/// cache do, and changes nothing that a cache or a lock sees.
pub trait Diagnose: Lifecycle {
    /// Looks once. What cannot be found out, such as a setting that this user may not read, is a
    /// finding of its own and no error.
    ///
    /// Dropping the reply ends the look.
    ///
    /// # Errors
    /// Those of [`CacheBackend`](crate::CacheBackend#errors), where the backend does not answer at
    /// all.
    fn diagnose(&self) -> Reply<'_, Diagnosis>;
}

/// What was found, in the order in which it is to be read.
///
/// ```
/// use cache_core::{Diagnosis, Finding, Severity};
///
/// let mut diagnosis = Diagnosis::new();
/// diagnosis.push(Finding::new("server", "Valkey 8.1"));
/// diagnosis.push(
///     Finding::new("eviction", "allkeys-lru")
///         .severity(Severity::Warning)
///         .advice("locks are evicted like entries; keep them on a server with noeviction"),
/// );
/// assert_eq!(diagnosis.worst(), Severity::Warning);
/// assert!(diagnosis.to_string().contains("warning  eviction: allkeys-lru"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Diagnosis {
    /// One finding a subject, or several.
    pub findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was looked at, in one or two words: `eviction`, `clock`.
    pub subject: &'static str,
    /// What was found. Never a secret.
    pub found: Cow<'static, str>,
    /// What it means and what to change; empty where nothing needs to be.
    pub advice: Cow<'static, str>,
}

/// How bad a finding is; the order is that of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Severity {
    /// As it should be.
    #[default]
    Fine,
    /// Worth knowing; nothing needs to be changed.
    Note,
    /// A promise may be broken under load or after a fault.
    Warning,
    /// A promise is broken now, or an operation does not work.
    Problem,
}

impl Diagnosis {
    /// Nothing found yet.
    pub const fn new() -> Self {
        Self { findings: Vec::new() }
    }

    /// Adds a finding at the end.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The worst there is; [`Severity::Fine`] where nothing was found.
    pub fn worst(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or_default()
    }
}

impl Finding {
    /// A finding that is as it should be, until something else is said.
    pub fn new(subject: &'static str, found: impl Into<Cow<'static, str>>) -> Self {
        let advice = Cow::Borrowed("");
        Self { severity: Severity::Fine, subject, found: found.into(), advice }
    }

    /// Says how bad it is.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says what it means and what to change.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.advice = advice.into();
        self
    }
}

impl Severity {
    /// The word for it, in small letters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl fmt::Display for Diagnosis {
    /// A line a finding, with what to change below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7}  {}: {}", self.severity.word(), self.subject, self.found)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n         {}", self.advice) }
    }
}
