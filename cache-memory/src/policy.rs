//! Which entry goes when room is needed, and which have expired.
//!
//! New entries wait in a window. The one at its end contends with the one at the end of the main
//! queue, and whichever was asked for more often of late stays (W-TinyLFU: Einziger, Eytan, Friedman
//! and Manes, "Adaptive Software Cache Management", Middleware 2018). Both queues are first in, first
//! out, save that an entry that was asked for goes round once more for each of its last two hits.
//!
//! What is not as in the paper:
//! - A hit changes nothing here: it raises a counter in the entry itself, up to 2. The counter falls
//!   by one, and the sketch counts one, each time the entry comes to the end of its queue: of many
//!   hits in a short time few count.
//! - The read that missed, and brought an entry in, is counted when the entry leaves. So an entry
//!   contends with its earlier reads alone, and in a loop over more keys than there is room for, new
//!   ones tie with those that are in and do not displace them.
//! - The window's share follows the keys that come back soon after they were evicted: one from the
//!   window would still be there were the window larger, one from the main queue were it smaller
//!   (after ARC: Megiddo and Modha, FAST 2003).
//! - What counts is reads for a unit of weight, so a heavy entry displaces as much use as it brings.

mod calendar;
mod list;
mod print;
mod recent;
mod sketch;
mod slab;

#[cfg(test)]
mod tests;

use calendar::{Calendar, Page};
use list::{Links, List, QUEUE};
use print::Print;
use recent::Recent;
use sketch::Sketch;
pub(crate) use slab::Node;
use slab::Slab;

/// The whole of which the window has a share.
const WHOLE: u64 = 1 << 20;

/// Where the share begins, and never falls below: a hundredth, as in the paper.
const LEAST_SHARE: u64 = WHOLE / 100;

/// The share never rises above four fifths.
const LARGEST_SHARE: u64 = WHOLE / 5 * 4;

/// A key that comes back soon moves the share by one part in so many times √n, of n entries.
///
/// Such keys are the more frequent the more entries there are. With the root, chance alone moves
/// the share equally far in small caches and in large ones.
const STEPS: u64 = 32;

/// A key comes back soon if no more than this part of the entries left its queue after it.
const SOON: usize = 20;

/// The level at which room must be made falls by this part, at most, from one time to the next.
const FALL: u64 = 4096;

/// After so many entries that were in use, the next one goes whatever it is: a write then waits
/// for 0.1 ms, and what is lost is one entry in use among a thousand that were looked at.
const PATIENCE: usize = 1024;

/// The order of the entries of one shard. It does not hold their values.
pub(crate) struct Policy {
    slab: Slab,
    window: Queue,
    main: Queue,
    /// What the window has of the weight, in parts of [`WHOLE`].
    share: u64,
    sketch: Sketch,
    /// How many newcomers lost to the oldest of the main queue, since one last went round for that.
    losses: usize,
    /// The weight of all at which room must be made, as far as is known.
    full: u64,
    /// Whether entries were evicted since the last one came in.
    is_evicting: bool,
    calendar: Calendar,
}

#[derive(Default)]
struct Queue {
    list: List<QUEUE>,
    weight: u64,
    /// The keys that were evicted from it.
    recent: Recent,
}

/// How an entry at the end of a queue is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Look {
    /// It goes if its counter is at 0; else that falls by one.
    Lower,
    /// It goes.
    Regardless,
}

/// What an eviction comes to.
#[derive(Clone, Copy)]
enum Choice {
    /// This one goes, if it was not asked for.
    Victim(u32),
    /// The newcomer goes, if it was not asked for; it lost to a resident.
    Newcomer(u32, u32),
    /// The resident goes, if it was not asked for; it lost to a newcomer, which takes its place.
    Resident(u32, u32),
    /// The newcomer would have won, and there is room in the main queue: none goes.
    Neither(u32),
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            slab: Slab::default(),
            window: Queue::default(),
            main: Queue::default(),
            share: LEAST_SHARE,
            sketch: Sketch::default(),
            losses: 0,
            full: 0,
            is_evicting: false,
            calendar: Calendar::default(),
        }
    }
}

impl Policy {
    /// Takes in a new entry; the number by which it is known until it is removed.
    pub(crate) fn insert(&mut self, hash: u64, weight: u64) -> u32 {
        self.adapt(Print::new(hash));
        let (links, page) = ([Links::NONE; 2], Page::NONE);
        let index = self.slab.insert(Node { hash, weight, links, page, in_main: false });
        self.enqueue(index);
        self.sketch.make_for(self.slab.len());
        self.is_evicting = false;
        if self.weight() > self.full {
            self.settle();
        }
        index
    }

    pub(crate) fn remove(&mut self, index: u32) -> Node {
        let node = self.forget(index);
        self.full = self.full.saturating_sub(node.weight);
        node
    }

    pub(crate) fn weigh_anew(&mut self, index: u32, weight: u64) {
        let held = std::mem::replace(&mut self.slab[index].weight, weight);
        let queue = self.queue_of(index);
        queue.weight = queue.weight - held + weight;
    }

    /// Notes when the entry expires; the day on which it will be reclaimed.
    pub(crate) fn schedule(&mut self, index: u32, now: u64, deadline: u64) -> u64 {
        let day = Calendar::day_of(now, deadline);
        self.calendar.enter(&mut self.slab, index, day);
        day
    }

    /// Notes that the entry does not expire.
    pub(crate) fn unschedule(&mut self, index: u32) {
        self.calendar.strike(&mut self.slab, index);
    }

    /// Gives entries new numbers where most cells are vacant, so that their memory goes back;
    /// whether it did. Their order stays. `moved` is told each hash, the old number and the new.
    pub(crate) fn compact(&mut self, mut moved: impl FnMut(u64, u32, u32)) -> bool {
        if !self.slab.is_sparse() {
            return false;
        }
        let mut sparse = std::mem::take(&mut self.slab);
        let days = std::mem::take(&mut self.calendar);
        for list in [&mut self.window.list, &mut self.main.list] {
            let mut old = std::mem::take(list);
            while let Some(was) = old.oldest() {
                old.unlink(&mut sparse, was);
                let mut node = sparse.remove(was);
                let (hash, page) = (node.hash, std::mem::replace(&mut node.page, Page::NONE));
                let index = self.slab.insert(node);
                list.push(&mut self.slab, index);
                if let Some(day) = days.day(page) {
                    self.calendar.enter(&mut self.slab, index, day);
                }
                moved(hash, was, index);
            }
        }
        true
    }

    /// Chooses an entry that goes, and forgets it; `None` where there is none but `keep`.
    ///
    /// `remove` removes the entry with this hash and number from the map if it deserves it at this
    /// look; whether it did.
    pub(crate) fn evict(
        &mut self,
        keep: Option<u32>,
        mut remove: impl FnMut(u64, u32, Look) -> bool,
    ) -> Option<Node> {
        if !std::mem::replace(&mut self.is_evicting, true) {
            // The room that is free is what the last round left over: `full` need not fall to it.
            self.full = self.weight().max(self.full - self.full / FALL);
        }
        for patience in (0..=PATIENCE).rev() {
            let choice = self.choose(keep)?;
            let victim = match choice {
                Choice::Victim(victim)
                | Choice::Newcomer(victim, _)
                | Choice::Resident(victim, _) => victim,
                Choice::Neither(newcomer) => {
                    self.promote(newcomer);
                    continue;
                }
            };
            let look = if patience == 0 { Look::Regardless } else { Look::Lower };
            if remove(self.slab[victim].hash, victim, look) {
                self.reward(choice);
                return Some(self.expel(victim));
            }
            self.sketch.count(self.slab[victim].print());
            self.requeue(victim);
        }
        None
    }

    /// An entry that has expired and waits to be reclaimed.
    pub(crate) fn due(&self, now: u64) -> Option<u32> {
        self.calendar.due(now)
    }

    /// The next instant at which entries can be reclaimed.
    pub(crate) fn next_day(&self) -> Option<u64> {
        self.calendar.next_day()
    }

    /// The entry in a cell, for going through all of them by number.
    pub(crate) fn find(&self, index: u32) -> Option<&Node> {
        self.slab.find(index)
    }

    /// One more than the largest number in use.
    pub(crate) fn cells(&self) -> u32 {
        self.slab.cells()
    }

    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(crate) const fn weight(&self) -> u64 {
        self.window.weight + self.main.weight
    }

    pub(crate) fn weight_of(&self, index: u32) -> u64 {
        self.slab[index].weight
    }

    /// Every entry with its number.
    pub(crate) fn into_nodes(self) -> impl Iterator<Item = (u32, Node)> {
        self.slab.into_nodes()
    }

    /// The main queue gives what it has above its part; else the two ends contend.
    fn choose(&self, keep: Option<u32>) -> Option<Choice> {
        let newcomer = self.window.list.oldest_but(&self.slab, keep);
        let resident = self.main.list.oldest_but(&self.slab, keep);
        let (newcomer, resident) = match (newcomer, resident) {
            (Some(newcomer), Some(resident)) => (newcomer, resident),
            (one, other) => return one.or(other).map(Choice::Victim),
        };
        let part = self.part_of_main(self.full);
        Some(if self.main.weight > part {
            Choice::Victim(resident)
        } else if !self.is_more_in_use(newcomer, resident) {
            Choice::Newcomer(newcomer, resident)
        } else if self.main.weight + self.slab[newcomer].weight > part {
            Choice::Resident(resident, newcomer)
        } else {
            Choice::Neither(newcomer)
        })
    }

    /// Whether one was asked for more often than the other, for its weight.
    fn is_more_in_use(&self, one: u32, other: u32) -> bool {
        let (one, other) = (&self.slab[one], &self.slab[other]);
        let reads = |node: &Node| u128::from(self.sketch.estimate(node.print()));
        let weight = |node: &Node| u128::from(node.weight.max(1));
        reads(one) * weight(other) > reads(other) * weight(one)
    }

    /// Gives the winner its place.
    ///
    /// A resident keeps its own, so that the next newcomer meets it too. But one that was often
    /// asked for of old, and no more, would shield all behind it: after as many newcomers as there
    /// are entries, whoever is at the end goes round.
    fn reward(&mut self, choice: Choice) {
        match choice {
            Choice::Resident(_, newcomer) => self.promote(newcomer),
            Choice::Newcomer(_, resident) => {
                self.losses += 1;
                if self.losses >= self.slab.len() {
                    self.losses = 0;
                    self.requeue(resident);
                }
            }
            Choice::Victim(_) | Choice::Neither(_) => {}
        }
    }

    /// While there is room for all, the oldest of the window move on without a contest, as long as
    /// the main queue has not its part: two for each that comes in, so that none waits long.
    fn settle(&mut self) {
        for _ in 0..2 {
            let Some(oldest) = self.window.list.oldest() else { return };
            let weight = self.slab[oldest].weight;
            let is_alone = self.window.weight == weight;
            if is_alone || self.main.weight + weight > self.part_of_main(self.weight()) {
                return;
            }
            self.promote(oldest);
        }
    }

    /// What the main queue has of this weight.
    fn part_of_main(&self, weight: u64) -> u64 {
        let share = u128::from(weight) * u128::from(self.share) / u128::from(WHOLE);
        weight - share as u64
    }

    /// Learns from a key that comes in.
    fn adapt(&mut self, print: Print) {
        let span = self.span();
        let step = WHOLE / (STEPS * (self.slab.len() as u64).isqrt().max(1));
        if self.window.recent.take(print, span) {
            self.share = (self.share + step).min(LARGEST_SHARE);
        }
        if self.main.recent.take(print, span) {
            self.share = self.share.saturating_sub(step).max(LEAST_SHARE);
        }
    }

    /// Forgets an entry that was evicted, and remembers its key for a while.
    fn expel(&mut self, index: u32) -> Node {
        let span = self.span();
        let print = self.slab[index].print();
        self.queue_of(index).recent.insert(print, span);
        self.forget(index)
    }

    /// How many keys that left a queue left it of late.
    fn span(&self) -> usize {
        (self.slab.len() / SOON).max(1)
    }

    fn forget(&mut self, index: u32) -> Node {
        self.calendar.strike(&mut self.slab, index);
        self.dequeue(index);
        let node = self.slab.remove(index);
        // The read that brought it in.
        self.sketch.count(node.print());
        node
    }

    fn promote(&mut self, index: u32) {
        self.dequeue(index);
        self.slab[index].in_main = true;
        self.enqueue(index);
    }

    fn requeue(&mut self, index: u32) {
        self.dequeue(index);
        self.enqueue(index);
    }

    fn enqueue(&mut self, index: u32) {
        let node = &self.slab[index];
        let queue = if node.in_main { &mut self.main } else { &mut self.window };
        queue.weight += node.weight;
        queue.list.push(&mut self.slab, index);
    }

    fn dequeue(&mut self, index: u32) {
        let node = &self.slab[index];
        let queue = if node.in_main { &mut self.main } else { &mut self.window };
        queue.weight -= node.weight;
        queue.list.unlink(&mut self.slab, index);
    }

    fn queue_of(&mut self, index: u32) -> &mut Queue {
        if self.slab[index].in_main { &mut self.main } else { &mut self.window }
    }
}
