//! What the types on a Redis server take.

use super::{Kind, NONE, Setting};

/// The types that take these settings.
const TYPES: &[&str] = &["redis", "fred"];

/// What the rows have in common.
const ROW: Setting = Setting { backends: TYPES, ..NONE };

pub(crate) const URL: Setting = Setting {
    key: "config.url",
    kind: Kind::Secret,
    example: "\"redis://127.0.0.1:6379/0\"",
    meaning: "The server: `redis://[user][:password]@host[:port][/database]`; `rediss` with TLS, `unix` \
              with a path.",
    ..ROW
};

pub(crate) const HOST: Setting = Setting {
    key: "config.host",
    kind: Kind::Text("a name or an address"),
    default: "127.0.0.1",
    example: "\"cache.example\"",
    meaning: "The host of the server, in place of `url`.",
    ..ROW
};

pub(crate) const PORT: Setting = Setting {
    key: "config.port",
    kind: Kind::Number { least: 1, most: 65_535 },
    default: "6379",
    example: "6380",
    meaning: "The port of the server, beside `host`.",
    ..ROW
};

pub(crate) const UNIX_SOCKET: Setting = Setting {
    key: "config.unix_socket",
    kind: Kind::Text("a path"),
    example: "\"/run/redis/redis.sock\"",
    meaning: "The socket of the server, in place of `host` and `port`.",
    ..ROW
};

pub(crate) const USERNAME: Setting = Setting {
    key: "config.username",
    kind: Kind::Text("a user of the server's access list"),
    example: "\"shop\"",
    meaning: "The user to log in as; `default` where there is a password alone.",
    ..ROW
};

pub(crate) const PASSWORD: Setting = Setting {
    key: "config.password",
    kind: Kind::Secret,
    example: "\"a secret\"",
    meaning: "The password to log in with.",
    ..ROW
};

pub(crate) const PASSWORD_FILE: Setting = Setting {
    key: "config.password_file",
    kind: Kind::Text("a path"),
    example: "\"/run/secrets/redis\"",
    meaning: "The file that holds the password; it is read anew for every connection.",
    ..ROW
};

pub(crate) const DATABASE: Setting = Setting {
    key: "config.database",
    kind: Kind::Number { least: 0, most: u32::MAX as u64 },
    default: "0",
    example: "2",
    meaning: "The number of the database.",
    ..ROW
};

pub(crate) const PROTOCOL: Setting = Setting {
    key: "config.protocol",
    kind: Kind::Number { least: 2, most: 3 },
    default: "3",
    example: "2",
    meaning: "The version of the protocol, RESP2 or RESP3.",
    ..ROW
};

pub(crate) const CONNECTIONS: Setting = Setting {
    key: "config.connections",
    kind: Kind::Number { least: 1, most: 64 },
    default: "2",
    example: "4",
    meaning: "How many connections carry cache calls. Locks and change events have their own.",
    ..ROW
};

pub(crate) const MAX_IN_FLIGHT: Setting = Setting {
    key: "config.max_in_flight",
    kind: Kind::Number { least: 1, most: 1_000_000 },
    default: "4096",
    example: "1024",
    meaning: "How many calls may be under way at once; more are refused as overloaded.",
    ..ROW
};

pub(crate) const CONNECT_TIMEOUT: Setting = Setting {
    key: "config.connect_timeout",
    kind: Kind::Timeout,
    default: "1s",
    example: "\"500ms\"",
    meaning: "How long one attempt to connect may take, TLS and login included.",
    ..ROW
};

pub(crate) const TLS: Setting = Setting {
    key: "config.tls",
    kind: Kind::Flag,
    default: "false",
    example: "true",
    meaning: "Whether TLS is spoken with the server; the scheme `rediss` turns it on too. It needs the \
              feature `tls`.",
    ..ROW
};

pub(crate) const TLS_CA_FILE: Setting = Setting {
    key: "config.tls_ca_file",
    kind: Kind::Text("a path"),
    example: "\"/etc/cache/ca.pem\"",
    meaning: "The certificates to trust, in place of those of the system. Turns TLS on.",
    ..ROW
};

pub(crate) const TLS_CERTIFICATE_FILE: Setting = Setting {
    key: "config.tls_certificate_file",
    kind: Kind::Text("a path"),
    example: "\"/etc/cache/client.pem\"",
    meaning: "The certificate to show the server, beside `tls_key_file`. Turns TLS on.",
    ..ROW
};

pub(crate) const TLS_KEY_FILE: Setting = Setting {
    key: "config.tls_key_file",
    kind: Kind::Text("a path"),
    example: "\"/etc/cache/client.key\"",
    meaning: "The private key of the certificate.",
    ..ROW
};

pub(crate) const TLS_SERVER_NAME: Setting = Setting {
    key: "config.tls_server_name",
    kind: Kind::Text("a name"),
    example: "\"cache.internal\"",
    meaning: "The name to check the server's certificate against, in place of the host. Turns TLS on.",
    ..ROW
};
