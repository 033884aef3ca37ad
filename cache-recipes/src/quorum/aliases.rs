//! Under which token the servers know an owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::Token;

use crate::clock::{Moment, later, now};

/// A request that was given up is taken to have arrived or died after this.
const ON_ITS_WAY: Duration = Duration::from_secs(60);

/// The servers know a token by itself, until a release of it was given up without an answer. That one
/// may arrive at any time, and would end a later grant to the same token. So who asks again is known
/// to the servers by another token from then on, an alias, which no earlier release can end.
#[derive(Clone, Default)]
pub(super) struct Aliases(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    tokens: HashMap<[u8; 16], Entry>,
    /// How many there were after those that are over had been forgotten.
    swept: usize,
}

struct Entry {
    /// Which alias is in use; the token itself is the first, by number 0.
    number: u64,
    /// To which servers a release of it may be on its way.
    doubted: Vec<usize>,
    /// When nothing of it can be on its way any more.
    end: Moment,
    /// Whether it was granted and not released: then it does not end.
    is_held: bool,
}

/// A release that is about to go out. Dropped before its answer is known, it leaves a doubt.
pub(super) struct Doubt {
    aliases: Aliases,
    server: usize,
    token: Token,
    is_settled: bool,
}

impl Doubt {
    /// The answer is known.
    pub(super) fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if !self.is_settled {
            let mut known = self.aliases.known();
            known.sweep();
            let doubted = &mut known.entry(self.token).doubted;
            if !doubted.contains(&self.server) {
                doubted.push(self.server);
            }
        }
    }
}

impl Aliases {
    /// What the servers know the token by now.
    pub(super) fn of(&self, token: Token) -> Token {
        let number = self.known().tokens.get(token.as_bytes()).map_or(0, |entry| entry.number);
        alias(token, number)
    }

    /// What they are to know it by when it asks: another where a release may be on its way.
    pub(super) fn for_asking(&self, token: Token) -> Token {
        let mut known = self.known();
        let Some(entry) = known.tokens.get_mut(token.as_bytes()) else { return token };
        if !entry.doubted.is_empty() {
            entry.number += 1;
            entry.doubted.clear();
            entry.end = later(now(), ON_ITS_WAY);
        }
        alias(token, entry.number)
    }

    /// Whether a release of what a server knows the token by may be on its way there.
    pub(super) fn is_doubtful(&self, server: usize, token: Token) -> bool {
        let known = self.known();
        known.tokens.get(token.as_bytes()).is_some_and(|entry| entry.doubted.contains(&server))
    }

    /// A release of the token is about to go out to a server.
    pub(super) fn doubt(&self, server: usize, token: Token) -> Doubt {
        Doubt { aliases: self.clone(), server, token, is_settled: false }
    }

    /// The token was granted. An alias is remembered until it is released.
    pub(super) fn granted(&self, token: Token) {
        if let Some(entry) = self.known().tokens.get_mut(token.as_bytes()) {
            entry.is_held = true;
        }
    }

    /// The token holds nothing any more.
    pub(super) fn released(&self, token: Token) {
        if let Some(entry) = self.known().tokens.get_mut(token.as_bytes()) {
            entry.is_held = false;
            entry.end = later(now(), ON_ITS_WAY);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known().tokens.len()
    }
}

impl Known {
    fn entry(&mut self, token: Token) -> &mut Entry {
        let end = later(now(), ON_ITS_WAY);
        let new = Entry { number: 0, doubted: Vec::new(), end, is_held: false };
        let entry = self.tokens.entry(*token.as_bytes()).or_insert(new);
        entry.end = end;
        entry
    }

    /// Forgets what is over, whenever there are twice as many as the last time.
    fn sweep(&mut self) {
        if self.tokens.len() >= 2 * self.swept.max(32) {
            let now = now();
            self.tokens.retain(|_, entry| entry.is_held || entry.end > now);
            self.swept = self.tokens.len();
        }
    }
}

/// As hard to guess as the token, and as unlikely to be anybody else's.
fn alias(token: Token, number: u64) -> Token {
    let mut bytes = *token.as_bytes();
    for (byte, of_number) in bytes.iter_mut().zip(number.to_le_bytes()) {
        *byte ^= of_number;
    }
    Token::from_bytes(bytes)
}
