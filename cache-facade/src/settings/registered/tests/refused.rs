//! Options that are refused.

use super::*;

#[test]
fn option_of_the_wrong_type_is_refused_with_what_is_expected() {
    for (text, key, expected) in [
        ("config.port = 'hunter2-sentinel'", "`config.port`", "u16"),
        ("config.port = 70000", "`config.port`", "u16"),
        ("config.port = -1", "`config.port`", "u16"),
        ("config.offset = 1.5", "`config.offset`", "i32"),
        ("config.text = 5", "`config.text`", "a string"),
        ("config.on = 'hunter2-sentinel'", "`config.on`", "a boolean"),
        ("config.hosts = [1]", "`config.hosts.0`", "a string"),
        ("config.hosts = { a = 'hunter2-sentinel' }", "`config.hosts`", "a sequence"),
        ("config.mode = 'hunter2-sentinel'", "`config.mode`", "one of single, cluster"),
        ("config.mode = 5", "`config.mode`", "enum Mode"),
        ("config.mode = {}", "`config.mode`", "one of single, cluster"),
        ("config.mode = { cluster = 'hunter2-sentinel' }", "`config.mode.cluster`", "u8"),
        ("config.pair = [1]", "`config.pair`", "a tuple of size 2"),
        ("config.pair = [1, 2, 3]", "`config.pair`", "a list shorter by 1"),
        ("config.tls = 'hunter2-sentinel'", "`config.tls`", "struct Tls"),
        ("config.tls.ca_file = ['hunter2-sentinel']", "`config.tls.ca_file`", "a string"),
    ] {
        let says = refused::<Everything>(text, &[]);
        assert_says(&says, &[key, "in file", "cache.toml", "expected", expected]);
    }
    let says = refused::<Everything>("", &[("CACHE__CONFIG__PORTS", "1,hunter2-sentinel")]);
    assert_says(&says, &["`config.ports.1`", "`CACHE__CONFIG__PORTS`", "expected u16"]);
}

#[test]
fn misspelt_option_is_refused_though_the_type_would_ignore_it() {
    let says = refused::<Strict>("config = { url = 'u', pasword = 'hunter2-sentinel' }", &[]);
    assert_says(&says, &["`config.pasword` in file", "did you mean `config.password`?"]);
    assert_says(&says, &["available: url, password, depth"]);
    let says = refused::<Everything>("config.tls.ca_fle = 'hunter2-sentinel'", &[]);
    assert_says(&says, &["`config.tls.ca_fle`", "did you mean `config.tls.ca_file`?"]);
    let says = refused::<Strict>("config.url = 'u'", &[("CACHE__CONFIG__URI", SECRET)]);
    assert_says(&says, &["`config.uri`", "`CACHE__CONFIG__URI`"]);
    // A dot in a key makes no path: the key is not `url`.
    let says = refused::<Strict>("config = { url = 'u', 'x.url' = 'hunter2-sentinel' }", &[]);
    assert_says(&says, &["`config.x.url`", "there is no such setting"]);
}

#[test]
fn unknown_option_is_refused_where_the_type_denies_it_itself() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Denying {
        #[serde(rename = "url")]
        _url: String,
    }
    let says = refused::<Denying>("config = { url = 'u', ulr = 'hunter2-sentinel' }", &[]);
    assert_says(&says, &["`config.ulr` in file", "did you mean `config.url`?", "available: url"]);
}

#[test]
fn missing_option_is_refused_with_the_ways_to_set_it() {
    for text in ["", "config = {}", "config.password = 'hunter2-sentinel'"] {
        let says = refused::<Strict>(text, &[]);
        assert_says(&says, &["`config.url` is missing: `type` in file", "`CACHE__CONFIG__URL`"]);
    }
}

#[test]
fn hint_names_a_variable_where_there_is_one() {
    #[derive(Debug, Deserialize)]
    struct Nodes {
        #[serde(rename = "nodes")]
        _nodes: Vec<Strict>,
    }
    let says = refused::<Nodes>("config.nodes = [{ password = 'hunter2-sentinel' }]", &[]);
    assert_says(&says, &["`config.nodes.0.url` is missing", "set it in a file"]);
    assert!(!says.contains("CACHE__"), "{says}");
}

#[test]
fn names_of_another_type_are_not_offered() {
    let says = refused::<Strict>("config = { url = 'u', capacity = 1 }", &[]);
    assert_says(&says, &["`config.capacity` in file", "no such setting; available: url"]);
    let says = refused::<Strict>("config = { url = 'u', namespace = 'n' }", &[]);
    assert_says(&says, &["did you mean `namespace`?"]);
}

#[test]
fn default_ttl_that_a_backend_needs_is_told_to_be_of_the_cache() {
    #[derive(Debug, Deserialize)]
    struct Needing {
        #[serde(rename = "default_ttl")]
        _default_ttl: String,
    }
    let says = refused::<Needing>("config.default_ttl = '5m'", &[]);
    assert_says(&says, &["`config.default_ttl` never reaches a backend", "another name"]);
    assert_says(&says, &["`type` in file"]);
}
