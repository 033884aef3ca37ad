//! Keys and variables that do not exist, or that contradict each other.

use super::*;

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
fn variable_that_is_deeper_than_any_setting_is_refused_and_overflows_no_stack() {
    let deep = |parts: usize| format!("CACHE__CONFIG{}", "__A".repeat(parts - 1));
    let says = problem(variables(&[("CACHE__TYPE", "strange"), (&deep(65), SECRET)]));
    assert_says(&says, &["`CACHE__…`", "65 parts", "at most 64"]);
    let says = problem(variables(&[("CACHE__TYPE", "strange"), (&deep(100_000), SECRET)]));
    assert_says(&says, &["100000 parts"]);
    assert!(variables(&[("CACHE__TYPE", "strange"), (&deep(64), SECRET)]).is_ok());
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
