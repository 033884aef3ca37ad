mod files;
mod names;
mod values;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cache_core::{ErrorKind, Ttl};

use super::*;
#[cfg(feature = "memory")]
use crate::settings::machine;
use crate::settings::table;
use crate::{BackendSettings, Connect, MemorySettings, OnError};

/// What no message may ever hold.
pub(in crate::settings) const SECRET: &str = "hunter2-sentinel";

/// A settings file that goes with the value.
struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn file(text: impl AsRef<[u8]>) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.toml");
    std::fs::write(&path, text).unwrap();
    Written { _folder: folder, path }
}

pub(in crate::settings) fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Error> {
    load_profile(text, None, variables)
}

fn load_profile(
    text: &str,
    profile: Option<&str>,
    variables: &[(&str, &str)],
) -> Result<Settings, Error> {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let profile = profile.map(Profile::chosen_in_code);
    merge(Some(File::read(&file(text).path)?), profile, variables)
}

fn variables(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    load("", variables)
}

fn memory(settings: &Settings) -> &MemorySettings {
    match &settings.backend {
        BackendSettings::Memory(memory) => memory,
        other => panic!("{other:?}"),
    }
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
pub(in crate::settings) fn assert_says(problem: &str, parts: &[&str]) {
    for part in parts {
        assert!(problem.contains(part), "no {part:?} in: {problem}");
    }
}

const MINUTES: fn(u64) -> Ttl = |minutes| Ttl::After(Duration::from_secs(minutes * 60));

#[test]
fn nothing_set_gives_the_defaults() {
    assert_eq!(load("", &[]).unwrap(), Settings::new());
}

#[cfg(feature = "memory")]
#[test]
fn every_setting_is_read_from_a_file() {
    let settings = load(
        "type = 'memory'\nnamespace = 'shop'\ndefault_ttl = '1h30m'\ndeadline = '250ms'\n\
         connect = 'lazy'\non_error = 'miss'\n[config]\ncapacity = 1000",
        &[],
    );
    let expected = Settings::new()
        .backend(MemorySettings::new().capacity(1000))
        .namespace("shop")
        .default_ttl(MINUTES(90))
        .deadline(Duration::from_millis(250))
        .connect(Connect::Lazy)
        .on_error(OnError::Miss);
    assert_eq!(settings.unwrap(), expected);
}

#[cfg(feature = "memory")]
#[test]
fn every_setting_is_read_from_variables() {
    let settings = variables(&[
        ("CACHE__TYPE", "memory"),
        ("CACHE__NAMESPACE", "shop"),
        ("CACHE__DEFAULT_TTL", "5m"),
        ("CACHE__DEADLINE", "none"),
        ("CACHE__CONNECT", "lazy"),
        ("CACHE__ON_ERROR", "miss"),
        ("CACHE__CONFIG__MAX_WEIGHT", "64MiB"),
    ]);
    let expected = Settings::new()
        .backend(MemorySettings::new().max_weight(64 * 1024 * 1024))
        .namespace("shop")
        .default_ttl(MINUTES(5))
        .deadline(None)
        .connect(Connect::Lazy)
        .on_error(OnError::Miss);
    assert_eq!(settings.unwrap(), expected);
}

#[test]
fn variables_override_the_file() {
    let text = "namespace = 'file'\n[config]\ncapacity = 1000";
    let settings = load(text, &[("CACHE__CONFIG__CAPACITY", "7")]).unwrap();
    assert_eq!(memory(&settings), &MemorySettings::new().capacity(7));
    assert_eq!(settings.namespace.as_deref(), Some("file"));
}

#[cfg(feature = "memory")]
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
fn two_bounds_of_one_place_are_refused() {
    let says = problem(load("[config]\ncapacity = 1\nmax_weight = '1MiB'", &[]));
    assert_says(&says, &["`config.capacity` in file", "`config.max_weight` in file", "keep one"]);
    let both = [("CACHE__CONFIG__CAPACITY", "1"), ("CACHE__CONFIG__MAX_WEIGHT", "1MiB")];
    let says = problem(load("config.capacity = 1", &both));
    assert_says(&says, &["`CACHE__CONFIG__CAPACITY`", "`CACHE__CONFIG__MAX_WEIGHT`", "keep one"]);
    let text = "[profiles.test.config]\ncapacity = 1\nmax_weight = '1MiB'";
    let says = problem(load_profile(text, Some("test"), &[]));
    assert_says(&says, &["`config.capacity` in profile `test`", "keep one"]);
}

#[test]
fn bound_of_a_stronger_place_replaces_that_of_a_weaker_one() {
    let weight = MemorySettings::new().max_weight(1024 * 1024);
    let variable = [("CACHE__CONFIG__MAX_WEIGHT", "1MiB")];
    assert_eq!(memory(&load("config.capacity = 1", &variable).unwrap()), &weight);
    let text = "config.capacity = 1\nprofiles.test.config.max_weight = '1MiB'";
    assert_eq!(memory(&load_profile(text, Some("test"), &[]).unwrap()), &weight);
    let variable = [("CACHE__CONFIG__CAPACITY", "7")];
    let settings = load_profile(text, Some("test"), &variable).unwrap();
    assert_eq!(memory(&settings), &MemorySettings::new().capacity(7));
}

#[test]
fn options_of_a_stranger_that_are_called_like_bounds_stay_side_by_side() {
    let text = "type = 'strange'\nconfig.capacity = 1";
    let settings = load(text, &[("CACHE__CONFIG__MAX_WEIGHT", "1MiB")]).unwrap();
    let shown = format!("{settings:?}");
    assert_says(&shown, &["`config.capacity` in file", "`CACHE__CONFIG__MAX_WEIGHT`"]);
}

#[cfg(feature = "memory")]
#[test]
fn stronger_place_that_switches_the_type_drops_the_config_of_weaker_ones() {
    let text = "type = 'strange'\n[config]\nurl = 'u'\ndefaultTTL = '5m'\n\
                [profiles.test]\ntype = 'memory'";
    let expected = Settings::new().default_ttl(MINUTES(5));
    assert_eq!(load_profile(text, Some("test"), &[]).unwrap(), expected);
    let (switch, own) = (("CACHE__TYPE", "memory"), ("CACHE__CONFIG__CAPACITY", "7"));
    assert_eq!(load(text, &[switch]).unwrap(), expected);
    let settings = load(text, &[switch, own]).unwrap();
    assert_eq!(memory(&settings), &MemorySettings::new().capacity(7));
    // The same type again switches nothing.
    let text = "type = 'memory'\nconfig.capacity = 3";
    assert_eq!(memory(&load(text, &[switch]).unwrap()), &MemorySettings::new().capacity(3));
}

#[test]
fn config_that_stands_without_a_type_is_for_the_one_that_is_named_later() {
    let settings = load("config.url = 'u'", &[("CACHE__TYPE", "strange")]).unwrap();
    assert_says(&format!("{settings:?}"), &["`config.url` in file"]);
}

#[test]
fn empty_text_takes_a_namespace_back() {
    let text = "namespace = 'shop'\nprofiles.bare.namespace = ''\nprofiles.test.namespace = 't'";
    assert_eq!(load(text, &[("CACHE__NAMESPACE", "")]).unwrap().namespace, None);
    assert_eq!(load_profile(text, Some("bare"), &[]).unwrap().namespace, None);
    let again = load_profile(text, Some("bare"), &[("CACHE__NAMESPACE", "again")]).unwrap();
    assert_eq!(again.namespace.as_deref(), Some("again"));
    let chosen = [("CACHE__PROFILE", "test"), ("CACHE__NAMESPACE", "")];
    assert_eq!(load(text, &chosen).unwrap().namespace, None);
}

#[test]
fn type_that_is_not_built_in_is_kept_for_a_registry() {
    let text = format!("type = 'strange'\nconfig.password = '{SECRET}'\nconfig.defaultTTL = '5m'");
    let settings = load(&text, &[("CACHE__CONFIG__PORT", SECRET)]).unwrap();
    assert_eq!(settings.default_ttl, MINUTES(5));
    let BackendSettings::Registered(strange) = &settings.backend else { panic!("{settings:?}") };
    assert_eq!(strange.name(), "strange");
    let shown = format!("{settings:?} {settings:#?}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert_says(&shown, &["`config.password` in file", "variable `CACHE__CONFIG__PORT`"]);
    assert!(!shown.contains("TTL` in file"), "a default TTL belongs to the cache: {shown}");
}
