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
/// to the servers by another token from then on, an alias, which no earlier release can end; and what
/// was not surely released is released before anything else is asked of that server.
#[derive(Clone, Default)]
pub(super) struct Aliases(Arc<Mutex<Known>>);

/// What the servers know an owner by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alias {
    /// The token itself is the first, by number 0.
    number: u64,
    pub(super) token: Token,
}

#[derive(Default)]
struct Known {
    entries: HashMap<[u8; 16], Entry>,
    /// How many there were after those that are over had been forgotten.
    swept: usize,
}

struct Entry {
    /// Which alias is in use.
    number: u64,
    /// Which aliases are not surely released on which servers; one for a server at most, for nothing
    /// else is asked of it until that one is.
    unsure: Vec<(u64, usize)>,
    /// How long the alias in use may hold the name by what is known; then it stays the same.
    held_until: Option<Moment>,
    /// When nothing of it can be on its way any more.
    end: Moment,
}

/// A release of an alias that is about to go out to a server. Dropped before it is known to have been
/// carried out, it leaves a doubt.
pub(super) struct Doubt {
    aliases: Aliases,
    owner: Token,
    alias: Alias,
    server: usize,
    is_settled: bool,
}

impl Doubt {
    /// The server has answered: the alias has nothing there any more.
    pub(super) fn settle(mut self) {
        self.is_settled = true;
        self.aliases.known().settle(self.owner, (self.alias.number, self.server));
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if !self.is_settled {
            let unsure = (self.alias.number, self.server);
            self.aliases.known().add(self.owner, unsure);
        }
    }
}

impl Aliases {
    /// What the servers know the owner by now.
    pub(super) fn of(&self, owner: Token) -> Alias {
        let number = self.known().used(owner).map_or(0, |entry| entry.number);
        Alias::new(owner, number)
    }

    /// What they are to know it by when it asks: another where a release of this one may be on its
    /// way, and it holds nothing.
    pub(super) fn for_asking(&self, owner: Token) -> Alias {
        let mut known = self.known();
        let Some(entry) = known.used(owner) else { return Alias::new(owner, 0) };
        let is_held = entry.held_until.is_some_and(|until| until > now());
        if !is_held && entry.unsure.iter().any(|(number, _)| *number == entry.number) {
            entry.number += 1;
        }
        Alias::new(owner, entry.number)
    }

    /// What is to be released on a server before the alias is used there.
    pub(super) fn earlier(&self, server: usize, owner: Token, alias: Alias) -> Option<Alias> {
        let known = self.known();
        let mut unsure = known.entries.get(owner.as_bytes())?.unsure.iter();
        let of_server = |(number, of): &&(u64, usize)| *of == server && *number != alias.number;
        unsure.find(of_server).map(|(number, _)| Alias::new(owner, *number))
    }

    /// Whether a release of the alias itself may be on its way to a server.
    pub(super) fn is_doubtful(&self, server: usize, owner: Token, alias: Alias) -> bool {
        let known = self.known();
        let entry = known.entries.get(owner.as_bytes());
        entry.is_some_and(|entry| entry.unsure.contains(&(alias.number, server)))
    }

    /// A release is about to go out to a server.
    pub(super) fn doubt(&self, server: usize, owner: Token, alias: Alias) -> Doubt {
        Doubt { aliases: self.clone(), owner, alias, server, is_settled: false }
    }

    /// The alias was granted, and holds the name until then unless it is released.
    pub(super) fn granted(&self, owner: Token, alias: Alias, until: Moment) {
        let mut known = self.known();
        let entry = known.entry(owner, alias.number);
        (entry.held_until, entry.end) = (Some(until), later(until, ON_ITS_WAY));
    }

    /// What the owner holds, it holds until then.
    pub(super) fn extended(&self, owner: Token, until: Moment) {
        if let Some(entry) = self.known().used(owner) {
            (entry.held_until, entry.end) = (Some(until), later(until, ON_ITS_WAY));
        }
    }

    /// The owner gives back what it holds; what the servers know it by until they have answered.
    pub(super) fn released(&self, owner: Token) -> Alias {
        let mut known = self.known();
        let Some(entry) = known.used(owner) else { return Alias::new(owner, 0) };
        entry.held_until = None;
        let alias = Alias::new(owner, entry.number);
        if alias.number == 0 {
            known.forget_settled(owner);
        }
        alias
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known().entries.len()
    }
}

impl Known {
    /// The entry of an owner, which is not forgotten for a while from now on.
    fn used(&mut self, owner: Token) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(owner.as_bytes())?;
        entry.end = entry.end.max(later(now(), ON_ITS_WAY));
        Some(entry)
    }

    fn entry(&mut self, owner: Token, number: u64) -> &mut Entry {
        self.sweep();
        let end = later(now(), ON_ITS_WAY);
        let new = Entry { number, unsure: Vec::new(), held_until: None, end };
        self.entries.entry(*owner.as_bytes()).or_insert(new)
    }

    fn add(&mut self, owner: Token, unsure: (u64, usize)) {
        let entry = self.entry(owner, unsure.0);
        entry.end = entry.end.max(later(now(), ON_ITS_WAY));
        if !entry.unsure.contains(&unsure) {
            entry.unsure.push(unsure);
        }
    }

    fn settle(&mut self, owner: Token, sure: (u64, usize)) {
        if let Some(entry) = self.entries.get_mut(owner.as_bytes()) {
            entry.unsure.retain(|unsure| *unsure != sure);
        }
        self.forget_settled(owner);
    }

    /// Forgets an owner that holds nothing, and of which nothing is on its way.
    fn forget_settled(&mut self, owner: Token) {
        let entry = self.entries.get(owner.as_bytes());
        if entry.is_some_and(|entry| entry.unsure.is_empty() && entry.held_until.is_none()) {
            self.entries.remove(owner.as_bytes());
        }
    }

    /// Forgets what is over, whenever there are twice as many as the last time.
    fn sweep(&mut self) {
        if self.entries.len() >= 2 * self.swept.max(32) {
            let now = now();
            self.entries.retain(|_, entry| entry.end > now);
            self.swept = self.entries.len();
        }
    }
}

impl Alias {
    /// As hard to guess as the token, and as unlikely to be anybody else's.
    fn new(owner: Token, number: u64) -> Self {
        let mut bytes = *owner.as_bytes();
        for (byte, of_number) in bytes.iter_mut().zip(number.to_le_bytes()) {
            *byte ^= of_number;
        }
        Self { number, token: Token::from_bytes(bytes) }
    }
}
