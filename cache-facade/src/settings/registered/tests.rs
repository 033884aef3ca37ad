use std::collections::BTreeMap;
use std::sync::Mutex;

use cache_core::{Backend, ErrorKind};
use serde::{Deserialize, Serialize};

use super::*;
use crate::settings::load::tests::{SECRET, assert_says, load};
use crate::{Connect, Registry, Settings, open, open_with};

/// One field of each kind that options may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
struct Everything {
    text: String,
    port: u16,
    offset: i32,
    share: f64,
    on: bool,
    maybe: Option<u8>,
    hosts: Vec<String>,
    ports: Vec<u16>,
    mode: Mode,
    tls: Tls,
    labels: BTreeMap<String, String>,
    wide: i128,
    pair: (u8, u8),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Single,
    Cluster(u8),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
struct Tls {
    ca_file: String,
}

#[derive(Debug, Deserialize)]
struct Strict {
    url: String,
    password: Option<String>,
    #[serde(rename = "depth")]
    _depth: Option<u8>,
}

fn registered(text: &str, variables: &[(&str, &str)]) -> RegisteredSettings {
    let text = format!("type = 'strange'\n{text}");
    match load(&text, variables).unwrap().backend {
        crate::BackendSettings::Registered(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn options<T: DeserializeOwned>(text: &str, variables: &[(&str, &str)]) -> Result<T, Error> {
    registered(text, variables).options()
}

/// The message of refused options, after the checks that every one of them must pass.
#[track_caller]
fn refused<T: DeserializeOwned + fmt::Debug>(text: &str, variables: &[(&str, &str)]) -> String {
    let error = options::<T>(text, variables).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!shown.contains(SECRET), "the value is in the message: {shown}");
    }
    error.detail().to_owned()
}

fn everything() -> Everything {
    Everything {
        text: "t".to_owned(),
        port: 6379,
        offset: -3,
        share: 0.5,
        on: true,
        maybe: Some(7),
        hosts: vec!["a".to_owned(), "b".to_owned()],
        ports: vec![1, 2],
        mode: Mode::Cluster(3),
        tls: Tls { ca_file: "ca.pem".to_owned() },
        labels: BTreeMap::from([("zone".to_owned(), "1".to_owned())]),
        wide: 5,
        pair: (8, 9),
    }
}

#[test]
fn options_of_every_kind_are_read_from_a_file() {
    let text = "[config]\ntext = 't'\nport = 6379\noffset = -3\nshare = 0.5\non = true\nmaybe = 7\n\
                hosts = ['a', 'b']\nports = [1, 2]\nmode = { cluster = 3 }\nwide = 5\npair = [8, 9]\n\
                tls.ca_file = 'ca.pem'\nlabels.zone = '1'";
    assert_eq!(options::<Everything>(text, &[]).unwrap(), everything());
    assert_eq!(options::<Everything>("config.mode = 'single'", &[]).unwrap().mode, Mode::Single);
}

#[test]
fn options_of_every_kind_are_read_from_variables() {
    let variables = [
        ("CACHE__CONFIG__TEXT", "t"),
        ("CACHE__CONFIG__PORT", "6379"),
        ("CACHE__CONFIG__OFFSET", "-3"),
        ("CACHE__CONFIG__SHARE", "0.5"),
        ("CACHE__CONFIG__ON", "true"),
        ("CACHE__CONFIG__MAYBE", "7"),
        ("CACHE__CONFIG__HOSTS", "a, b"),
        ("CACHE__CONFIG__PORTS", "1,2"),
        ("CACHE__CONFIG__MODE__CLUSTER", "3"),
        ("CACHE__CONFIG__TLS__CA_FILE", "ca.pem"),
        ("CACHE__CONFIG__LABELS__ZONE", "1"),
        ("CACHE__CONFIG__WIDE", "5"),
        ("CACHE__CONFIG__PAIR", "8,9"),
    ];
    assert_eq!(options::<Everything>("", &variables).unwrap(), everything());
    let nothing = [("CACHE__CONFIG__HOSTS", "")];
    assert_eq!(options::<Everything>("", &nothing).unwrap(), Everything::default());
}

#[test]
fn options_built_in_code_are_read_back() {
    let settings =
        RegisteredSettings::new("strange", &BTreeMap::from([("url", "u"), ("password", "007")]));
    let strict: Strict = settings.unwrap().options().unwrap();
    assert_eq!((&*strict.url, strict.password.as_deref()), ("u", Some("007")));
    RegisteredSettings::new("strange", &()).unwrap().options::<Everything>().unwrap();
}

#[test]
fn what_becomes_nothing_in_code_is_read_back_as_nothing() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Nothing;
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Empties {
        none: Option<u8>,
        some: Option<()>,
        nested: Option<Option<String>>,
        unit: (),
        nothing: Nothing,
        letter: char,
        mode: Mode,
    }
    let options = Empties {
        none: None,
        some: Some(()),
        nested: None,
        unit: (),
        nothing: Nothing,
        letter: 'x',
        mode: Mode::Cluster(3),
    };
    let settings = RegisteredSettings::new("strange", &options).unwrap();
    assert_eq!(settings.options::<Empties>().unwrap(), options);
    let settings = RegisteredSettings::new("strange", &everything()).unwrap();
    assert_eq!(settings.options::<Everything>().unwrap(), everything());
    let settings = RegisteredSettings::new("strange", &Everything::default()).unwrap();
    assert_eq!(settings.options::<Everything>().unwrap(), Everything::default());
}

#[test]
fn backend_without_options_takes_none() {
    RegisteredSettings::new("strange", &()).unwrap().options::<()>().unwrap();
    options::<()>("", &[]).unwrap();
    options::<()>("config = {}", &[]).unwrap();
    let says = refused::<()>("config.url = 'hunter2-sentinel'", &[]);
    assert_says(&says, &["`config.url` in file", "no such setting", "available: none"]);
}

#[test]
fn enum_is_refused_where_something_stands_beside_its_variant() {
    let text = "config.mode = { cluster = 3, depth = 'hunter2-sentinel' }";
    let says = refused::<Everything>(text, &[]);
    assert_says(&says, &["`config.mode.depth` in file", "one of single, cluster and nothing"]);
    let aside = [("CACHE__CONFIG__MODE__A", SECRET)];
    let says = refused::<Everything>("config.mode = { cluster = 3 }", &aside);
    assert_says(&says, &["`config.mode.a` in environment variable `CACHE__CONFIG__MODE__A`"]);
    let says = refused::<Everything>("config.mode = { cluster = 3, single = {} }", &[]);
    assert_says(&says, &["`config.mode.single` in file", "nothing beside it"]);
}

#[test]
fn default_ttl_among_the_options_of_a_backend_is_refused_with_the_way_to_set_it() {
    for key in ["default_ttl", "defaultTTL"] {
        let options = BTreeMap::from([(key, SECRET)]);
        let error = RegisteredSettings::new("strange", &options).unwrap_err();
        let key = format!("`config.{key}` in the program");
        assert_says(error.detail(), &[&key, "belongs to the cache", "Settings::default_ttl"]);
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
}

#[test]
fn settings_in_code_are_refused_where_they_are_no_options() {
    let error = RegisteredSettings::new("strange", &SECRET).unwrap_err();
    assert_says(error.detail(), &["`config` in the program", "a table of settings"]);
    let error = RegisteredSettings::new("memory", &()).unwrap_err();
    assert_says(error.detail(), &["`type` in the program", "built in"]);
}

#[test]
fn password_that_looks_like_something_else_is_kept_as_it_is() {
    let awkward = ["12345", "007", "true", "[x]", "{a=b}", " spaced ", "\"quoted\"", "1e3", "a,b"];
    for password in awkward {
        let variables = [("CACHE__CONFIG__PASSWORD", password)];
        let strict: Strict = options("config.url = 'u'", &variables).unwrap();
        assert_eq!(strict.password.as_deref(), Some(password));
        let text = format!("config = {{ url = 'u', password = '{password}' }}");
        let strict: Strict = options(&text, &[]).unwrap();
        assert_eq!(strict.password.as_deref(), Some(password));
    }
}

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

#[derive(Debug, PartialEq, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Camel {
    max_conns: u8,
    min_conns: u8,
    tls_options: CamelTls,
}

#[derive(Debug, PartialEq, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CamelTls {
    ca_file: String,
    key_file: String,
}

#[test]
fn variable_sets_an_option_whatever_its_capitals_and_underscores() {
    for name in ["CACHE__CONFIG__MAXCONNS", "CACHE__CONFIG__MAX_CONNS"] {
        for text in ["", "config.maxConns = 3"] {
            let camel: Camel = options(text, &[(name, "7")]).unwrap();
            assert_eq!(camel, Camel { max_conns: 7, ..Camel::default() }, "{name} over {text}");
            let says = refused::<Camel>(text, &[(name, SECRET)]);
            assert_says(&says, &["`config.maxConns` in environment variable", name, "u8"]);
        }
    }
    let text = "config.tlsOptions = { caFile = 'file', keyFile = 'file' }";
    let variable = [("CACHE__CONFIG__TLS_OPTIONS__CA_FILE", "variable")];
    let tls = options::<Camel>(text, &variable).unwrap().tls_options;
    assert_eq!((&*tls.ca_file, &*tls.key_file), ("variable", "file"));
}

#[test]
fn option_that_two_variables_set_is_refused() {
    let both = [("CACHE__CONFIG__MAXCONNS", SECRET), ("CACHE__CONFIG__MAX_CONNS", SECRET)];
    let says = refused::<Camel>("", &both);
    assert_says(&says, &["another variable sets `maxConns` too", "keep one"]);
    let both = [("CACHE__CONFIG__PORT", SECRET), ("CACHE__CONFIG__PO_RT", SECRET)];
    let says = refused::<Everything>("", &both);
    assert_says(&says, &["`CACHE__CONFIG__PO_RT`", "another variable sets `port` too"]);
}

#[test]
fn variable_that_may_mean_several_options_is_refused() {
    #[derive(Debug, Deserialize)]
    struct Twins {
        #[serde(rename = "maxConns")]
        _first: Option<u8>,
        #[serde(rename = "MaxConns")]
        _second: Option<u8>,
    }
    let says = refused::<Twins>("", &[("CACHE__CONFIG__MAX_CONNS", SECRET)]);
    assert_says(&says, &["`CACHE__CONFIG__MAX_CONNS`", "each of maxConns, MaxConns"]);
}

#[test]
fn case_counts_in_a_file() {
    let says = refused::<Camel>("config.maxconns = 'hunter2-sentinel'", &[]);
    assert_says(&says, &["`config.maxconns` in file", "did you mean `config.maxConns`?"]);
}

#[test]
fn table_that_is_refused_as_a_whole_is_told_with_all_places_that_made_it() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "BTreeMap<String, String>")]
    struct Whole;
    impl TryFrom<BTreeMap<String, String>> for Whole {
        type Error = String;
        fn try_from(table: BTreeMap<String, String>) -> Result<Self, String> {
            Err(format!("{table:?} is bad"))
        }
    }
    let text = "config = { url = 'hunter2-sentinel', port = 'hunter2-sentinel' }";
    let says = refused::<Whole>(text, &[("CACHE__CONFIG__PASSWORD", SECRET)]);
    assert_says(&says, &["`config` in", "variable `CACHE__CONFIG__PASSWORD`", " and file `"]);
    assert_eq!(says.matches("cache.toml").count(), 1, "each place once: {says}");
}

#[test]
fn option_values_are_never_shown() {
    let listed = [SECRET, SECRET];
    let nested = BTreeMap::from([("inner", listed)]);
    let in_code = RegisteredSettings::new("strange", &BTreeMap::from([("secret", nested)]));
    let text = "config = { a = 'hunter2-sentinel', b = ['hunter2-sentinel'], \
                c.d = 'hunter2-sentinel', e = 4815162342, f = 4815.162342 }";
    let loaded = registered(text, &[("CACHE__CONFIG__PASSWORD", SECRET)]);
    for options in [in_code.unwrap(), loaded] {
        let settings = Settings::new().backend(options.clone()).namespace("shop");
        let shown = format!("{options:?} {options:#?} {settings:?} {settings:#?}");
        for value in [SECRET, "4815162342", "4815.162342"] {
            assert!(!shown.contains(value), "{shown}");
        }
        // What is public.
        assert_says(&shown, &["strange", "shop", "`config."]);
    }
}

#[test]
fn text_that_serde_is_given_by_others_is_left_out() {
    #[derive(Debug)]
    struct Picky;
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("{text} is bad")))
        }
    }
    #[derive(Debug, Deserialize)]
    struct Options {
        #[serde(rename = "picky")]
        _picky: Picky,
    }
    let says = refused::<Options>("config.picky = 'hunter2-sentinel'", &[]);
    assert_says(&says, &["`config.picky` in file", "not a value that this option takes"]);
}

#[test]
fn settings_are_equal_by_their_values_and_not_by_their_places() {
    let in_file = registered("config.url = 'u'", &[]);
    assert_eq!(in_file, registered("", &[("CACHE__CONFIG__URL", "u")]));
    assert_ne!(in_file, registered("config.url = 'v'", &[]));
    assert_ne!(in_file, registered("", &[]));
}

fn opened(registry: &Registry, text: &str) -> Result<crate::Cache, Error> {
    pollster::block_on(open_with(registry, load(text, &[]).unwrap()))
}

/// A registry with a backend `strange`, and the options with which it was opened.
fn registry() -> (Registry, Arc<Mutex<Vec<Everything>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut registry = Registry::new();
    let sink = Arc::clone(&seen);
    registry
        .register("strange", move |options: Everything| {
            sink.lock().unwrap().push(options);
            async { memory() }
        })
        .unwrap();
    (registry, seen)
}

fn memory() -> Result<Backend, Error> {
    Ok(cache_memory::Memory::open(cache_memory::Options::new())?.into_backend())
}

#[test]
fn registered_backend_is_opened_with_its_options_and_the_settings_of_every_cache() {
    let (registry, seen) = registry();
    let cache = opened(&registry, "type = 'strange'\nnamespace = 'shop'\nconfig.port = 5").unwrap();
    pollster::block_on(cache.set("k", "v")).unwrap();
    assert!(pollster::block_on(cache.backend().cache.contains(key("shop:k"))).unwrap());
    assert_eq!(*seen.lock().unwrap(), [Everything { port: 5, ..Everything::default() }]);
    assert!(opened(&registry, "type = 'memory'").is_ok(), "built-in ones are still there");
}

fn key(key: &str) -> cache_core::Key<'_> {
    cache_core::Key::new(key).unwrap()
}

#[test]
fn refused_option_is_an_error_of_open_with_the_name_of_the_backend() {
    let (registry, seen) = registry();
    let text = "type = 'strange'\nconfig.port = 'hunter2-sentinel'";
    let error = opened(&registry, text).unwrap_err();
    assert_eq!((error.operation(), error.backend()), (Some("open"), Some("strange")));
    assert!(!format!("{error} {error:?}").contains(SECRET));
    assert!(seen.lock().unwrap().is_empty(), "nothing was opened");
}

#[test]
fn refusal_of_the_backend_itself_is_told_with_its_name() {
    let mut registry = Registry::new();
    registry
        .register("strange", |_: Everything| async {
            Err(Error::not_applied(ErrorKind::Config, "the port is taken"))
        })
        .unwrap();
    let error = opened(&registry, "type = 'strange'").unwrap_err();
    assert_eq!(error.to_string(), "open on strange: wrong settings: the port is taken");
}

#[test]
fn unknown_type_is_refused_with_built_in_and_registered_names() {
    let mut registry = Registry::new();
    registry.register("strange", |_: Everything| async { unreachable!() }).unwrap();
    let error = opened(&registry, &format!("type = '{SECRET}'\nconfig.url = '{SECRET}'"));
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Config, Some("open")));
    assert!(!format!("{error} {error:?}").contains(SECRET));
    let says = error.detail();
    assert_says(says, &["`type` in file", "no such backend", "available: memory, strange"]);
    let error = opened(&registry, "type = 'strnage'").unwrap_err();
    assert_says(error.detail(), &["did you mean `strange`?"]);
}

#[test]
fn type_that_is_not_built_in_is_refused_without_a_registry() {
    let settings = load("type = 'memroy'", &[("CACHE__TYPE", "memroy")]).unwrap();
    let error = pollster::block_on(open(settings)).unwrap_err();
    let says = error.detail();
    assert_says(says, &["`type` in environment variable `CACHE__TYPE`", "did you mean `memory`?"]);
}

#[test]
fn wrong_settings_are_refused_before_a_backend_is_opened() {
    let mut registry = Registry::new();
    registry.register("strange", |_: Everything| async { panic!("it was opened") }).unwrap();
    let strange = || Settings::new().backend(RegisteredSettings::new("strange", &()).unwrap());
    let zero = std::time::Duration::ZERO;
    for (settings, key) in [
        (strange().default_ttl(zero), "`default_ttl`"),
        (strange().namespace(""), "`namespace`"),
        (strange().deadline(zero), "`deadline`"),
    ] {
        let error = pollster::block_on(open_with(&registry, settings)).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Config, Some("open")));
        assert_says(error.detail(), &[key]);
    }
    let error = pollster::block_on(open(Settings::new().deadline(zero))).unwrap_err();
    assert_says(error.detail(), &["`deadline`", "1 ms to 1 hour"]);
}

#[test]
fn eager_open_counts_no_read() {
    let cache = pollster::block_on(open(Settings::new())).unwrap();
    let statistics = cache.statistics().unwrap();
    assert_eq!((statistics.hits, statistics.misses), (0, 0));
}

#[cfg(target_os = "linux")]
#[test]
fn bound_beyond_the_memory_of_the_machine_is_refused_in_code_too() {
    let settings = Settings::new().backend(crate::MemorySettings::new().max_weight(u64::MAX));
    let error = pollster::block_on(open(settings)).unwrap_err();
    assert_says(error.detail(), &["`config.max_weight`", "bytes of memory"]);
}

#[test]
fn eager_open_fails_where_the_backend_does_not_answer_and_lazy_open_does_not() {
    let mut registry = Registry::new();
    registry
        .register("strange", |_: Everything| async {
            let backend = memory()?;
            backend.cache.stop().await?;
            Ok(backend)
        })
        .unwrap();
    let settings = || Settings::new().backend(RegisteredSettings::new("strange", &()).unwrap());
    let eager = pollster::block_on(open_with(&registry, settings()));
    assert_eq!(eager.unwrap_err().kind(), ErrorKind::Stopped);
    let lazy = pollster::block_on(open_with(&registry, settings().connect(Connect::Lazy)));
    assert_eq!(pollster::block_on(lazy.unwrap().get("k")).unwrap_err().kind(), ErrorKind::Stopped);
}
