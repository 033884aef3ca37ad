//! Who waits for a name in this process, first come first served: no runtime, no clock, no lock.

use std::collections::VecDeque;

/// The takers of one name. Only the head asks the backend, and only while nobody here holds the
/// name: to ask for what oneself holds is a round trip for nothing.
///
/// Each method answers the waiter to wake, if any. A waiter that is woken has the turn; it may be
/// woken without it, and then finds that nothing has changed.
///
/// Invariant: while there are waiters and nobody here holds the name, the head has been woken since
/// it became the head or since the name became free, whichever was later. So whoever is dropped at
/// whatever point hands the turn on.
#[derive(Debug)]
pub(crate) struct Queue<W> {
    waiters: VecDeque<(Ticket, W)>,
    holder: Option<Ticket>,
    last: u64,
}

/// A place in a queue, and then the hold that it led to. Never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(u64);

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Self { waiters: VecDeque::new(), holder: None, last: 0 }
    }
}

impl<W: Clone> Queue<W> {
    /// Joins at the end. Answers the waiter itself if the turn is there already.
    pub(crate) fn join(&mut self, waiter: W) -> (Ticket, Option<W>) {
        let ticket = self.ticket();
        self.waiters.push_back((ticket, waiter));
        (ticket, if self.waiters.len() == 1 { self.turn() } else { None })
    }

    /// A taker that does not wait: it has a ticket, and no place.
    pub(crate) fn pass_by(&mut self) -> Ticket {
        self.ticket()
    }

    /// A waiter goes, whatever it was about to do.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        if self.remove(ticket) == Some(0) { self.turn() } else { None }
    }

    /// The name was granted to a ticket, which leaves the queue as its holder.
    pub(crate) fn granted(&mut self, ticket: Ticket) {
        self.remove(ticket);
        self.holder = Some(ticket);
    }

    /// The hold is over, or should be: the head asks. Nobody does if another holds by now.
    pub(crate) fn freed(&mut self, ticket: Ticket) -> Option<W> {
        if self.holder == Some(ticket) {
            self.holder = None;
        }
        self.turn()
    }

    /// Something happened to the name elsewhere: the head looks again.
    pub(crate) fn changed(&self) -> Option<W> {
        self.turn()
    }

    pub(crate) fn has_waiters(&self) -> bool {
        !self.waiters.is_empty()
    }

    /// The head, unless the name is held here.
    fn turn(&self) -> Option<W> {
        let (_, head) = self.waiters.front()?;
        self.holder.is_none().then(|| head.clone())
    }

    fn remove(&mut self, ticket: Ticket) -> Option<usize> {
        let place = self.waiters.binary_search_by_key(&ticket, |(other, _)| *other).ok()?;
        self.waiters.remove(place);
        Some(place)
    }

    fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}

#[cfg(test)]
mod tests;
