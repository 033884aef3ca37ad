//! What the errors of fred, of sockets and of TLS are in ours. The only place that decides it.
//!
//! fred keeps no error of the system or of the server, but their texts.

use std::io;

use cache_core::{Effect, Error, ErrorKind};
use cache_redis_wire::{Lost, ServerError};
use fred::error::ErrorKind as FredKind;

/// Why there is no answer, from what fred says.
pub(crate) fn lost(error: &fred::error::Error) -> Lost {
    match error.kind() {
        // fred says it of commands alone that it has never taken from their queue: for one that may
        // have been written, there is the error that ended the connection.
        FredKind::Canceled | FredKind::Backpressure => Lost::NotSent,
        FredKind::Protocol | FredKind::Parse => Lost::Garbage,
        _ => Lost::Broken,
    }
}

/// The error of the server, if this is one: the answer to a command that fred knows, or what it ended
/// the connection for, which is that the cluster is down.
pub(crate) fn last_answer(error: &fred::error::Error) -> Option<ServerError> {
    match error.kind() {
        FredKind::Auth
        | FredKind::Cluster
        | FredKind::InvalidArgument
        | FredKind::Config
        | FredKind::Unknown => server_error(error.details()),
        _ => None,
    }
}

/// Whether fred ends a connection for this error, and gives it to everybody who waits.
pub(crate) fn ends_connections(error: &ServerError) -> bool {
    &*error.code == "CLUSTERDOWN"
}

/// An error of the server from fred's text for it, which is the line itself. fred's own texts begin
/// like sentences.
fn server_error(line: &str) -> Option<ServerError> {
    let code = line.split(' ').next().unwrap_or_default();
    let is_code = code.len() > 1
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_code.then(|| ServerError::from_line(line))
}

/// A dial that fred gave up.
pub(crate) fn refused(address: &str, error: &fred::error::Error) -> Error {
    if let Some(error) = last_answer(error) {
        return not_let_in(address, &error);
    }
    if let Some(error) = crate::tls::distrusted(address, error.details()) {
        return error;
    }
    match (error.kind(), error.details()) {
        // Its word for the end of the stream, before the login and after it.
        (FredKind::IO, "Connection closed.") => broken_off(address, Lost::Broken),
        (FredKind::IO, details) => unreachable(address, io_kind(details)),
        (FredKind::Protocol, "Expected string." | "Missing response.") => {
            broken_off(address, Lost::Broken)
        }
        _ => broken_off(address, lost(error)),
    }
}

/// The kind of an error of the system, from its `Debug`, which is all that fred keeps.
fn io_kind(debug: &str) -> io::ErrorKind {
    let number = debug.strip_prefix("Os { code: ").and_then(|rest| rest.split(',').next());
    if let Some(number) = number.and_then(|number| number.parse().ok()) {
        return io::Error::from_raw_os_error(number).kind();
    }
    // An error that did not come from the system: `Kind(UnexpectedEof)`, `Custom { kind: …`.
    if debug.contains("UnexpectedEof") {
        io::ErrorKind::UnexpectedEof
    } else {
        io::ErrorKind::Other
    }
}

/// A dial that the server answered with an error.
pub(crate) fn not_let_in(address: &str, error: &ServerError) -> Error {
    let error = error.to_error();
    let detail = format!("{address}: {}", error.detail());
    error.with_effect(Effect::NotApplied).with_detail(detail)
}

/// A dial that ended between the connection and the answer to the login.
pub(crate) fn broken_off(address: &str, lost: Lost) -> Error {
    match lost {
        Lost::NotSent | Lost::Broken => {
            let detail = format!(
                "{address} closed the connection at the login; see the server's log, and whether it \
                 wants TLS"
            );
            Error::not_applied(ErrorKind::Unavailable, detail)
        }
        Lost::Garbage => {
            let detail = format!("{address} does not answer as Redis does; see host and port");
            Error::not_applied(ErrorKind::Config, detail)
        }
    }
}

/// A dial without a connection.
fn unreachable(address: &str, kind: io::ErrorKind) -> Error {
    let found = match kind {
        io::ErrorKind::ConnectionRefused => "refuses connections; is the server running?",
        io::ErrorKind::NotFound => "does not exist; see its name",
        io::ErrorKind::PermissionDenied => "may not be opened by this user; see its rights",
        io::ErrorKind::TimedOut => "does not answer; is there a firewall?",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => {
            "closed the connection at once; does it expect TLS? See the server's log"
        }
        _ => "cannot be reached; see its name, and the network",
    };
    Error::not_applied(ErrorKind::Unavailable, format!("{address} {found}"))
}

#[cfg(test)]
mod tests;
