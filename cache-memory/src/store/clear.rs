//! Clearing in steps.

use std::ops::Range;

use super::{Changes, Stopped, Store};
use crate::RemovalCause;

/// So many places are looked at in one step.
const STEP: u32 = 1024;

/// A place in the order of all entries: a shard, and a number in its policy.
///
/// An entry keeps its place while it lives, so whatever was there at the beginning is come by. Where
/// a shard has given all its entries new places meanwhile, the clear begins that shard again.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) shard: u32,
    pub(crate) node: u32,
    /// How often the shard had given new places.
    pub(crate) moves: u32,
}

impl Store {
    /// Removes the entries of the next places whose keys begin with `prefix`: how many, and where
    /// to go on.
    pub(crate) fn clear(
        &self,
        prefix: &str,
        place: Place,
        changes: &mut Changes,
    ) -> Result<(u64, Option<Place>), Stopped> {
        let Some(shard) = self.shards.get(place.shard as usize) else { return Ok((0, None)) };
        let mut shard = shard.lock();
        if shard.stopped {
            return Err(Stopped);
        }
        let begin = if place.moves == shard.moves { place.node } else { 0 };
        let places = step(begin, shard.policy.cells());
        let end = places.end;
        let now = self.clock.once();
        let mut removed = 0;
        for number in places {
            let Some(node) = shard.policy.find(number) else { continue };
            let found = self.entries.look_at(node.hash, shard.seat(number), |slot| {
                let is_meant = slot.key().starts_with(prefix.as_bytes());
                is_meant.then(|| slot.facts().is_live_at(&now))
            });
            let Some(is_live) = found.flatten() else { continue };
            let cause = if is_live { RemovalCause::Cleared } else { RemovalCause::Expired };
            let weight = self.remove(&mut shard, number, cause, changes);
            self.room.give_back(weight);
            removed += u64::from(is_live);
        }
        let next = if end < shard.policy.cells() {
            Some(Place { shard: place.shard, node: end, moves: shard.moves })
        } else if (place.shard as usize) + 1 < self.shards.len() {
            Some(Place { shard: place.shard + 1, ..Place::default() })
        } else {
            None
        };
        Ok((removed, next))
    }
}

fn step(from: u32, cells: u32) -> Range<u32> {
    from..from.saturating_add(STEP).min(cells).max(from)
}
