mod opened;
mod refused;
mod spelling;

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
