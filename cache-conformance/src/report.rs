//! Which cases apply to a backend, and why others do not.

use std::fmt;
use std::sync::Arc;

use crate::runner::{Runtime, cases};
use crate::trial::Trial;
use crate::{Case, Harness};

/// All cases in order, each with whether it applies to a backend.
#[derive(Debug)]
pub struct Report(Vec<ReportLine>);

/// A case and whether it applies.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReportLine {
    /// The case.
    pub case: &'static Case,
    /// Why it is left out; `None` where it is run.
    pub left_out: Option<&'static str>,
}

/// Lists every case with whether it applies to what the harness opens. Blocks; runs no case.
///
/// # Panics
/// If the harness cannot open a backend.
pub fn report(harness: &Arc<dyn Harness>) -> Report {
    Runtime::CurrentThread.build().block_on(async {
        let trial = Trial::new(Arc::clone(harness)).await;
        Report::of(&trial).await
    })
}

impl Report {
    pub(crate) async fn of(trial: &Trial) -> Self {
        let mut lines = Vec::with_capacity(cases().len());
        for case in cases() {
            let missing = case.missing(trial.harness(), trial.backend()).await;
            lines.push(ReportLine { case, left_out: missing.map(|need| need.reason()) });
        }
        Self(lines)
    }

    /// One line a case, in the order of the table.
    pub fn lines(&self) -> &[ReportLine] {
        &self.0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.0 {
            let (group, name) = (line.case.group(), line.case.name());
            match line.left_out {
                None => writeln!(f, "run: {group}::{name}")?,
                Some(reason) => writeln!(f, "left out: {group}::{name}: {reason}")?,
            }
        }
        Ok(())
    }
}
