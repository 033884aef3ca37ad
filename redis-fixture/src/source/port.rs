//! Ports of servers, each of which one process has at a time.

use std::net::TcpListener;
use std::path::PathBuf;

use super::{Found, Problem};
use crate::lock::{FileLock, try_lock};

/// Below those that the system gives to outgoing connections.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// A port that is ours until this is dropped, also while no server listens on it: between two starts
/// no other process that uses this fixture takes it.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    place: PathBuf,
    /// The system lets go of it however the process ends.
    _lock: FileLock,
}

impl Port {
    /// One that nobody listens on.
    pub(super) fn free() -> Found<Self> {
        const TRIES: usize = 200;
        let candidates = std::iter::repeat_with(|| fastrand::u16(FIRST..LAST)).take(TRIES);
        let mut free = candidates.into_iter().filter_map(Self::take);
        free.next().ok_or_else(|| Problem::refused("found no free port between 20000 and 32000"))
    }

    /// This one; `None` where another process has it, or somebody listens on it.
    fn take(number: u16) -> Option<Self> {
        let place = std::env::temp_dir().join(format!("redis-fixture-port-{number}.lock"));
        // Of a file that belongs to another user nothing is known.
        let lock = try_lock(&place).ok()??;
        // Whoever had it may have removed the file since it was opened: then it keeps nobody out.
        if !lock.is_at(&place) {
            return None;
        }
        // From here on its drop removes the file.
        let port = Self { number, place, _lock: lock };
        TcpListener::bind(("0.0.0.0", number)).is_ok().then_some(port)
    }

    pub(super) const fn number(&self) -> u16 {
        self.number
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Before it is unlocked, so it is nobody else's file. One that stays does no harm.
        let _ = std::fs::remove_file(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_nobody_elses_until_it_is_dropped() {
        let port = Port::free().unwrap();
        let number = port.number();
        assert!(Port::take(number).is_none(), "nobody listens on it, and it is taken");
        drop(port);
        let again = Port::take(number).unwrap();
        let place = again.place.clone();
        drop(again);
        assert!(!place.exists(), "nothing is left behind");
    }

    #[test]
    fn port_that_somebody_listens_on_is_not_free() {
        let listening = TcpListener::bind("0.0.0.0:0").unwrap();
        let number = listening.local_addr().unwrap().port();
        assert!(Port::take(number).is_none());
    }

    #[test]
    fn lock_whose_file_is_gone_keeps_nobody_out() {
        let place = std::env::temp_dir().join(format!("redis-fixture-gone-{}", std::process::id()));
        let lock = try_lock(&place).unwrap().unwrap();
        assert!(lock.is_at(&place));
        std::fs::remove_file(&place).unwrap();
        assert!(!lock.is_at(&place));
        let other = try_lock(&place).unwrap().unwrap();
        assert!(!lock.is_at(&place) && other.is_at(&place));
        std::fs::remove_file(&place).unwrap();
    }
}
