//! Which entries expire when, coarsely: enough to reclaim them, not to serve them.

use std::collections::BTreeMap;

use super::list::{DAY, List};
use super::slab::{NIL, Slab};

/// The finest span of a day: 2²⁷ ns, 134 ms. Finer spans would wake the sweeper more often.
const FINEST: u64 = 1 << 27;

/// A lifetime is divided into so many days at least, so an entry is reclaimed late by at most
/// 1/128 of its lifetime, and a calendar of equal lifetimes has few days.
const DAYS_IN_A_LIFETIME: u64 = 256;

/// Entries by the day on which they can be reclaimed. A day is named by the instant it begins, in
/// ns; all its entries have expired by then.
#[derive(Default)]
pub(crate) struct Calendar {
    /// The page of each day that has entries.
    days: BTreeMap<u64, Page>,
    /// Pages are numbered, as a number takes half of what a day does, and there is one an entry.
    pages: Vec<Entries>,
    blank: Vec<Page>,
}

/// The number of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Page(u32);

impl Page {
    /// Where an entry stands that does not expire.
    pub(crate) const NONE: Self = Self(NIL);
}

/// What stands on a page.
#[derive(Default)]
struct Entries {
    day: u64,
    list: List<DAY>,
}

impl Calendar {
    /// The day on which an entry with this deadline is reclaimed: after the deadline, and not
    /// later than by a span of its day.
    pub(crate) fn day_of(now: u64, deadline: u64) -> u64 {
        let lifetime = deadline.saturating_sub(now);
        let span = (lifetime / DAYS_IN_A_LIFETIME).next_power_of_two().max(FINEST);
        (deadline / span).saturating_add(1).saturating_mul(span)
    }

    /// Writes a node down under a day, where it stood under another or none.
    pub(crate) fn enter(&mut self, slab: &mut Slab, index: u32, day: u64) {
        if self.day(slab[index].page) == Some(day) {
            return;
        }
        self.strike(slab, index);
        let page = self.open(day);
        slab[index].page = page;
        self.pages[page.0 as usize].list.push(slab, index);
    }

    /// Strikes a node out, if it stands anywhere.
    pub(crate) fn strike(&mut self, slab: &mut Slab, index: u32) {
        let page = std::mem::replace(&mut slab[index].page, Page::NONE);
        let Some(Entries { day, list }) = self.pages.get_mut(page.0 as usize) else { return };
        list.unlink(slab, index);
        if list.is_empty() {
            self.days.remove(day);
            self.blank.push(page);
        }
    }

    /// The day of a page.
    pub(crate) fn day(&self, page: Page) -> Option<u64> {
        Some(self.pages.get(page.0 as usize)?.day)
    }

    /// A node whose day has come.
    pub(crate) fn due(&self, now: u64) -> Option<u32> {
        let (day, page) = self.days.first_key_value()?;
        if *day <= now { self.pages[page.0 as usize].list.oldest() } else { None }
    }

    /// The page of a day.
    fn open(&mut self, day: u64) -> Page {
        *self.days.entry(day).or_insert_with(|| {
            let page = self.blank.pop().unwrap_or_else(|| {
                self.pages.push(Entries::default());
                // A page has an entry, and those have numbers of 32 bits.
                Page(u32::try_from(self.pages.len() - 1).unwrap_or(NIL))
            });
            self.pages[page.0 as usize].day = day;
            page
        })
    }

    /// The next day that has entries.
    pub(crate) fn next_day(&self) -> Option<u64> {
        self.days.first_key_value().map(|(day, _)| *day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn day_is_after_the_deadline_and_soon(now in 0..1_u64 << 60, lifetime in 1..1_u64 << 60) {
            let deadline = now + lifetime;
            let day = Calendar::day_of(now, deadline);
            prop_assert!(day > deadline);
            prop_assert!(day - deadline <= (lifetime / 128).max(FINEST));
        }
    }
}
