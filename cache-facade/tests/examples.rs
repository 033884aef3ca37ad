//! The examples as a user runs them: a process, a working directory, variables.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "support/programs.rs"]
mod programs;

use std::ffi::OsStr;
use std::process::Command;

use programs::{example, finish, folder, succeed};

const SECRET: &str = "hunter2-sentinel";

#[track_caller]
fn fail(command: Command) -> String {
    let (output, out, error) = finish(command, b"a\n");
    assert_eq!((output.status.code(), &*out), (Some(1), ""), "{error}");
    assert!(!error.contains(SECRET), "{error}");
    error
}

fn set(mut command: Command, name: impl AsRef<OsStr>, value: &str) -> Command {
    command.env(name, value);
    command
}

#[test]
fn quickstart_runs_to_its_end_on_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let told = succeed(example("quickstart", folder.path(), &[]), b"");
    assert!(told.starts_with("Opened the backend `memory`. By default an entry lives until"));
    assert!(told.contains("get session 1s later: nothing\n"), "{told}");
    assert!(told.ends_with("get greeting: refused, the cache is stopped\n"), "{told}");
}

#[test]
fn quickstart_reads_the_working_directory_and_variables_over_it() {
    let folder = folder("default_ttl = '5m'");
    let command = || example("quickstart", folder.path(), &[]);
    let told = succeed(command(), b"");
    assert!(told.contains("By default an entry lives 300s."), "{told}");
    let told = succeed(set(command(), "CACHE__DEFAULT_TTL", "1m"), b"");
    assert!(told.contains("By default an entry lives 60s."), "{told}");
}

#[test]
fn quickstart_reads_a_named_file_in_place_of_the_usual_one() {
    let folder = folder("default_ttl = '5m'");
    std::fs::write(folder.path().join("named.toml"), "config = { defaultTTL = '2m' }").unwrap();
    let told = succeed(example("quickstart", folder.path(), &["--config", "named.toml"]), b"");
    assert!(told.contains("By default an entry lives 120s."), "{told}");
}

#[test]
fn wrong_setting_ends_with_a_message_and_without_the_value() {
    let folder = folder("");
    let command = example("quickstart", folder.path(), &[]);
    let error = fail(set(command, "CACHE__CONFIG__PASSWORD", SECRET));
    assert!(error.starts_with("quickstart: load: wrong settings: `config.password`"), "{error}");
    assert!(error.contains("`CACHE__CONFIG__PASSWORD`"), "{error}");
}

#[test]
fn third_party_backend_is_opened_from_a_file() {
    let folder = folder("");
    let told = succeed(example("third_party_backend", folder.path(), &[]), b"");
    assert_eq!(told, "shelf holds Some(b\"hello\")\n");
}

#[test]
fn profile_is_chosen_by_its_variable() {
    let folder = folder("default_ttl = '5m'\n[profiles.test]\ndefault_ttl = '2m'");
    let command = || example("quickstart", folder.path(), &[]);
    let told = succeed(set(command(), "CACHE__PROFILE", "test"), b"");
    assert!(told.contains("By default an entry lives 120s."), "{told}");
    let error = fail(set(command(), "CACHE__PROFILE", SECRET));
    assert!(error.contains("there is no such profile; available: test"), "{error}");
}

#[test]
fn replay_reads_standard_input_and_prints_json() {
    let folder = folder("");
    let arguments = ["-", "--capacity", "10", "--json"];
    let told = succeed(example("replay", folder.path(), &arguments), b"a\nb\na\na\n");
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&report["requests"], &report["hits"]), (&4.into(), &2.into()));
    assert_eq!(report["hit_ratio"], 0.5);
}

#[test]
fn replay_of_a_truncated_trace_ends_with_the_place() {
    let folder = folder("");
    std::fs::write(folder.path().join("t.u32"), [0; 6]).unwrap();
    let error = fail(example("replay", folder.path(), &["t.u32", "--capacity", "10"]));
    assert!(error.starts_with("replay: t.u32: truncated"), "{error}");
    assert!(error.contains("byte offset 4"), "{error}");
}

#[test]
fn third_party_backend_is_a_file_of_less_than_100_lines() {
    let source = include_str!("../examples/third_party_backend.rs");
    assert!(source.lines().count() < 100, "{} lines", source.lines().count());
}
