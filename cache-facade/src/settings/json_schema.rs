//! What a settings file may hold, as a JSON Schema.

use serde_json::{Map, Value, json};

use super::Settings;
use super::table::{CONFIG, Kind, NAMESPACE, PROFILES, SETTINGS, Setting, TYPE};
use super::units;
use crate::builtin::BUILTINS;

impl Settings {
    /// The JSON Schema (draft 7) of a settings file: for editors that complete and check while one
    /// writes.
    ///
    /// It knows the keys and the form of their values. What depends on the machine or on several
    /// keys at once is checked by [`load`](Settings::load) alone. The options of a registered
    /// backend may be anything. Where no type is named, `config` is that of `memory`; in a profile
    /// it may be anything then.
    ///
    /// ```
    /// let schema = cache_facade::Settings::json_schema();
    /// assert!(schema.contains("default_ttl"));
    /// ```
    pub fn json_schema() -> String {
        let mut schema = settings(|name| name != TYPE.default);
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        schema["title"] = json!("The settings of a cache");
        let mut profile = settings(|_| true);
        // The empty text takes a namespace back.
        profile["properties"][NAMESPACE.key]["minLength"] = json!(0);
        schema["properties"][PROFILES] = json!({
            "description": "Settings that lie over the others where their profile is chosen.",
            "type": "object",
            "additionalProperties": profile,
        });
        format!("{schema:#}\n")
    }
}

/// A table of settings. What `config` holds depends on the type, for some only where it is named.
fn settings(must_be_named: impl Fn(&str) -> bool) -> Value {
    let mut top = properties("", |_| true);
    top.insert(CONFIG.to_owned(), json!({ "type": "object" }));
    let rules = BUILTINS.iter().map(|builtin| {
        let mut rule = rule(builtin.name);
        if must_be_named(builtin.name) {
            rule["if"]["required"] = json!([TYPE.key]);
        }
        rule
    });
    json!({
        "type": "object",
        "properties": top,
        "additionalProperties": false,
        "allOf": rules.collect::<Vec<_>>(),
    })
}

/// What `config` holds for a type that is built in.
fn rule(backend: &str) -> Value {
    let config = properties(CONFIG, |setting| setting.is_of(backend));
    json!({
        "if": { "properties": { TYPE.key: { "const": backend } } },
        "then": {
            "properties": { CONFIG: { "properties": config, "additionalProperties": false } },
        },
    })
}

/// The settings that stand in a table, each under all its names.
fn properties(table: &str, is_in: impl Fn(&Setting) -> bool) -> Map<String, Value> {
    let settings = SETTINGS.iter().filter(|setting| is_in(setting));
    let named = settings
        .flat_map(|setting| setting.keys_in(table).map(|key| (key.to_owned(), property(setting))));
    named.collect()
}

fn property(setting: &Setting) -> Value {
    let mut property = form(setting.kind);
    property["description"] =
        json!(format!("{} Expected: {}.", setting.meaning, setting.expected()));
    if !setting.default.is_empty() {
        property["default"] = json!(setting.default);
    }
    property
}

fn form(kind: Kind) -> Value {
    match kind {
        Kind::Backend | Kind::Namespace => json!({ "type": "string", "minLength": 1 }),
        Kind::Choice(choices) => json!({ "type": "string", "enum": choices }),
        Kind::Lifetime => text(&format!("never|{}", units::duration_pattern())),
        Kind::Deadline => text(&format!("none|{}", units::duration_pattern())),
        Kind::Entries => {
            json!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^0*[1-9][0-9]*$" })
        }
        Kind::Size => text(&units::size_pattern()),
        Kind::Text(_) | Kind::Secret => json!({ "type": "string", "minLength": 1 }),
        Kind::Number { least, most } => {
            json!({ "type": ["integer", "string"], "minimum": least, "maximum": most,
                    "pattern": "^[0-9]+$" })
        }
        Kind::Flag => json!({ "enum": [true, false, "true", "false"] }),
        Kind::Timeout => text(&units::duration_pattern()),
    }
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": format!("^({pattern})$") })
}
