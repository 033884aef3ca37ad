//! Values that are refused.

use super::*;

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
