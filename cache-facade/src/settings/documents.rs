//! The documents that are made of the table, and the test that keeps them in step with it.
//!
//! `UPDATE=1 cargo test -p cache-facade --all-features in_step` writes them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::load::tests::load;
use super::table::{SETTINGS, Setting, variable};
use super::words::Words;
#[cfg(any(feature = "redis", feature = "fred"))]
use crate::BackendSettings;
use crate::Settings;
use crate::builtin::BUILTINS;

/// Between these two lines of `docs/settings.md` stands the table.
const MARKERS: [&str; 2] =
    ["<!-- This table is generated: see CONTRIBUTING.md. -->\n", "<!-- End of the table. -->\n"];

/// Every setting, as a Markdown table.
fn markdown() -> String {
    let mut text = "| key | type | unit and range | default | variable | meaning |\n\
         |---|---|---|---|---|---|\n"
        .to_owned();
    for setting in SETTINGS {
        let Words { name, range } = Words::of(setting.kind);
        let of_type = match setting.backends {
            [] => String::new(),
            backends => format!(", for {}", quoted(backends)),
        };
        let default = match setting.default {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let (key, variable, meaning) = (keys(setting), variable(setting.key), setting.meaning);
        let row =
            format!("| {key}{of_type} | {name} | {range} | {default} | `{variable}` | {meaning} |");
        writeln!(text, "{row}").unwrap();
    }
    text
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

fn keys(setting: &Setting) -> String {
    let keys = std::iter::once(&setting.key).chain(setting.aliases);
    keys.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ")
}

/// A settings file in which every setting is a comment.
fn example() -> String {
    let mut text = "#:schema ./cache.schema.json\n\
                    # Every setting of a cache. What is commented out is an example, not the default.\n\
                    # A variable overrides what stands here.\n"
        .to_owned();
    let (top, config): (Vec<_>, Vec<_>) =
        SETTINGS.iter().partition(|setting| !setting.key.contains('.'));
    for setting in top {
        push_example(&mut text, setting, setting.key);
    }
    text.push_str("\n# What the type takes.\n[config]\n");
    let mut backends: &[&str] = &[];
    for setting in config {
        if setting.backends != backends {
            backends = setting.backends;
            write!(text, "\n# These are for {}.\n", quoted(backends)).unwrap();
        }
        let (_, key) = setting.key.split_once('.').unwrap();
        push_example(&mut text, setting, key);
    }
    text.push_str(
        "\n# A profile lies over what stands above where it is chosen: CACHE__PROFILE=test\n\
         # [profiles.test]\n# namespace = \"test\"\n",
    );
    text
}

fn push_example(text: &mut String, setting: &Setting, key: &str) {
    let default = match setting.default {
        "" => String::new(),
        default => format!(" Default: `{default}`."),
    };
    let (meaning, example) = (setting.meaning, setting.example);
    let (expected, variable) = (setting.expected(), variable(setting.key));
    let lines = [
        format!("# {meaning}"),
        format!("# Expected: {expected}.{default}"),
        format!("# Variable: {variable}"),
        format!("# {key} = {example}"),
    ];
    write!(text, "\n{}\n", lines.join("\n")).unwrap();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text with what is between the markers replaced.
fn between_markers(text: &str, table: &str) -> String {
    let [begin, end] = MARKERS;
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{begin}\n{table}\n{end}{after}")
}

#[track_caller]
fn assert_in_step(path: &str, expected: &str) {
    let place = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&place, expected).unwrap();
    }
    let found = std::fs::read_to_string(&place).unwrap_or_default();
    assert!(
        found == expected,
        "{path} does not fit the settings any more; to write it anew: \
         UPDATE=1 cargo test -p cache-facade --all-features in_step"
    );
}

#[test]
fn table_of_the_guide_is_in_step() {
    let path = "docs/settings.md";
    let guide = std::fs::read_to_string(root().join(path)).unwrap();
    assert_in_step(path, &between_markers(&guide, &markdown()));
}

#[test]
fn table_of_the_documentation_is_in_step() {
    assert_in_step("cache-facade/docs/settings-table.md", &markdown());
}

#[test]
fn example_file_is_in_step() {
    assert_in_step("cache.example.toml", &example());
}

#[cfg(feature = "schema")]
#[test]
fn schema_file_is_in_step() {
    assert_in_step("cache.schema.json", &Settings::json_schema());
}

#[test]
fn example_file_as_it_is_changes_nothing() {
    assert_eq!(load(&example(), &[]).unwrap(), Settings::new());
}

/// The types whose feature is on, of those that take a setting; each as a line of a file.
fn types(setting: &Setting) -> Vec<String> {
    let backends = if setting.backends.is_empty() { &["memory"] } else { setting.backends };
    let is_on = |name: &&&str| BUILTINS.iter().any(|it| it.is_on && it.name == **name);
    let line = |name: &&str| format!("type = '{name}'\n");
    backends.iter().filter(is_on).map(line).collect()
}

/// What must stand beside a setting.
fn companion(setting: &Setting) -> &'static str {
    match setting.key {
        "config.tls_certificate_file" => "config.tls_key_file = 'client.key'\n",
        "config.tls_key_file" => "config.tls_certificate_file = 'client.pem'\n",
        _ => "",
    }
}

#[test]
fn every_example_is_a_value_that_its_setting_takes() {
    for setting in SETTINGS.iter().filter(|setting| setting.key != "type") {
        for line in types(setting) {
            let without = format!("{line}{}", companion(setting));
            let with = format!("{without}{} = {}", setting.key, setting.example);
            assert_ne!(load(&with, &[]).unwrap(), load(&line, &[]).unwrap(), "{with}");
        }
    }
}

#[test]
fn every_default_means_the_same_as_nothing() {
    for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
        for line in types(setting).iter().map(|line| if setting.key == "type" { "" } else { line })
        {
            let nothing = meaning(&load(line, &[]).unwrap());
            let text = format!("{line}{} = '{}'", setting.key, setting.default);
            assert_eq!(meaning(&load(&text, &[]).unwrap()), nothing, "{text}");
            let variable = (&*variable(setting.key), setting.default);
            assert_eq!(meaning(&load(line, &[variable]).unwrap()), nothing, "{variable:?}");
        }
    }
}

/// What is opened, as text: two settings may be written apart and mean the same.
fn meaning(settings: &Settings) -> String {
    #[cfg(any(feature = "redis", feature = "fred"))]
    if let BackendSettings::Redis(redis) | BackendSettings::Fred(redis) = &settings.backend {
        let options = redis.options(std::time::Duration::from_secs(1)).unwrap();
        return format!("{:?}", options.check().unwrap());
    }
    format!("{settings:?}")
}

#[test]
fn every_other_name_sets_the_same() {
    let aliases = SETTINGS
        .iter()
        .flat_map(|setting| setting.aliases.iter().map(move |alias| (setting, alias)));
    for (setting, alias) in aliases {
        let set = |key: &str| load(&format!("{key} = {}", setting.example), &[]).unwrap();
        assert_eq!(set(setting.key), set(alias), "{alias}");
    }
}

#[cfg(feature = "schema")]
#[test]
fn schema_has_every_key_of_the_table() {
    use super::table::{CONFIG, Kind};

    let schema: serde_json::Value = serde_json::from_str(&Settings::json_schema()).unwrap();
    let top = schema["properties"].as_object().unwrap();
    for setting in SETTINGS {
        for key in setting.keys_in("") {
            assert!(top.contains_key(key), "{key}");
        }
        for (rule, builtin) in BUILTINS.iter().enumerate().filter(|(_, it)| setting.is_of(it.name))
        {
            let config = &schema["allOf"][rule]["then"]["properties"][CONFIG]["properties"];
            for key in setting.keys_in(CONFIG) {
                assert!(config.get(key).is_some(), "{key} of {}", builtin.name);
            }
        }
        if let Kind::Choice(choices) = setting.kind {
            let named = top[setting.key]["enum"].as_array().unwrap();
            assert_eq!(
                named.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>(),
                choices
            );
        }
    }
}

/// Values of a form that the setting takes, and of forms that it does not: key, good, bad.
#[cfg(all(feature = "schema", feature = "memory"))]
const FORMS: &[(&str, &[&str], &[&str])] = &[
    (
        "default_ttl",
        &["never", "1ns", "2000us", "3ms", "4s", "5m", "6h", "7d", "1h30m", "1h 30m", "007s"],
        &["", "none", "5", "m", "5M", "5min", "5 m", "1h  1m", "5m ", " 5m", "1y", "1w", "-5m"],
    ),
    ("default_ttl", &[], &["5ms5", "1.5h", "5µs", "5S", "5m,1s", "Never", "5sm", "+5s"]),
    ("deadline", &["none", "250ms", "1s 5ms"], &["", "never", "250", "250MS", "1sec", "0.5s"]),
    (
        "config.max_weight",
        &["9000B", "64KB", "1MB", "1MiB", "1.5MiB", "64 KiB", "0.5MB"],
        &["", "64", "64m", "64M", "64mb", "64kB", "64Mib", "1.B", ".5MB", "64  MB", "-1MB", "1EB"],
    ),
    ("config.max_weight", &[], &["MiB", "64MB ", " 64MB", "1e3B", "1,5MB", "1.2.3MB", "+1MB"]),
    ("config.capacity", &["1", "10000", "007"], &["", "0", "00", "-1", "+5", "1_000", "1.5", " 1"]),
];

#[cfg(all(feature = "schema", feature = "memory"))]
#[test]
fn schema_and_loader_take_the_same_forms() {
    let schema: serde_json::Value = serde_json::from_str(&Settings::json_schema()).unwrap();
    for (key, good, bad) in FORMS {
        let top = &schema["properties"];
        let config = &schema["allOf"][0]["then"]["properties"]["config"]["properties"];
        let property = key.strip_prefix("config.").map_or(&top[*key], |key| &config[key]);
        let pattern = regex::Regex::new(property["pattern"].as_str().unwrap()).unwrap();
        let is_taken = |value: &&&str| {
            let loaded = load("", &[(&*variable(key), **value)]).is_ok();
            assert_eq!(pattern.is_match(value), loaded, "{key} = {value:?}");
            loaded
        };
        assert_eq!(good.iter().filter(is_taken).count(), good.len(), "{key}");
        assert_eq!(bad.iter().filter(is_taken).count(), 0, "{key}");
    }
}
