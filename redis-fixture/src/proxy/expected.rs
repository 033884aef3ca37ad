//! Which reply belongs to which command: replies come in the order of the commands.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::fault::Fault;
use crate::Value;

/// What comes next towards the client.
#[derive(Debug)]
pub(super) enum Next {
    /// The server's reply, to which this happens.
    Reply(Option<Fault>),
    /// Bytes that the server knows nothing of.
    Made(Vec<u8>),
    /// Nothing any more.
    Silence,
}

/// What is still to come on one connection.
#[derive(Debug, Default)]
pub(super) struct Expected {
    queue: Mutex<VecDeque<Next>>,
    pub(super) changed: Notify,
    /// Whether what is said is no RESP, as with TLS: then bytes pass as they are.
    raw: AtomicBool,
    subscribed: AtomicBool,
}

impl Expected {
    pub(super) fn push(&self, next: Next) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(next);
        self.changed.notify_one();
    }

    /// What comes next without the server's doing.
    pub(super) fn made(&self) -> Option<Next> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.front() {
            Some(Next::Made(_) | Next::Silence) => queue.pop_front(),
            Some(Next::Reply(_)) | None => None,
        }
    }

    /// What happens to a frame of the server's.
    pub(super) fn fault_for(&self, frame: &Value) -> Option<Fault> {
        if self.is_unasked(frame) {
            return None;
        }
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.pop_front() {
            Some(Next::Reply(fault)) => fault,
            // Bytes of our own were taken before the frame was looked at.
            Some(Next::Made(_) | Next::Silence) | None => None,
        }
    }

    /// Whether it is a message, or a confirmation that comes like one.
    fn is_unasked(&self, frame: &Value) -> bool {
        const MESSAGES: [&str; 3] = ["message", "pmessage", "smessage"];
        match frame {
            Value::Push(_) => true,
            Value::Array(members) if self.subscribed.load(Ordering::Relaxed) => {
                let first = members.first().and_then(Value::text).unwrap_or_default();
                MESSAGES.contains(&first.as_str()) || first.ends_with("subscribe")
            }
            _ => false,
        }
    }

    pub(super) fn subscribe(&self) {
        self.subscribed.store(true, Ordering::Relaxed);
    }

    pub(super) fn turn_raw(&self) {
        self.raw.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_raw(&self) -> bool {
        self.raw.load(Ordering::Relaxed)
    }
}
