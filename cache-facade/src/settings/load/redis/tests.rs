use cache_core::ErrorKind;

use crate::settings::load::tests::load;
use crate::{BackendSettings, RedisSettings, Settings};

const SECRET: &str = "s3ntinel-pw";

/// The types whose feature is on.
fn types() -> impl Iterator<Item = &'static str> {
    let is_on = [("redis", cfg!(feature = "redis")), ("fred", cfg!(feature = "fred"))];
    is_on.into_iter().filter_map(|(name, is_on)| is_on.then_some(name))
}

fn redis(settings: &Settings) -> &RedisSettings {
    match &settings.backend {
        BackendSettings::Redis(redis) | BackendSettings::Fred(redis) => redis,
        other => panic!("{other:?}"),
    }
}

/// The message of a failure, which holds no secret.
#[track_caller]
fn problem(text: &str, variables: &[(&str, &str)]) -> String {
    let error = load(text, variables).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    error.detail().to_owned()
}

#[test]
fn every_option_is_read_from_the_file() {
    for name in types() {
        let text = format!(
            "type = '{name}'\n[config]\nhost = 'cache.example'\nport = 6380\nusername = 'shop'\n\
             password_file = '/run/secrets/redis'\ndatabase = 2\nprotocol = 2\nconnections = 4\n\
             max_in_flight = 100\nconnect_timeout = '250ms'\n"
        );
        let settings = load(&text, &[]).unwrap();
        let expected = RedisSettings {
            host: Some("cache.example".to_owned()),
            port: Some(6380),
            username: Some("shop".to_owned()),
            password_file: Some("/run/secrets/redis".into()),
            database: Some(2),
            protocol: Some(2),
            connections: Some(4),
            max_in_flight: Some(100),
            connect_timeout: Some(std::time::Duration::from_millis(250)),
            ..RedisSettings::new()
        };
        assert_eq!(redis(&settings), &expected);
    }
}

#[test]
fn password_in_a_variable_stays_as_it_is_whatever_it_looks_like() {
    for name in types() {
        for password in ["12345", "true", "[x]", "{a=b}", "007", "\"quoted\"", "p@ss:w/rd#%20"] {
            let variables = [("CACHE__TYPE", name), ("CACHE__CONFIG__PASSWORD", password)];
            let settings = load("", &variables).unwrap();
            let found = redis(&settings).password.as_ref().unwrap();
            assert_eq!(found.expose(), password);
        }
    }
}

#[test]
fn secrets_are_in_no_text_of_the_settings() {
    for name in types() {
        let text = format!("type = '{name}'\nconfig.password = '{SECRET}'");
        let url = format!("type = '{name}'\nconfig.url = 'redis://user:{SECRET}@127.0.0.1'");
        for settings in [load(&text, &[]).unwrap(), load(&url, &[]).unwrap()] {
            assert!(!format!("{settings:?} {settings:#?}").contains(SECRET));
        }
    }
}

#[test]
fn bad_option_is_refused_by_its_key_and_never_by_its_value() {
    let bad = [
        ("config.url = 'redis://u:s3ntinel-pw@host:0'", "`config.url` in file"),
        ("config.url = 'http://u:s3ntinel-pw@host'", "`config.url` in file"),
        ("config.url = 'rediss://u:s3ntinel-pw@host/#insecure'", "`config.url` in file"),
        ("config.url = 'redis://u:s3ntinel-pw@host/zero'", "`config.url` in file"),
        ("config.url = 's3ntinel-pw'", "`config.url` in file"),
        ("config.port = 0", "`config.port` in file"),
        ("config.port = 65536", "from 1 to 65535"),
        ("config.protocol = 4", "from 2 to 3"),
        ("config.connections = 0", "from 1 to 64"),
        ("config.max_in_flight = 0", "`config.max_in_flight` in file"),
        ("config.connect_timeout = 5", "with its unit"),
        ("config.tls = 'yes'", "`true` or `false`"),
        ("config.password = 12345", "`config.password` in file"),
        ("config.pasword = 's3ntinel-pw'", "did you mean `config.password`?"),
        ("config.capacity = 5", "there is no such setting"),
        ("config.tls_key_file = 'k'", "both files or none"),
        ("config.url = 'redis://s3ntinel-pw@host'\nconfig.host = 'other'", "`config` in file"),
        ("config.password = 's3ntinel-pw'\nconfig.password_file = 'f'", "`config` in file"),
    ];
    for name in types() {
        for (text, expected) in bad {
            let found = problem(&format!("type = '{name}'\n{text}"), &[]);
            assert!(found.contains(expected), "no {expected:?} in: {found}");
        }
    }
}

#[test]
fn address_and_login_of_a_stronger_place_replace_those_of_a_weaker() {
    for name in types() {
        let file = format!(
            "type = '{name}'\nconfig.host = 'file.example'\nconfig.port = 1\nconfig.password = 'p'"
        );
        let by_variable = [
            ("CACHE__CONFIG__URL", "redis://variable.example/3"),
            ("CACHE__CONFIG__PASSWORD_FILE", "/run/secrets/redis"),
        ];
        let settings = load(&file, &by_variable).unwrap();
        let expected = RedisSettings::new()
            .url("redis://variable.example/3")
            .password_file("/run/secrets/redis");
        assert_eq!(redis(&settings), &expected);
    }
}

#[test]
fn type_whose_feature_is_off_is_refused_with_the_way_out() {
    let off = [("redis", cfg!(feature = "redis")), ("fred", cfg!(feature = "fred"))];
    for (name, _) in off.into_iter().filter(|(_, is_on)| !is_on) {
        let found = problem(&format!("type = '{name}'"), &[]);
        assert!(found.contains(&format!("turn on the feature `{name}`")), "{found}");
    }
}
