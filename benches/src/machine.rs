//! On which machine a report was made.

use std::process::Command;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

/// What figures depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Machine {
    /// The model of the processor, or its architecture where the system does not tell it.
    pub processor: String,
    /// How many threads run at once.
    pub cores: usize,
    /// The operating system.
    pub system: String,
    /// The compiler in the path.
    pub compiler: String,
    /// How many threads wanted to run when it began: 1, 5 and 15 minutes. Above 0, others took
    /// part in what was measured.
    pub load: String,
}

impl Machine {
    /// This machine, now.
    pub fn here() -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            processor: processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: available_parallelism().map_or(1, usize::from),
            system: std::env::consts::OS.to_owned(),
            compiler: compiler().unwrap_or_else(unknown),
            load: load().unwrap_or_else(unknown),
        }
    }
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn load() -> Option<String> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}
