//! Who is to be told of which changes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use cache_core::{EventSender, Origin, RESERVED_PREFIX, Scope};

use super::cover::common;
use crate::layout;

/// What a subscription is about, as the server sees it.
pub(super) struct Wanted {
    /// The key on the server, or the beginning of keys.
    pub(super) name: Bytes,
    /// What to call the key in events; `None` where there are several keys, each called as it is.
    called: Option<Box<str>>,
}

/// Subscriptions by what they are about. A key is looked up once among names, and about once for every
/// prefix that it begins with, however many there are.
#[derive(Default)]
pub(super) struct Table {
    by_name: HashMap<Bytes, Named>,
    by_prefix: BTreeMap<Bytes, Senders>,
}

struct Named {
    called: Box<str>,
    senders: Senders,
}

type Senders = Vec<Arc<EventSender>>;

/// An event, and who is told of it. They are told when no lock is held: a waker may do anything.
pub(super) struct News {
    called: Box<str>,
    senders: Senders,
}

impl Wanted {
    /// `None` for a scope that is not known here.
    pub(super) fn of(scope: Scope<'_>) -> Option<Self> {
        let (name, called) = match scope {
            Scope::Key(key) => (copy(key.as_str()), Some(key.as_str().into())),
            Scope::Prefix(prefix) => (copy(prefix), None),
            Scope::Lock(name) => (layout::lock_key(name), Some(name.as_str().into())),
            _ => return None,
        };
        Some(Self { name, called })
    }
}

fn copy(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

impl Table {
    pub(super) fn add(&mut self, wanted: Wanted, sender: EventSender) {
        let senders = match wanted.called {
            Some(called) => {
                let named = || Named { called, senders: Senders::new() };
                &mut self.by_name.entry(wanted.name).or_insert_with(named).senders
            }
            None => self.by_prefix.entry(wanted.name).or_default(),
        };
        senders.push(Arc::new(sender));
    }

    /// Who is to be told that the key has changed. What lies under the reserved prefix is no entry.
    pub(super) fn news_of(&self, key: &[u8], news: &mut Vec<News>) {
        if let Some(Named { called, senders }) = self.by_name.get(key) {
            news.push(News { called: called.clone(), senders: senders.clone() });
        }
        if key.starts_with(RESERVED_PREFIX.as_bytes()) {
            return;
        }
        // Text alone can be asked for, so nobody has a key that is none.
        let Ok(text) = std::str::from_utf8(key) else { return };
        let senders: Senders = self.prefixes_of(key).flatten().cloned().collect();
        if !senders.is_empty() {
            news.push(News { called: text.into(), senders });
        }
    }

    /// The subscriptions to prefixes with which the key begins, longest first.
    ///
    /// In order, everything between a prefix of the key and the key begins with that prefix. So where
    /// the next smaller one is no prefix of the key, what it has in common with the key bounds what can
    /// be one.
    fn prefixes_of<'a>(&'a self, key: &'a [u8]) -> impl Iterator<Item = &'a Senders> {
        let mut bound = Bound::Included(key);
        std::iter::from_fn(move || {
            loop {
                let below = (Bound::Unbounded, bound);
                let (prefix, senders) = self.by_prefix.range::<[u8], _>(below).next_back()?;
                if key.starts_with(prefix) {
                    bound = Bound::Excluded(prefix);
                    return Some(senders);
                }
                bound = Bound::Included(&key[..common(prefix, key)]);
            }
        })
    }

    /// Everybody, to be told of a gap.
    pub(super) fn all(&self) -> Senders {
        let named = self.by_name.values().flat_map(|named| &named.senders);
        named.chain(self.by_prefix.values().flatten()).cloned().collect()
    }

    /// What a listener has to be told of by the server.
    pub(super) fn names(&self) -> Vec<Bytes> {
        self.by_name.keys().chain(self.by_prefix.keys()).cloned().collect()
    }

    /// Drops what nobody reads any more.
    pub(super) fn drop_unread(&mut self) {
        let keep = |senders: &mut Senders| {
            senders.retain(|sender| !sender.is_closed());
            !senders.is_empty()
        };
        self.by_name.retain(|_, named| keep(&mut named.senders));
        self.by_prefix.retain(|_, senders| keep(senders));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty() && self.by_prefix.is_empty()
    }
}

impl News {
    pub(super) fn tell(&self) {
        for sender in &self.senders {
            // The server does not say who wrote: a listener has a connection of its own.
            sender.changed(&self.called, Origin::Unknown);
        }
    }
}

#[cfg(test)]
mod tests {
    use cache_core::{Key, LockName, Subscription};
    use proptest::prelude::*;

    use super::*;

    fn add(table: &mut Table, scope: Scope<'_>) -> Subscription {
        let (sender, subscription) = Subscription::new(8);
        table.add(Wanted::of(scope).unwrap(), sender);
        subscription
    }

    /// What is told, as `called` and to how many.
    fn news(table: &Table, key: &[u8]) -> Vec<(String, usize)> {
        let mut news = Vec::new();
        table.news_of(key, &mut news);
        news.iter().map(|news| (news.called.to_string(), news.senders.len())).collect()
    }

    #[test]
    fn lock_is_told_by_its_name_and_no_prefix_sees_it() {
        let mut table = Table::default();
        let name = LockName::new("job {1}").unwrap();
        let _all = (add(&mut table, Scope::Lock(name)), add(&mut table, Scope::Prefix("")));
        assert_eq!(news(&table, &layout::lock_key(name)), [("job {1}".to_owned(), 1)]);
        assert_eq!(news(&table, &layout::fence_key(name)), []);
        assert_eq!(news(&table, b"job {1}"), [("job {1}".to_owned(), 1)]);
    }

    #[test]
    fn key_that_is_no_text_is_told_to_nobody() {
        let mut table = Table::default();
        let _all = add(&mut table, Scope::Prefix(""));
        assert_eq!(news(&table, b"\xff"), []);
    }

    #[test]
    fn what_nobody_reads_is_dropped() {
        let mut table = Table::default();
        let kept = add(&mut table, Scope::Prefix("a"));
        drop(add(&mut table, Scope::Prefix("a")));
        drop(add(&mut table, Scope::Key(Key::new("b").unwrap())));
        table.drop_unread();
        assert_eq!(table.names(), ["a"]);
        assert_eq!(table.all().len(), 1);
        drop(kept);
        table.drop_unread();
        assert!(table.is_empty());
    }

    proptest! {
        #[test]
        fn every_prefix_of_a_key_is_found_and_no_other(
            prefixes in prop::collection::btree_set("[ab]{0,5}", 0..40),
            key in "[ab]{1,7}",
        ) {
            let mut table = Table::default();
            let kept: Vec<_> =
                prefixes.iter().map(|prefix| add(&mut table, Scope::Prefix(prefix))).collect();
            let expected = prefixes.iter().filter(|prefix| key.starts_with(*prefix)).count();
            let found = news(&table, key.as_bytes()).first().map_or(0, |(_, count)| *count);
            prop_assert_eq!(found, expected);
            drop(kept);
        }
    }
}
