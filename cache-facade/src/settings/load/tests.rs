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
fn unknown_key_is_refused_with_what_is_available() {
    let says = problem(load(&format!("colour = '{SECRET}'"), &[]));
    assert_says(&says, &["`colour`", "cache.toml", "available: type, default_ttl, namespace"]);
    let says = problem(load(&format!("config.size = '{SECRET}'"), &[]));
    assert_says(
        &says,
        &[
            "`config.size`",
            "cache.toml",
            "available: default_ttl, defaultTTL, capacity, max_weight",
        ],
    );
}

#[test]
fn misspelt_key_is_refused_with_the_nearest_right_one() {
    for (text, wrong, right) in [
        ("tpye = 'memory'", "`tpye`", "`type`"),
        ("defaultTtl = '5m'", "`defaultTtl`", "`default_ttl`"),
        ("onError = 'miss'", "`onError`", "`on_error`"),
        ("config.capcity = 1", "`config.capcity`", "`config.capacity`"),
        ("config.max-weight = '1MiB'", "`config.max-weight`", "`config.max_weight`"),
        // The right name in the wrong table.
        ("capacity = 1", "`capacity`", "`config.capacity`"),
        ("config.namespace = 'shop'", "`config.namespace`", "`namespace`"),
    ] {
        let says = problem(load(text, &[]));
        assert_says(&says, &[&format!("{wrong} in file"), &format!("did you mean {right}?")]);
    }
    let says = problem(variables(&[("CACHE__CONFIG_CAPACITY", "1")]));
    assert_says(&says, &["`CACHE__CONFIG_CAPACITY`", "did you mean `config.capacity`?"]);
}

#[test]
fn right_name_is_offered_where_the_type_takes_it() {
    let says = problem(load("type = 'strange'\ncapacity = 1", &[]));
    assert!(!says.contains("did you mean"), "{says}");
    let says = problem(load("capacity = 1\n[profiles.test]\ntype = 'strange'", &[]));
    assert_says(&says, &["did you mean `config.capacity`?"]);
}

#[test]
fn reserved_table_is_refused_as_reserved() {
    for (text, table) in [
        ("caches.sessions.type = 'hunter2-sentinel'", "`caches`"),
        ("[locks]\nurl = 'hunter2-sentinel'", "`locks`"),
        ("profiles.test.locks = 'hunter2-sentinel'", "`locks` in profile `test` of file"),
    ] {
        assert_says(&problem(load(text, &[])), &[table, "cache.toml", "reserved for"]);
    }
    let says = problem(variables(&[("CACHE__LOCKS__URL", SECRET)]));
    assert_says(&says, &["`locks`", "`CACHE__LOCKS__URL`", "reserved for"]);
}

#[test]
fn unknown_variable_is_refused_with_what_is_available() {
    let says = problem(variables(&[("CACHE__COLOUR", SECRET)]));
    assert_says(&says, &["`colour`", "variable `CACHE__COLOUR`", "available: type, default_ttl"]);
    let says = problem(variables(&[("CACHE__CONFIG__PASSWORD", SECRET)]));
    assert_says(
        &says,
        &["`config.password`", "`CACHE__CONFIG__PASSWORD`", "available: default_ttl"],
    );
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
    let says = problem(merge(None, None, [("CACHE__NAMESPACE".into(), value)]));
    assert_says(&says, &["`CACHE__NAMESPACE`", "UTF-8"]);
}

#[test]
fn wrong_type_is_refused_with_what_is_expected() {
    for (text, key, expected) in [
        ("type = 7", "`type`", "text: the name of a backend"),
        ("namespace = true", "`namespace`", "text: the name of a namespace"),
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
    assert_says(&says, &["`type`", "`CACHE__TYPE__NAME`", "the name of a backend"]);
}

#[test]
fn bad_capacity_is_refused() {
    for capacity in ["0", "-1", "1e3", "99999999999999999999", "'0'", "'+5'", "''", "'1_000'"] {
        let says = problem(load(&format!("config.capacity = {capacity}"), &[]));
        let place = if capacity.len() > 15 { "not valid TOML" } else { "at least 1" };
        assert_says(&says, &["cache.toml", place]);
    }
    let says = problem(variables(&[("CACHE__CONFIG__CAPACITY", "0")]));
    assert_says(&says, &["`config.capacity`", "`CACHE__CONFIG__CAPACITY`", "at least 1"]);
}

#[test]
fn bad_size_is_refused() {
    for size in [
        "0B",
        "64",
        "64m",
        "64M",
        "64mb",
        "64Mib",
        "64kB",
        "64EiB",
        "+64B",
        "1.B",
        ".5MB",
        "-1MiB",
        "MiB",
        "64 parsecs",
        "99999999999EiB",
        "",
    ] {
        let says = problem(variables(&[("CACHE__CONFIG__MAX_WEIGHT", size)]));
        assert_says(&says, &["`config.max_weight`", "a size with its unit", "`TB`, `KiB`"]);
    }
    let says = problem(load("config.max_weight = 64", &[]));
    assert_says(&says, &["`config.max_weight`", "cache.toml", "a size with its unit"]);
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
fn bad_duration_is_refused() {
    for ttl in [
        "0",
        "0s",
        "30",
        "-5m",
        "5M",
        "5min",
        "5 m",
        "1h  1m",
        " 5m",
        "5m ",
        "1y",
        "1.5h",
        "5 parsecs",
        "soon",
        "101y",
        "9999999999999y",
        "",
    ] {
        let says = problem(variables(&[("CACHE__DEFAULT_TTL", ttl)]));
        assert_says(&says, &["`default_ttl`", "`CACHE__DEFAULT_TTL`", "a duration with its unit"]);
        assert_says(&says, &["(`ns`, `us`, `ms`, `s`, `m`, `h`, `d`)"]);
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
    assert_eq!(merge(File::read_if_there(missing).unwrap(), None, []).unwrap(), Settings::new());
}

#[test]
fn file_that_is_there_but_unreadable_is_refused() {
    let no_text = file([0xff, 0xfe]);
    let folder = tempfile::tempdir().unwrap();
    for path in [&*no_text.path, folder.path()] {
        for answer in [File::read(path).map(Some), File::read_if_there(path)] {
            let says = problem(answer.map(|_file| Settings::new()));
            assert_says(&says, &["cannot be read"]);
        }
    }
}

const PROFILES: &str = "default_ttl = '5m'\n[config]\ncapacity = 10\n\
                        [profiles.prod]\nnamespace = 'prod'\nconfig.capacity = 20\n\
                        [profiles.test]\ndefault_ttl = '1m'";

#[test]
fn profile_lies_over_the_rest_of_the_file_and_under_the_variables() {
    let expected = |capacity| {
        Settings::new()
            .backend(MemorySettings::new().capacity(capacity))
            .default_ttl(MINUTES(5))
            .namespace("prod")
    };
    let chosen = ("CACHE__PROFILE", "prod");
    assert_eq!(load(PROFILES, &[chosen]).unwrap(), expected(20));
    let variable = ("CACHE__CONFIG__CAPACITY", "30");
    assert_eq!(load(PROFILES, &[chosen, variable]).unwrap(), expected(30));
}

#[test]
fn profile_that_nobody_chose_changes_nothing() {
    let settings = load(PROFILES, &[]).unwrap();
    assert_eq!(memory(&settings), &MemorySettings::new().capacity(10));
    assert_eq!(settings.default_ttl, MINUTES(5));
}

#[test]
fn profile_that_the_program_chose_is_taken_in_place_of_the_variable() {
    let settings = load_profile(PROFILES, Some("test"), &[("CACHE__PROFILE", "prod")]).unwrap();
    assert_eq!((settings.default_ttl, settings.namespace), (MINUTES(1), None));
}

#[test]
fn unknown_profile_is_refused_with_those_there_are() {
    let says = problem(load(PROFILES, &[("CACHE__PROFILE", SECRET)]));
    assert_says(&says, &["`profile` in environment variable `CACHE__PROFILE`", "no such profile"]);
    assert_says(&says, &["available: prod, test (in file", "cache.toml"]);
    let says = problem(load(PROFILES, &[("CACHE__PROFILE", "prodd")]));
    assert_says(&says, &["did you mean `prod`?"]);
    let says = problem(load_profile("", Some(SECRET), &[]));
    assert_says(&says, &["`profile` in the program", "available: none (in file"]);
    let says = problem(merge(None, None, [("CACHE__PROFILE".into(), SECRET.into())]));
    assert_says(&says, &["`CACHE__PROFILE`", "no such profile", "no file"]);
}

#[test]
fn mistake_in_a_profile_is_told_with_its_name_whether_it_is_chosen_or_not() {
    let text = format!("[profiles.prod]\ncolour = '{SECRET}'");
    for variables in [&[][..], &[("CACHE__PROFILE", "prod")]] {
        let says = problem(load(&text, variables));
        assert_says(&says, &["`colour` in profile `prod` of file", "cache.toml"]);
    }
    let text = "profiles.prod.config.capacity = 'hunter2-sentinel'";
    let says = problem(load(text, &[("CACHE__PROFILE", "prod")]));
    assert_says(&says, &["`config.capacity` in profile `prod` of file", "a whole number"]);
}

#[test]
fn profiles_are_tables_of_a_file_alone() {
    for text in ["profiles = 'hunter2-sentinel'", "profiles.prod = 'hunter2-sentinel'"] {
        assert_says(&problem(load(text, &[])), &["`profiles", "cache.toml", "[profiles.NAME]"]);
    }
    for text in ["profiles.prod.profiles.a.type = 'x'", "profiles.prod.profiles = 1"] {
        assert_says(&problem(load(text, &[])), &["`profiles` in profile `prod`", "at the top"]);
    }
    let says = problem(variables(&[("CACHE__PROFILES__PROD__TYPE", SECRET)]));
    assert_says(&says, &["`profiles`", "`CACHE__PROFILES__PROD__TYPE`", "at the top"]);
    let says = problem(load("profile = 'hunter2-sentinel'", &[]));
    assert_says(&says, &["`profile`", "cache.toml", "`CACHE__PROFILE`"]);
}

#[test]
fn bad_deadline_is_refused() {
    for deadline in ["0s", "999us", "1h 1ns", "2days", "1", "-1s", "never", "hunter2-sentinel", ""]
    {
        let says = problem(variables(&[("CACHE__DEADLINE", deadline)]));
        assert_says(&says, &["`deadline`", "`CACHE__DEADLINE`", "from `1ms` to `1h`", "`none`"]);
    }
    for deadline in ["1ms", "1h", "60m"] {
        variables(&[("CACHE__DEADLINE", deadline)]).unwrap();
    }
    assert_says(
        &problem(load("deadline = 5", &[])),
        &["`deadline`", "cache.toml", "with its unit"],
    );
}

#[test]
fn choice_that_does_not_exist_is_refused_with_those_there_are() {
    let says = problem(load("connect = 'hunter2-sentinel'", &[]));
    assert_says(&says, &["`connect`", "cache.toml", "`eager` or `lazy`"]);
    let says = problem(variables(&[("CACHE__ON_ERROR", SECRET)]));
    assert_says(&says, &["`on_error`", "`CACHE__ON_ERROR`", "`fail` or `miss`"]);
    assert_says(&problem(load("connect = true", &[])), &["`connect`", "`eager` or `lazy`"]);
}

#[test]
fn table_lists_every_choice() {
    for (setting, names) in [
        (table::CONNECT, Connect::ALL.iter().map(|choice| choice.name()).collect::<Vec<_>>()),
        (table::ON_ERROR, OnError::ALL.iter().map(|choice| choice.name()).collect()),
    ] {
        let table::Kind::Choice(choices) = setting.kind else { panic!("{setting:?}") };
        assert_eq!(choices, names);
    }
}

#[cfg(all(target_os = "linux", feature = "memory"))]
#[test]
fn bound_beyond_the_memory_of_the_machine_is_refused() {
    let physical = machine::physical_memory().unwrap();
    let entries = (physical / cache_memory::Options::ENTRY_OVERHEAD + 1).to_string();
    let says = problem(variables(&[("CACHE__CONFIG__CAPACITY", &entries)]));
    assert_says(&says, &["`config.capacity`", "`CACHE__CONFIG__CAPACITY`", "bytes of memory"]);
    let says = problem(load(&format!("config.max_weight = '{}B'", physical + 1), &[]));
    assert_says(&says, &["`config.max_weight`", "cache.toml", "bytes of memory"]);
    assert!(!says.contains(&(physical + 1).to_string()), "the value is in the message: {says}");
    load(&format!("config.max_weight = '{physical}B'"), &[]).unwrap();
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
