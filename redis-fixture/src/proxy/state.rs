//! What the handle and the connections of a proxy share.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::fault::{Break, Fault, Name, Rule};
use crate::clock;

/// What becomes of those who connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    /// Nobody listens: the system refuses.
    Refusing,
    /// Accepted, and ended at once.
    Breaking(Break),
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    ToServer,
    ToClient,
}

/// What the network does to all connections.
#[derive(Debug, Clone)]
pub(super) struct Weather {
    pub(super) door: Door,
    pub(super) requests_frozen: bool,
    pub(super) replies_frozen: bool,
    /// Each way.
    pub(super) delay: Duration,
    pub(super) drip: Option<Drip>,
}

/// Pieces of so many bytes, with a pause before each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Drip {
    pub(super) bytes: usize,
    pub(super) pause: Duration,
}

impl Weather {
    pub(super) const FAIR: Self = Self {
        door: Door::Open,
        requests_frozen: false,
        replies_frozen: false,
        delay: Duration::ZERO,
        drip: None,
    };

    pub(super) fn is_frozen(&self, direction: Direction) -> bool {
        match direction {
            Direction::ToServer => self.requests_frozen,
            Direction::ToClient => self.replies_frozen,
        }
    }
}

/// What the proxy has seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) open: u64,
    pub(super) commands: BTreeMap<String, u64>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) weather: watch::Sender<Weather>,
    pub(super) counts: watch::Sender<Counts>,
    /// How often every connection was broken, and how the last time.
    pub(super) broken: watch::Sender<(u64, Break)>,
    /// When a connection was accepted. Not among the counts, which are looked at all the time.
    accepted_at: Mutex<Vec<Instant>>,
    rules: Mutex<Vec<Rule>>,
    target: Mutex<String>,
}

impl State {
    pub(super) fn new(target: String) -> Self {
        Self {
            weather: watch::Sender::new(Weather::FAIR),
            counts: watch::Sender::new(Counts::default()),
            broken: watch::Sender::new((0, Break::Close)),
            accepted_at: Mutex::default(),
            rules: Mutex::default(),
            target: Mutex::new(target),
        }
    }

    /// Counts a command, and says what happens to it: the first rule that strikes decides, and
    /// the others count it all the same.
    pub(super) fn sees(&self, connection: u64, name: &Name) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let strikes = rules.iter_mut().filter_map(|rule| rule.strikes(connection, name));
        let fault = strikes.fold(None, |first: Option<Fault>, fault| first.or(Some(fault)));
        drop(rules);
        self.counts.send_modify(|counts| {
            *counts.commands.entry(name.first.clone()).or_default() += 1;
            if name.has_two_words() {
                *counts.commands.entry(name.both.clone()).or_default() += 1;
            }
        });
        fault
    }

    pub(super) fn accepts(&self) {
        self.accepted_at.lock().unwrap_or_else(PoisonError::into_inner).push(clock::now());
    }

    pub(super) fn accepted_at(&self) -> Vec<Instant> {
        self.accepted_at.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn add(&self, rule: Rule) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    pub(super) fn clear_rules(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn target(&self) -> String {
        self.target.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_target(&self, target: String) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }
}
