//! What `INFO` and `CONFIG GET` tell, by name.

use std::collections::HashMap;

use crate::reply::Answer;

/// Names and what stands behind them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info(HashMap<String, String>);

impl Info {
    /// Reads the lines of `INFO`: `name:value`, and headlines that begin with `#`.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once(':'));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    /// Reads names and values in turn.
    pub(super) fn of_pairs(pairs: &[Answer]) -> Self {
        let text = |answer: &Answer| match answer {
            Answer::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        };
        Self(pairs.as_chunks().0.iter().map(|[name, value]| (text(name), text(value))).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}
