//! The one table of what the server's errors mean.

use cache_core::{Effect, Error, ErrorKind};

use crate::reply::ServerError;

/// What one error of the server means.
struct Meaning {
    kind: ErrorKind,
    /// Whether a write that was answered so has changed nothing.
    effect: Effect,
    /// What was found, and what to do.
    detail: &'static str,
}

/// The codes, in alphabetical order. From the error replies of Redis 7.0 to 8.4 and Valkey 8.1 to 9.1
/// (`src/server.c: createSharedObjects`, `src/cluster.c`, `src/script.c`, `src/acl.c`).
const CODES: &[(&str, ErrorKind, &str)] = &[
    (
        "ASK",
        ErrorKind::Config,
        "the server is a node of a cluster; name a server that stands alone",
    ),
    ("BUSY", ErrorKind::Busy, "the server runs a long script; try later, or see SCRIPT KILL"),
    ("CLUSTERDOWN", ErrorKind::Busy, "the cluster does not serve this key now; try later"),
    (
        "CROSSSLOT",
        ErrorKind::Config,
        "the server is a node of a cluster; name a server that stands alone",
    ),
    (
        "DENIED",
        ErrorKind::Denied,
        "the server is in protected mode; give it a password, or bind it to an address",
    ),
    ("LOADING", ErrorKind::Busy, "the server is loading its data; try later"),
    ("MASTERDOWN", ErrorKind::Busy, "the replica has lost its primary; try later"),
    (
        "MISCONF",
        ErrorKind::ReadOnly,
        "the server takes no writes because it cannot save to disk; see its log",
    ),
    (
        "MOVED",
        ErrorKind::Config,
        "the server is a node of a cluster; name a server that stands alone",
    ),
    ("NOAUTH", ErrorKind::Denied, "the server wants a login; give a password"),
    ("NOPERM", ErrorKind::Denied, "the user lacks a right to this command or key; see ACL LOG"),
    ("NOPROTO", ErrorKind::Config, "the server does not speak this protocol; choose 2"),
    (
        "NOREPLICAS",
        ErrorKind::NotReplicated,
        "the server has fewer good replicas than its min-replicas-to-write; see INFO replication",
    ),
    (
        "NOSCRIPT",
        ErrorKind::Server,
        "the server forgot a script that it was just given; see its log",
    ),
    (
        "OOM",
        ErrorKind::OutOfMemory,
        "the server has reached its maxmemory and evicts nothing; free some, or raise it",
    ),
    ("READONLY", ErrorKind::ReadOnly, "the server is a replica; name the primary"),
    ("TRYAGAIN", ErrorKind::Busy, "the keys are moving between servers; try later"),
    ("UNKILLABLE", ErrorKind::Busy, "the server runs a script that writes; try later"),
    ("WRONGPASS", ErrorKind::Denied, "the user or the password is wrong; see the settings"),
    (
        "WRONGTYPE",
        ErrorKind::WrongType,
        "the key holds no string; choose another key, or delete it on the server",
    ),
];

/// What the code `ERR` says by its text alone: a part of the text, in lower case.
const TEXTS: &[(&str, ErrorKind, &str)] = &[
    (
        "value is not an integer",
        ErrorKind::WrongType,
        "the value is no whole number within i64 as Redis writes it; set one first",
    ),
    (
        "would overflow",
        ErrorKind::InvalidInput,
        "the sum is outside i64, so the number was left as it is",
    ),
    (
        "max number of clients",
        ErrorKind::Busy,
        "the server has as many clients as its maxclients; try later, or raise it",
    ),
    (
        "exceeds maximum allowed size",
        ErrorKind::InvalidInput,
        "the value is longer than the server's proto-max-bulk-len; store less, or raise it",
    ),
    (
        "unknown command",
        ErrorKind::Unsupported,
        "the server lacks or hides a command that this needs; use Redis 7.0 or Valkey, unrenamed",
    ),
    (
        "unknown redis command",
        ErrorKind::Unsupported,
        "the server lacks or hides a command that scripts of this need; use Redis 7.0 or Valkey",
    ),
    // Every script here reads by the commands it needs before it writes by one, so that a denied
    // command has changed nothing.
    (
        "the user executing the script can't",
        ErrorKind::Denied,
        "the user lacks a right to a command that a script of this needs; see ACL LOG",
    ),
    (
        "acl failure in script",
        ErrorKind::Denied,
        "the user lacks a right to a command that a script of this needs; see ACL LOG",
    ),
    // What a command in a script is answered where a plain one is answered MASTERDOWN.
    ("on a stale replica", ErrorKind::Busy, "the replica has lost its primary; try later"),
    ("without any password configured", ErrorKind::Denied, "the server has no password; give none"),
    ("db index is out of range", ErrorKind::Config, "the server has no such database"),
    ("invalid db index", ErrorKind::Config, "the server has no such database"),
    ("select is not allowed in cluster mode", ErrorKind::Config, "a cluster has database 0 alone"),
];

/// How the server refuses a plain command for its arguments, with the code `ERR`: the beginning of the
/// text, in lower case. Nothing was done then. Of other texts nobody knows: a proxy answers `ERR` too where
/// the server behind it did not answer in time, and has perhaps done it.
const REFUSALS: &[&str] = &[
    "invalid cursor",
    "invalid expire time",
    "protocol error",
    "syntax error",
    "unknown subcommand",
    "wrong number of arguments",
];

impl ServerError {
    /// An error from a line of the protocol without its `-`: `WRONGTYPE Operation against …`.
    pub fn from_line(line: &str) -> Self {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        // A script that raises an error of its own may put anything there.
        let is_code = !first.is_empty()
            && first.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let (code, message) = if is_code { (first, rest) } else { ("ERR", line) };
        Self { code: code.into(), message: message.into() }
    }

    /// What it means: kind, effect, and what to do. It names no operation yet.
    ///
    /// The effect is that on a write of one step: an error that the server itself answered has
    /// changed nothing, unless nobody here knows the error.
    pub fn to_error(&self) -> Error {
        let Meaning { kind, effect, detail } = self.meaning();
        let error = match effect {
            Effect::NotApplied => Error::not_applied(kind, detail),
            _ => Error::unknown(kind, detail),
        };
        error.with_server_code(&self.code)
    }

    fn meaning(&self) -> Meaning {
        let known = |(_, kind, detail): &(&str, ErrorKind, &'static str)| Meaning {
            kind: *kind,
            effect: Effect::NotApplied,
            detail,
        };
        if let Some(row) = CODES.iter().find(|(code, ..)| *code == &*self.code) {
            return known(row);
        }
        let text = self.message.to_ascii_lowercase();
        if let Some(row) = TEXTS.iter().find(|(part, ..)| text.contains(part)) {
            return known(row);
        }
        // A script may have failed half way, and a code that nobody knows comes from a proxy or a module.
        let is_refusal = &*self.code == "ERR"
            && !text.contains("script")
            && REFUSALS.iter().any(|beginning| text.starts_with(beginning));
        Meaning {
            kind: ErrorKind::Server,
            effect: if is_refusal { Effect::NotApplied } else { Effect::Unknown },
            detail: "the server refused with an error of its own; see its log",
        }
    }
}

#[cfg(test)]
mod tests;
