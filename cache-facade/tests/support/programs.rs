//! Runs the examples as a user does: a process, a working directory, variables.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The features that this test was built with: an example that is built with others would have every
/// crate below it built anew.
const FEATURES: &[(&str, bool)] = &[
    ("config", cfg!(feature = "config")),
    ("fred", cfg!(feature = "fred")),
    ("locks", cfg!(feature = "locks")),
    ("memory", cfg!(feature = "memory")),
    ("metrics", cfg!(feature = "metrics")),
    ("recipes", cfg!(feature = "recipes")),
    ("redis", cfg!(feature = "redis")),
    ("schema", cfg!(feature = "schema")),
    ("tls", cfg!(feature = "tls")),
    ("tracing", cfg!(feature = "tracing")),
];

/// The variable in which a run of many crates at once tells cargo's words for them and their features.
/// An example that is built by the same words finds all that it stands on built already.
const SELECTION: &str = "CACHE_EXAMPLES_SELECTION";

/// An example, to be run in `folder` with none of the settings that lie about here.
pub(crate) fn example(name: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(build(name));
    command.args(arguments).current_dir(folder);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("CACHE__") {
            command.env_remove(variable);
        }
    }
    command
}

/// Builds an example; where it is. Tests of examples are built without the examples themselves.
fn build(name: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--message-format=json", "--example", name]);
    cargo.args(selection());
    // They are of the package under test; build scripts that look at them would run anew.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&variable);
        }
    }
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable_of = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == name && message["target"]["kind"][0] == "example";
        is_it.then(|| message["executable"].as_str().map(PathBuf::from))?
    };
    messages.lines().find_map(executable_of).unwrap()
}

/// How cargo is told the crates and features: as they were for this test.
fn selection() -> Vec<String> {
    if let Ok(words) = std::env::var(SELECTION) {
        return words.split_whitespace().map(str::to_owned).collect();
    }
    let features: Vec<_> = FEATURES.iter().filter(|(_, is_on)| *is_on).map(|it| it.0).collect();
    let optimised = if cfg!(debug_assertions) { None } else { Some("--release".to_owned()) };
    let features = format!("--features={}", features.join(","));
    ["--no-default-features".to_owned(), features].into_iter().chain(optimised).collect()
}

/// A folder with settings of this text in it.
pub(crate) fn folder(settings: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cache.toml"), settings).unwrap();
    folder
}

/// Runs to the end; standard output and standard error as text.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> (Output, String, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that refuses its arguments has ended before it reads.
    let _closed = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    (output, out, error)
}

/// What a run that succeeds, and is silent on standard error, has told.
#[track_caller]
pub(crate) fn succeed(command: Command, input: &[u8]) -> String {
    let (output, out, error) = finish(command, input);
    assert!(output.status.success(), "{out}{error}");
    assert_eq!(error, "", "a run that succeeds is silent on standard error");
    out
}
