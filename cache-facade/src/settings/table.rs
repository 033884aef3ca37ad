//! Every setting there is. Checks, messages and documents are made of this table, so what is
//! written of a setting is what is checked.

pub(crate) mod redis;

use super::words::Words;
use crate::{Connect, OnError};

/// The table of what a type takes.
pub(crate) const CONFIG: &str = "config";
/// The table of profiles, in a file alone.
pub(crate) const PROFILES: &str = "profiles";
/// What the place of a value that a variable set begins with.
pub(crate) const VARIABLE: &str = "environment variable";
/// What the variables of settings begin with.
pub(crate) const PREFIX: &str = "CACHE__";
/// What stands for the dot of a path in a variable's name.
pub(crate) const SEPARATOR: &str = "__";

/// Keys that are kept free, and for what.
pub(crate) const RESERVED: &[(&str, &str)] =
    &[("caches", "several caches in one file"), ("locks", "a server of its own for locks")];

pub(crate) const TYPE: Setting = Setting {
    key: "type",
    kind: Kind::Backend,
    default: "memory",
    example: "\"memory\"",
    meaning: "Which backend holds the entries.",
    ..NONE
};

pub(crate) const DEFAULT_TTL: Setting = Setting {
    key: "default_ttl",
    aliases: &["config.default_ttl", "config.defaultTTL"],
    kind: Kind::Lifetime,
    default: "never",
    example: "\"5m\"",
    meaning: "How long entries live that are written without a lifetime.",
    ..NONE
};

pub(crate) const NAMESPACE: Setting = Setting {
    key: "namespace",
    kind: Kind::Namespace,
    default: "",
    example: "\"shop\"",
    meaning: "The namespace that every key of the cache is in.",
    ..NONE
};

pub(crate) const DEADLINE: Setting = Setting {
    key: "deadline",
    kind: Kind::Deadline,
    default: "1s",
    example: "\"250ms\"",
    meaning: "How long one call may wait for the backend.",
    ..NONE
};

pub(crate) const CONNECT: Setting = Setting {
    key: "connect",
    kind: Kind::Choice(&[Connect::Eager.name(), Connect::Lazy.name()]),
    default: "eager",
    example: "\"lazy\"",
    meaning: "Whether opening a cache waits until its backend has answered once.",
    ..NONE
};

pub(crate) const ON_ERROR: Setting = Setting {
    key: "on_error",
    kind: Kind::Choice(&[OnError::Fail.name(), OnError::Miss.name()]),
    default: "fail",
    example: "\"miss\"",
    meaning: "Whether a read that fails, and might not fail later, is an error or a miss. \
              Writes fail in any case.",
    ..NONE
};

pub(crate) const CAPACITY: Setting = Setting {
    key: "config.capacity",
    backends: &["memory"],
    kind: Kind::Entries,
    default: "",
    example: "10_000",
    meaning: "How many entries there may be, in place of `max_weight`.",
    ..NONE
};

pub(crate) const MAX_WEIGHT: Setting = Setting {
    key: "config.max_weight",
    backends: &["memory"],
    kind: Kind::Size,
    default: "256MiB",
    example: "\"64MiB\"",
    meaning: "How much memory entries may take: keys, values, and what an entry costs beside them.",
    ..NONE
};

/// All of them, in the order in which documents show them.
pub(crate) const SETTINGS: &[Setting] = &[
    TYPE,
    DEFAULT_TTL,
    NAMESPACE,
    DEADLINE,
    CONNECT,
    ON_ERROR,
    CAPACITY,
    MAX_WEIGHT,
    redis::URL,
    redis::HOST,
    redis::PORT,
    redis::UNIX_SOCKET,
    redis::USERNAME,
    redis::PASSWORD,
    redis::PASSWORD_FILE,
    redis::DATABASE,
    redis::PROTOCOL,
    redis::CONNECTIONS,
    redis::MAX_IN_FLIGHT,
    redis::CONNECT_TIMEOUT,
    redis::TLS,
    redis::TLS_CA_FILE,
    redis::TLS_CERTIFICATE_FILE,
    redis::TLS_KEY_FILE,
    redis::TLS_SERVER_NAME,
];

/// Settings that take each other's place: of each line, one side at most is meant.
pub(crate) const ALTERNATIVES: &[&[&[Setting]]] = &[
    &[&[CAPACITY], &[MAX_WEIGHT]],
    &[&[redis::URL], &[redis::HOST, redis::PORT], &[redis::UNIX_SOCKET]],
    &[&[redis::PASSWORD], &[redis::PASSWORD_FILE]],
];

/// What a row has that says nothing of it.
const NONE: Setting = Setting {
    key: "",
    aliases: &[],
    backends: &[],
    kind: Kind::Backend,
    default: "",
    example: "",
    meaning: "",
};

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// The path in a file, with dots.
    pub(crate) key: &'static str,
    /// Other paths that set the same.
    pub(crate) aliases: &'static [&'static str],
    /// The types that take it; none where every type does.
    pub(crate) backends: &'static [&'static str],
    pub(crate) kind: Kind,
    /// The text that means the same as nothing; empty where there is none.
    pub(crate) default: &'static str,
    /// A value as TOML.
    #[cfg_attr(not(test), expect(dead_code, reason = "the example file alone shows it"))]
    pub(crate) example: &'static str,
    /// One or two sentences.
    #[cfg_attr(
        not(any(test, feature = "schema")),
        expect(dead_code, reason = "documents alone show it")
    )]
    pub(crate) meaning: &'static str,
}

/// What kind of value a setting has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Backend,
    Namespace,
    Choice(&'static [&'static str]),
    /// Of an entry.
    Lifetime,
    /// Of a call.
    Deadline,
    Entries,
    Size,
    /// Any text; what it is.
    Text(&'static str),
    /// Text that is never shown.
    Secret,
    Number {
        least: u64,
        most: u64,
    },
    Flag,
    /// Of something that must end.
    Timeout,
}

impl Setting {
    /// The same keys without the table in front: `capacity` of `config.capacity`.
    pub(crate) fn keys_in(&self, table: &str) -> impl Iterator<Item = &'static str> {
        let paths = std::iter::once(&self.key).chain(self.aliases);
        paths.filter_map(move |path| match path.split_once('.') {
            Some((first, key)) => (first == table).then_some(key),
            None => table.is_empty().then_some(*path),
        })
    }

    /// Whether a type takes it.
    pub(crate) fn is_of(&self, backend: &str) -> bool {
        self.backends.is_empty() || self.backends.contains(&backend)
    }

    /// What a message says that was expected.
    pub(crate) fn expected(&self) -> String {
        Words::of(self.kind).expected()
    }
}

/// The keys outside of any table, and the tables themselves.
pub(crate) fn keys_at_the_top() -> Vec<&'static str> {
    let keys = SETTINGS.iter().flat_map(|setting| setting.keys_in(""));
    keys.chain([CONFIG, PROFILES]).collect()
}

/// The keys of `config` for a type.
pub(crate) fn keys_of_config(backend: &str) -> Vec<&'static str> {
    SETTINGS
        .iter()
        .filter(|setting| setting.is_of(backend))
        .flat_map(|setting| setting.keys_in(CONFIG))
        .collect()
}

/// The variable that sets an option, where there is one: it comes back as the same path, and a
/// shell can set it.
pub(crate) fn variable_of_option(path: &str) -> Option<String> {
    let is_spelled = |key: &str, has_capitals: bool| {
        let is_letter = |letter: char| {
            letter.is_ascii_lowercase()
                || letter.is_ascii_digit()
                || letter == '_'
                || (has_capitals && letter.is_ascii_uppercase())
        };
        let is_index = key.chars().all(|letter| letter.is_ascii_digit());
        let splits = key.starts_with('_') || key.ends_with('_') || key.contains(SEPARATOR);
        !is_index && !splits && key.chars().all(is_letter)
    };
    // The last is a field of a struct, so its case does not count.
    let (tables, field) = path.rsplit_once('.').unwrap_or(("", path));
    let tables = tables.split('.').filter(|key| !key.is_empty());
    let reaches = is_spelled(field, true) && tables.into_iter().all(|key| is_spelled(key, false));
    reaches.then(|| variable(path))
}

/// The variable that sets what stands at a path.
pub(crate) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.to_uppercase().replace('.', SEPARATOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_has_a_variable_where_the_variable_leads_back_to_it() {
        for (path, variable) in [
            ("config.url", "CACHE__CONFIG__URL"),
            ("config.tls.ca_file", "CACHE__CONFIG__TLS__CA_FILE"),
            ("config.maxConns", "CACHE__CONFIG__MAXCONNS"),
        ] {
            assert_eq!(variable_of_option(path).as_deref(), Some(variable));
        }
        for path in [
            "config.nodes.0.url",
            "config.labels.Zone.url",
            "config.ca-file",
            "config.a__b",
            "config._a",
            "config.a_",
            "config.größe",
            "config.",
        ] {
            assert_eq!(variable_of_option(path), None, "{path}");
        }
    }
}
