//! Who is to be told of which changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cache_core::{EventSender, Scope, Subscription};

use crate::sync::{AtomicUsize, Mutex, MutexGuard};

/// So many changes wait for a reader; then it is told of a gap.
const QUEUED: usize = 1024;

/// The subscriptions, by what they are about.
///
/// A writer looks at `active` after its change is made, and a subscriber is counted there before
/// its reply is ready. Both are ordered by the lock of the shard that holds the key: a subscriber
/// whose look at the key missed a change is seen by the writer of that change.
#[derive(Default)]
pub(crate) struct Events {
    entries: Group,
    locks: Group,
}

#[derive(Default)]
struct Group {
    /// How many senders the table has.
    active: AtomicUsize,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    by_name: HashMap<Box<str>, Senders>,
    by_prefix: HashMap<Box<str>, Senders>,
    /// How many prefixes of each length there are: a name is looked up once a length, however many
    /// prefixes are watched.
    prefix_lengths: BTreeMap<usize, usize>,
    senders: usize,
    /// How many there were after those that nobody reads were dropped last.
    left: usize,
    /// How often it was looked into since.
    uses: usize,
    stopped: bool,
}

pub(crate) type Senders = Vec<Arc<EventSender>>;

impl Events {
    /// A subscription that is in force; `None` once stopped.
    pub(crate) fn subscribe(&self, scope: Scope<'_>) -> Option<Subscription> {
        match scope {
            Scope::Key(key) => self.entries.subscribe(key.as_str(), false),
            Scope::Prefix(prefix) => self.entries.subscribe(prefix, true),
            Scope::Lock(name) => self.locks.subscribe(name.as_str(), false),
            _ => None,
        }
    }

    /// Who is to be told of a change. They are told when no lock is held: a waker may do anything.
    #[inline]
    pub(crate) fn readers_of_entry(&self, key: &str) -> Senders {
        self.entries.readers_of(key)
    }

    /// Whether anybody is to be told of any entry.
    #[inline]
    pub(crate) fn are_entries_watched(&self) -> bool {
        self.entries.active.load(Ordering::SeqCst) > 0
    }

    /// See [`readers_of_entry`](Self::readers_of_entry).
    #[inline]
    pub(crate) fn readers_of_lock(&self, name: &str) -> Senders {
        self.locks.readers_of(name)
    }

    /// Ends every subscription.
    pub(crate) fn stop(&self) {
        for group in [&self.entries, &self.locks] {
            let mut table = group.table.lock();
            let ended = std::mem::replace(&mut *table, Table { stopped: true, ..Table::default() });
            group.count(&table);
            drop(table);
            drop(ended);
        }
    }
}

impl Group {
    fn subscribe(&self, name: &str, is_prefix: bool) -> Option<Subscription> {
        let mut table = self.table.lock();
        if table.stopped {
            return None;
        }
        let (sender, subscription) = Subscription::new(QUEUED);
        table.add(name, is_prefix, sender);
        table.drop_unread();
        self.count(&table);
        Some(subscription)
    }

    #[inline]
    fn readers_of(&self, name: &str) -> Senders {
        if self.active.load(Ordering::SeqCst) == 0 { Senders::new() } else { self.look_up(name) }
    }

    #[cold]
    fn look_up(&self, name: &str) -> Senders {
        let mut table = self.table.lock();
        let readers = table.readers_of(name);
        table.drop_unread();
        self.count(&table);
        readers
    }

    fn count(&self, table: &MutexGuard<'_, Table>) {
        self.active.store(table.senders, Ordering::SeqCst);
    }
}

impl Table {
    fn add(&mut self, name: &str, is_prefix: bool, sender: EventSender) {
        let sender = Arc::new(sender);
        self.senders += 1;
        let senders = if is_prefix { &mut self.by_prefix } else { &mut self.by_name };
        let senders = senders.entry(name.into()).or_default();
        if is_prefix && senders.is_empty() {
            *self.prefix_lengths.entry(name.len()).or_default() += 1;
        }
        senders.push(sender);
    }

    fn readers_of(&self, name: &str) -> Senders {
        let mut readers = self.by_name.get(name).cloned().unwrap_or_default();
        for (length, _) in self.prefix_lengths.range(..=name.len()) {
            let prefix = name.get(..*length);
            let senders = prefix.and_then(|prefix| self.by_prefix.get(prefix));
            readers.extend(senders.into_iter().flatten().cloned());
        }
        readers
    }

    /// Drops what nobody reads any more, once the table has doubled, or was looked into as often as it
    /// is long: so the cost is a constant part of its use.
    fn drop_unread(&mut self) {
        self.uses += 1;
        if self.senders <= 2 * self.left + 8 && self.uses <= self.senders {
            return;
        }
        self.uses = 0;
        let mut left = 0;
        for senders in [&mut self.by_name, &mut self.by_prefix] {
            senders.retain(|_, senders| {
                senders.retain(|sender| !sender.is_closed());
                left += senders.len();
                !senders.is_empty()
            });
        }
        (self.senders, self.left) = (left, left);
        self.prefix_lengths.clear();
        for prefix in self.by_prefix.keys() {
            *self.prefix_lengths.entry(prefix.len()).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use cache_core::Key;

    use super::*;

    fn senders(events: &Events) -> usize {
        let table = events.entries.table.lock();
        let by =
            |senders: &HashMap<Box<str>, Senders>| senders.values().map(Vec::len).sum::<usize>();
        assert_eq!(table.senders, by(&table.by_name) + by(&table.by_prefix));
        assert_eq!(table.prefix_lengths.values().sum::<usize>(), table.by_prefix.len());
        table.senders
    }

    #[test]
    fn subscriptions_that_nobody_reads_are_dropped() {
        let events = Events::default();
        let kept = events.subscribe(Scope::Prefix("kept")).unwrap();
        for number in 0..1_000 {
            let name = number.to_string();
            drop(events.subscribe(Scope::Key(Key::new(&name).unwrap())));
            drop(events.subscribe(Scope::Prefix(&name)));
        }
        assert!(senders(&events) <= 16, "{} are left", senders(&events));
        drop(events.readers_of_entry("other"));
        drop(kept);
        for _ in 0..32 {
            drop(events.readers_of_entry("other"));
        }
        assert_eq!(senders(&events), 0);
        assert_eq!(events.entries.active.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn prefixes_of_any_length_are_found_and_no_character_is_cut() {
        let table = {
            let mut table = Table::default();
            for prefix in ["", "k", "ké", "kéy", "other"] {
                table.add(prefix, true, Subscription::new(1).0);
            }
            table.add("kéy", false, Subscription::new(1).0);
            table
        };
        assert_eq!(table.readers_of("kéy").len(), 5);
        assert_eq!(table.readers_of("kè").len(), 2);
        assert_eq!(table.readers_of("x").len(), 1);
    }

    #[test]
    fn many_subscriptions_to_one_name_are_looked_through_seldom() {
        let events = Events::default();
        let key = Key::new("k").unwrap();
        let kept: Vec<_> = (0..10_000).map(|_| events.subscribe(Scope::Key(key))).collect();
        assert_eq!(senders(&events), kept.len());
    }
}
