//! The socket below a connection, as fred is told to open it.

use std::time::Duration;

use fred::types::config::{ConnectionConfig, PerformanceConfig, TcpConfig, UnresponsiveConfig};
use socket2::TcpKeepalive;

/// Silence after which the kernel asks whether the server is there, and between two such questions.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How often the kernel asks before it gives the socket up.
const KEEPALIVE_QUESTIONS: u32 = 3;

/// How long sent bytes may stay unacknowledged before the kernel gives the socket up. It backs the
/// supervision up, which replaces a silent connection earlier.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(5);

/// No limit of time, which fred takes zero for: the supervision has one.
const NO_LIMIT: Duration = Duration::ZERO;

/// How fred treats a connection.
pub(crate) fn connection() -> ConnectionConfig {
    ConnectionConfig {
        connection_timeout: NO_LIMIT,
        internal_command_timeout: NO_LIMIT,
        // One. Zero stands for three: a command whose connection breaks would be executed again.
        max_command_attempts: 1,
        max_redirections: 1,
        // Does not fire under traffic; the supervision counts.
        unresponsive: UnresponsiveConfig { max_timeout: None, interval: KEEPALIVE },
        reconnect_on_auth_error: false,
        // None: fred would give such an error to everybody who waits, whatever became of their commands.
        reconnect_errors: Vec::new(),
        auto_client_setname: false,
        // None. The supervision bounds the calls that are under way, and counts those that were given
        // up until they are answered. A limit here would count commands, and fail long batches.
        max_command_buffer_len: 0,
        tcp: tcp(),
        ..ConnectionConfig::default()
    }
}

/// How fred holds back: by nothing but the number of events that may wait for whoever listens.
///
/// fred makes half a dozen queues of that length for each client.
pub(crate) fn performance(events: usize) -> PerformanceConfig {
    PerformanceConfig {
        default_command_timeout: NO_LIMIT,
        broadcast_channel_capacity: events,
        ..PerformanceConfig::default()
    }
}

/// Small commands are not held back to be sent together, and a dead peer is noticed.
fn tcp() -> TcpConfig {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    #[cfg(target_os = "linux")]
    let keepalive = keepalive.with_interval(KEEPALIVE).with_retries(KEEPALIVE_QUESTIONS);
    TcpConfig {
        nodelay: Some(true),
        keepalive: Some(keepalive),
        #[cfg(target_os = "linux")]
        user_timeout: Some(USER_TIMEOUT),
        ..TcpConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_attempted_twice() {
        assert_eq!(connection().max_command_attempts, 1);
    }

    #[test]
    fn small_commands_are_not_held_back() {
        assert_eq!(connection().tcp.nodelay, Some(true));
    }
}
