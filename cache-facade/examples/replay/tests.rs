use std::path::{Path, PathBuf};

use super::*;

/// A folder with one settings file, so that no test reads one that lies about.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "type = 'memory'").unwrap();
    (folder, settings)
}

fn replay(arguments: &[&str], input: &[u8]) -> Result<String, String> {
    let (_folder, settings) = folder();
    let settings = settings.into_os_string();
    let all = ["replay", "--config"].map(OsString::from).into_iter().chain([settings]);
    let all = all.chain(arguments.iter().map(OsString::from));
    let mut out = Vec::new();
    run(all, &mut &*input, &mut out).map_err(|failure| failure.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

fn json(arguments: &[&str], input: &[u8]) -> serde_json::Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&replay(&arguments, input).unwrap()).unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.into_os_string().into_string().unwrap()
}

#[test]
fn hits_of_a_small_text_trace_are_counted() {
    let report = json(&["-", "--capacity", "100"], b"a\nb\na\na\nc\nb\na\nd\n");
    assert_eq!(report["requests"], 8);
    assert_eq!(report["hits"], 4);
    assert_eq!(report["hit_ratio"], 0.5);
    assert_eq!(report["evictions"], 0);
    assert_eq!(report["backend"], "memory");
    assert_eq!(report["latency_ns"]["measured"], 2);
}

#[test]
fn report_in_words_has_the_same_numbers() {
    let report = replay(&["-", "--capacity", "100"], b"a\nb\na\na\n").unwrap();
    for line in
        ["requests     4\n", "hits         2\n", "hit_ratio    0.5000\n", "evictions    0\n"]
    {
        assert!(report.contains(line), "no {line:?} in:\n{report}");
    }
}

#[test]
fn binary_trace_is_replayed() {
    let (folder, _) = folder();
    let keys = [7_u32, 8, 7, 7, 9].map(u32::to_le_bytes).concat();
    let report = json(&[&write(folder.path(), "t.u32", &keys), "--capacity", "100"], b"");
    assert_eq!((&report["requests"], &report["hits"]), (&5.into(), &2.into()));
}

#[test]
fn loop_that_fits_misses_each_key_once() {
    let report = json(&["loop:5000,100", "--capacity", "1000"], b"");
    assert_eq!(report["hits"], 4900);
    assert_eq!(report["evictions"], 0);
}

#[test]
fn loop_larger_than_the_capacity_evicts_and_cannot_beat_the_optimum() {
    let report = json(&["loop:5000,100", "--capacity", "50"], b"");
    let number = |name: &str| report[name].as_u64().unwrap();
    let misses = number("requests") - number("hits");
    // Whatever the policy, at most 49 of the 99 keys between two accesses of one are kept.
    assert!(number("hits") <= 4900 * 50 / 99, "{report}");
    assert!(number("evictions") >= misses - 50, "{report}");
}

#[test]
fn scan_never_hits() {
    let report = json(&["scan:1000", "--capacity", "100"], b"");
    assert_eq!((&report["requests"], &report["hits"]), (&1000.into(), &0.into()));
}

#[test]
fn larger_cache_serves_more_of_a_zipf_trace() {
    let hits = |capacity| {
        json(&["zipf:50000,10000", "--capacity", capacity], b"")["hits"].as_u64().unwrap()
    };
    let (small, large) = (hits("100"), hits("5000"));
    assert!(small > 0 && large > small, "{small}, {large}");
}

#[test]
fn bad_traces_are_refused_with_the_place() {
    let (folder, _) = folder();
    let truncated = write(folder.path(), "t.u32", &[0; 10]);
    let no_text = write(folder.path(), "t.txt", b"a\n\xff\n");
    for (trace, place) in [
        (&*truncated, "byte offset 8"),
        (&*no_text, "line 2"),
        ("no/such/trace.u32", "no/such/trace.u32"),
        ("zipf:many", "zipf:REQUESTS"),
    ] {
        let failure = replay(&[trace], b"").unwrap_err();
        assert!(failure.contains(place), "no {place:?} in: {failure}");
    }
}

#[test]
fn bad_arguments_are_refused() {
    for (arguments, says) in [
        (&[][..], "no TRACE is given"),
        (&["-", "second"], "second"),
        (&["-", "--colour"], "--colour"),
        (&["-", "--capacity", "many"], "many"),
        (&["-", "--capacity", "0"], "the capacity is 0"),
    ] {
        let failure = replay(arguments, b"a\n").unwrap_err();
        assert!(failure.contains(says), "no {says:?} in: {failure}");
    }
}

#[test]
fn help_names_every_argument_and_form() {
    let help = replay(&["--help"], b"").unwrap();
    for name in ["--capacity", "--config", "--json", "zipf:", "loop:", "scan:", ".u32", "  -  "] {
        assert!(help.contains(name), "no {name} in: {help}");
    }
}
