//! Files, and the profiles in them.

use super::*;

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
