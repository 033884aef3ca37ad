//! What the errors of redis-rs, of sockets and of TLS are in ours. The only place that decides it.

use std::io;
use std::sync::Arc;

use cache_core::{Effect, Error, ErrorKind};
use cache_redis_wire::{Lost, ServerError};
use redis::RedisError;

/// Why there is no answer, from what redis-rs says.
///
/// It is never [`Lost::NotSent`]: redis-rs has one error for a command that it could not queue and
/// for one whose answer did not come.
pub(crate) fn lost(error: &RedisError) -> Lost {
    match error.kind() {
        // An answer that was cut off; redis-rs has no other sign of it.
        redis::ErrorKind::Parse if error.to_string().contains("end of input") => Lost::Broken,
        redis::ErrorKind::Parse | redis::ErrorKind::UnexpectedReturnType => Lost::Garbage,
        _ => Lost::Broken,
    }
}

/// A dial that redis-rs gave up.
pub(crate) fn refused(address: &str, error: &RedisError) -> Error {
    match (error.kind(), error.code()) {
        (_, Some(code)) => {
            let line = format!("{code} {}", error.detail().unwrap_or_default());
            not_let_in(address, &ServerError::from_line(line.trim_end()))
        }
        (redis::ErrorKind::AuthenticationFailed, None) => {
            // RESP2's way to say it, without the server's words.
            not_let_in(address, &ServerError::from_line("WRONGPASS"))
        }
        (redis::ErrorKind::InvalidClientConfig, None) => {
            let detail = "the client that was handed over cannot connect as it was made; see its \
                          address, and the features of redis-rs for TLS";
            Error::not_applied(ErrorKind::Config, detail)
        }
        (redis::ErrorKind::Io, None) => match error_of_socket(error) {
            Some(error) => unreachable(address, error),
            None => broken_off(address, lost(error)),
        },
        _ => broken_off(address, lost(error)),
    }
}

/// The error that redis-rs wrapped; it shows it as the shared pointer that it keeps it in.
fn error_of_socket(error: &RedisError) -> Option<&io::Error> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>()?.downcast_ref()
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
pub(crate) fn unreachable(address: &str, error: &io::Error) -> Error {
    if let Some(error) = crate::tls::distrusted(address, error) {
        return error;
    }
    let found = match error.kind() {
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
