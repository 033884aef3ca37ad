//! Reclaiming what has expired, without anybody asking for it.

use std::sync::atomic::Ordering;

use super::{Changes, Seat, Store};
use crate::RemovalCause;
use crate::sync::Signal;

/// So many entries are reclaimed under one lock, so that writers wait for no more than these: some
/// 0.1 ms. Several of them are in one table of the map, and its lock is taken once for those: readers
/// meet it seldom, and seldom find its line in the cache of another processor.
const SLICE: usize = 256;

/// Tables are given back when less than one place in so many is taken.
const SPARSE: usize = 8;

/// Tables for so many entries are kept in any case.
const LEAST_TABLES: usize = 16 * 1024;

impl Store {
    /// Removes what has expired by now, and answers when there will be more. `publish` is called
    /// with no lock held, a slice at a time.
    pub(crate) fn sweep(&self, publish: impl Fn(Changes)) -> Option<u64> {
        // From here on, whoever writes down an earlier day raises the signal: none is missed.
        self.sweeper_wakes.store(u64::MAX, Ordering::Release);
        let next = loop {
            let mut days = Vec::with_capacity(self.shards.len());
            // A slice of each in turn: while one is swept, the others are free for writers.
            for shard in 0..self.shards.len() {
                let (changes, day) = self.sweep_slice(shard);
                publish(changes);
                days.extend(day);
            }
            match days.into_iter().min() {
                Some(day) if day <= self.clock.now() => {}
                next => break next,
            }
            if self.shards.len() == 1 {
                crate::sync::yield_now();
            }
        };
        self.shrink();
        if let Some(next) = next {
            self.sweeper_wakes.fetch_min(next, Ordering::AcqRel);
        }
        next
    }

    pub(crate) const fn signal(&self) -> &std::sync::Arc<Signal> {
        &self.signal
    }

    /// Gives back the tables of a cache that has become nearly empty: they would be kept.
    fn shrink(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            let number = shard.number;
            let seat = |node| Seat { node, shard: number };
            let moved = |hash, from, to| self.entries.move_to(hash, seat(from), seat(to));
            if shard.policy.compact(moved) {
                shard.moves = shard.moves.wrapping_add(1);
            }
        }
        if self.entries.capacity() > SPARSE * self.entries.len() + LEAST_TABLES {
            self.entries.shrink();
        }
    }

    fn sweep_slice(&self, shard: usize) -> (Changes, Option<u64>) {
        let (mut changes, mut due, mut weight) = (Changes::default(), Vec::new(), 0);
        let mut shard = self.shards[shard].lock();
        let now = self.clock.now();
        while due.len() < SLICE
            && let Some(number) = shard.policy.due(now)
        {
            shard.count(RemovalCause::Expired);
            let node = shard.policy.remove(number);
            weight += node.weight;
            due.push((node.hash, shard.seat(number)));
        }
        self.entries.remove_all(&mut due, |slot| changes.removed(slot, RemovalCause::Expired));
        self.room.give_back(weight);
        (changes, shard.policy.next_day())
    }
}
