use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use cache_core::{ErrorKind, Ttl};

use super::*;
use crate::{BackendSettings, MemorySettings};

/// What no message may ever hold.
const SECRET: &str = "hunter2-sentinel";

/// A settings file that goes with the value.
struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn file(text: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.toml");
    std::fs::write(&path, text).unwrap();
    File { _folder: folder, path }
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Error> {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    merge(file::read(&file(text).path)?, variables)
}

fn variables(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    load("", variables)
}

fn memory(settings: &Settings) -> &MemorySettings {
    let BackendSettings::Memory(memory) = &settings.backend;
    memory
}

/// The message of a failure, after the checks that every one of them must pass.
#[track_caller]
fn problem(answer: Result<Settings, Error>) -> String {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.operation(), Some("load"));
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!shown.contains(SECRET), "the value is in the message: {shown}");
    }
    error.detail().to_owned()
}

#[track_caller]
fn assert_says(problem: &str, parts: &[&str]) {
    for part in parts {
        assert!(problem.contains(part), "no {part:?} in: {problem}");
    }
}

const MINUTES: fn(u64) -> Ttl = |minutes| Ttl::After(Duration::from_secs(minutes * 60));

#[test]
fn nothing_set_gives_the_defaults() {
    assert_eq!(load("", &[]).unwrap(), Settings::new());
}

#[test]
fn every_setting_is_read_from_a_file() {
    let settings = load(
        "type = 'memory'\nnamespace = 'shop'\ndefault_ttl = '1h30m'\n[config]\ncapacity = 1000",
        &[],
    );
    let expected = Settings::new()
        .backend(MemorySettings::new().capacity(1000))
        .namespace("shop")
        .default_ttl(MINUTES(90));
    assert_eq!(settings.unwrap(), expected);
}

#[test]
fn every_setting_is_read_from_variables() {
    let settings = variables(&[
        ("CACHE__TYPE", "memory"),
        ("CACHE__NAMESPACE", "shop"),
        ("CACHE__DEFAULT_TTL", "5m"),
        ("CACHE__CONFIG__MAX_WEIGHT", "64MiB"),
    ]);
    let expected = Settings::new()
        .backend(MemorySettings::new().max_weight(64 * 1024 * 1024))
        .namespace("shop")
        .default_ttl(MINUTES(5));
    assert_eq!(settings.unwrap(), expected);
}

#[test]
fn variables_override_the_file() {
    let text = "namespace = 'file'\n[config]\ncapacity = 1000";
    let settings = load(text, &[("CACHE__CONFIG__CAPACITY", "7")]).unwrap();
    assert_eq!(memory(&settings), &MemorySettings::new().capacity(7));
    assert_eq!(settings.namespace.as_deref(), Some("file"));
}

#[test]
fn shape_of_the_go_package_is_read() {
    let settings = load("type = 'memory'\nconfig = { defaultTTL = '5m' }", &[]).unwrap();
    assert_eq!(settings, Settings::new().default_ttl(MINUTES(5)));
}

#[test]
fn default_ttl_is_overridden_however_it_is_spelled() {
    let in_file = ["default_ttl = '5m'", "config.default_ttl = '5m'", "config.defaultTTL = '5m'"];
    for text in in_file {
        for variable in ["CACHE__DEFAULT_TTL", "CACHE__CONFIG__DEFAULT_TTL"] {
            let settings = load(text, &[(variable, "1m")]).unwrap();
            assert_eq!(settings.default_ttl, MINUTES(1), "{text}, {variable}");
        }
    }
}

#[test]
fn never_takes_a_default_ttl_back() {
    let settings = load("default_ttl = '5m'", &[("CACHE__DEFAULT_TTL", "never")]).unwrap();
    assert_eq!(settings.default_ttl, Ttl::Never);
}

#[test]
fn default_ttl_twice_in_one_place_is_refused() {
    let problem_of = |text| problem(load(text, &[]));
    let says = problem_of("default_ttl = '5m'\nconfig.defaultTTL = '5m'");
    assert_says(&says, &["`default_ttl`", "`config.defaultTTL`", "cache.toml", "keep one"]);
    let says = problem_of("config.default_ttl = '5m'\nconfig.defaultTTL = '5m'");
    assert_says(&says, &["`config.default_ttl`", "`config.defaultTTL`", "keep one"]);
    let twice = [("CACHE__DEFAULT_TTL", "5m"), ("CACHE__CONFIG__DEFAULT_TTL", "5m")];
    let says = problem(variables(&twice));
    assert_says(&says, &["`CACHE__DEFAULT_TTL`", "`CACHE__CONFIG__DEFAULT_TTL`", "keep one"]);
}

#[test]
fn variables_stay_text() {
    for name in ["007", "true", "[x]", "{a=b}", " spaced ", "\"quoted\""] {
        let settings = variables(&[("CACHE__NAMESPACE", name)]).unwrap();
        assert_eq!(settings.namespace.as_deref(), Some(name));
    }
}

#[test]
fn variables_of_others_are_not_looked_at() {
    let others =
        [("CACHE_DIR", "/x"), ("CACHE", "x"), ("MY_CACHE__TYPE", "x"), ("cache__type", "x")];
    assert_eq!(variables(&others).unwrap(), Settings::new());
}

#[test]
fn unknown_key_is_refused_with_what_is_available() {
    let says = problem(load(&format!("colour = '{SECRET}'"), &[]));
    assert_says(&says, &["`colour`", "cache.toml", "type, config, default_ttl, namespace"]);
    let says = problem(load(&format!("config.size = '{SECRET}'"), &[]));
    assert_says(
        &says,
        &["`config.size`", "cache.toml", "capacity, max_weight, defaultTTL, default_ttl"],
    );
}

#[test]
fn unknown_variable_is_refused_with_what_is_available() {
    let says = problem(variables(&[("CACHE__COLOUR", SECRET)]));
    assert_says(&says, &["`colour`", "variable `CACHE__COLOUR`", "available: type, config"]);
    let says = problem(variables(&[("CACHE__CONFIG__PASSWORD", SECRET)]));
    assert_says(&says, &["`config.password`", "`CACHE__CONFIG__PASSWORD`", "available: capacity"]);
}

#[test]
fn variable_with_an_empty_part_is_refused() {
    for name in ["CACHE__", "CACHE____TYPE", "CACHE__CONFIG__"] {
        let says = problem(variables(&[(name, SECRET)]));
        assert_says(&says, &[name, "CACHE__KEY"]);
    }
}

#[test]
fn variables_that_contradict_each_other_are_refused() {
    let says = problem(variables(&[("CACHE__CONFIG__CAPACITY", "1"), ("CACHE__CONFIG", SECRET)]));
    assert_says(&says, &["`CACHE__CONFIG__CAPACITY`", "`CACHE__CONFIG`", "keep one"]);
    let says = problem(variables(&[("CACHE__TYPE", "memory"), ("CACHE__type", SECRET)]));
    assert_says(&says, &["`CACHE__TYPE`", "`CACHE__type`", "keep one"]);
}

#[cfg(unix)]
#[test]
fn variable_that_is_no_utf8_is_refused() {
    use std::os::unix::ffi::OsStringExt;

    let value = OsString::from_vec(vec![0xff]);
    let says = problem(merge(Vec::new(), [("CACHE__NAMESPACE".into(), value)]));
    assert_says(&says, &["`CACHE__NAMESPACE`", "UTF-8"]);
}

#[test]
fn wrong_type_is_refused_with_what_is_expected() {
    for (text, key, expected) in [
        ("type = 7", "`type`", "a string"),
        ("namespace = true", "`namespace`", "a string"),
        ("config = 'hunter2-sentinel'", "`config`", "a table of settings"),
        ("default_ttl = { a = 'hunter2-sentinel' }", "`default_ttl`", "a duration"),
        ("config.capacity = 'hunter2-sentinel'", "`config.capacity`", "a whole number of entries"),
        ("config.capacity = 1.5", "`config.capacity`", "a whole number of entries"),
        ("config.capacity = 1979-05-27", "`config.capacity`", "a whole number of entries"),
        ("config.max_weight = ['hunter2-sentinel']", "`config.max_weight`", "a size with its unit"),
    ] {
        assert_says(&problem(load(text, &[])), &[key, "cache.toml", "expected", expected]);
    }
    let says = problem(variables(&[("CACHE__CONFIG", SECRET)]));
    assert_says(&says, &["`config`", "`CACHE__CONFIG`", "a table of settings"]);
    let says = problem(variables(&[("CACHE__TYPE__NAME", SECRET)]));
    assert_says(&says, &["`type`", "`CACHE__TYPE__NAME`", "a string"]);
}

#[test]
fn bad_capacity_is_refused() {
    for capacity in ["0", "-1", "1e3", "99999999999999999999", "'0'", "''", "'1_000'"] {
        let says = problem(load(&format!("config.capacity = {capacity}"), &[]));
        let place = if capacity.len() > 15 { "not valid TOML" } else { "at least 1" };
        assert_says(&says, &["cache.toml", place]);
    }
    let says = problem(variables(&[("CACHE__CONFIG__CAPACITY", "0")]));
    assert_says(&says, &["`config.capacity`", "`CACHE__CONFIG__CAPACITY`", "at least 1"]);
}

#[test]
fn bad_size_is_refused() {
    for size in ["0B", "64", "-1MiB", "MiB", "64 parsecs", "99999999999EiB", ""] {
        let says = problem(variables(&[("CACHE__CONFIG__MAX_WEIGHT", size)]));
        assert_says(&says, &["`config.max_weight`", "a size with its unit"]);
    }
    let says = problem(load("config.max_weight = 64", &[]));
    assert_says(&says, &["`config.max_weight`", "cache.toml", "a size with its unit"]);
}

#[test]
fn two_bounds_are_refused_wherever_they_are_set() {
    let says = problem(load("[config]\ncapacity = 1\nmax_weight = '1MiB'", &[]));
    assert_says(&says, &["`config.capacity` in file", "`config.max_weight` in file", "keep one"]);
    let mixed = load("config.capacity = 1", &[("CACHE__CONFIG__MAX_WEIGHT", "1MiB")]);
    let says = problem(mixed);
    assert_says(&says, &["`config.capacity` in file", "variable `CACHE__CONFIG__MAX_WEIGHT`"]);
}

#[test]
fn bad_duration_is_refused() {
    for ttl in ["0", "0s", "30", "-5m", "5 parsecs", "soon", "101y", "9999999999999y", ""] {
        let says = problem(variables(&[("CACHE__DEFAULT_TTL", ttl)]));
        assert_says(&says, &["`default_ttl`", "`CACHE__DEFAULT_TTL`", "a duration with its unit"]);
    }
}

#[test]
fn unitless_duration_is_refused_under_the_key_it_was_written_with() {
    let says = problem(load("config.defaultTTL = 30", &[]));
    assert_says(&says, &["`config.defaultTTL`", "cache.toml", "a duration with its unit"]);
    let says = problem(load("default_ttl = 30", &[]));
    assert_says(&says, &["`default_ttl`", "cache.toml", "a duration with its unit"]);
}

#[test]
fn unknown_type_is_refused_with_what_is_available() {
    let says = problem(load(&format!("type = '{SECRET}'\nconfig.url = '{SECRET}'"), &[]));
    assert_says(&says, &["`type`", "cache.toml", "no such backend", "available: "]);
    let says = problem(load("type = 'memory'", &[("CACHE__TYPE", SECRET)]));
    assert_says(&says, &["`type`", "variable `CACHE__TYPE`", "no such backend"]);
    assert_eq!(says.contains("available: memory"), cfg!(feature = "memory"));
}

#[test]
fn refused_namespace_is_a_problem_of_its_setting() {
    let says = problem(load("namespace = ''", &[]));
    assert_says(&says, &["`namespace`", "cache.toml", "empty"]);
    let says = problem(variables(&[("CACHE__NAMESPACE", "__cache__")]));
    assert_says(&says, &["`namespace`", "`CACHE__NAMESPACE`", "another name"]);
}

#[test]
fn broken_toml_is_told_by_line_and_column() {
    let text = format!("type = 'memory'\nnamespace = '{SECRET}' '{SECRET}'");
    assert_says(&problem(load(&text, &[])), &["cache.toml", "line 2, column 32"]);
    let text = format!("# é\n  type = \"{SECRET}");
    assert_says(&problem(load(&text, &[])), &["cache.toml", "not valid TOML", "line 2"]);
}

#[test]
fn named_file_that_is_missing_is_refused() {
    let says = problem(Settings::load_file("no/such/file.toml"));
    assert_says(&says, &["file `no/such/file.toml`", "cannot be read"]);
}

#[test]
fn file_that_need_not_be_there_may_be_missing() {
    let missing = Path::new("no/such/file.toml");
    assert_eq!(merge(file::read_if_there(missing).unwrap(), []).unwrap(), Settings::new());
}

#[test]
fn file_that_is_there_but_unreadable_is_refused() {
    let no_text = file([0xff, 0xfe]);
    let folder = tempfile::tempdir().unwrap();
    for path in [&*no_text.path, folder.path()] {
        for answer in [file::read(path), file::read_if_there(path)] {
            let says = problem(answer.map(|_layers| Settings::new()));
            assert_says(&says, &["cannot be read"]);
        }
    }
}
