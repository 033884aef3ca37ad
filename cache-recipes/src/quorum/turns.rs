//! One call after another, for a token on a server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::Token;
use tokio::sync::oneshot;

/// The calls of a token begin on a server in the order in which they were made, each when the one
/// before has ended, also where nobody waits for that one any more. A release that overtook its
/// acquire would leave a lease without an owner, and an acquire that overtook the release before it
/// would lose what it has won.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<Lines>>);

/// A server by its place, and the bytes of a token.
type Line = (usize, [u8; 16]);

#[derive(Default)]
struct Lines {
    next: u64,
    /// The end of each line.
    last: HashMap<Line, Before>,
}

/// Tells of the end of a call, or what to wait for instead of one that was given up before its turn.
struct Before {
    /// Whose end it is.
    number: u64,
    end: oneshot::Receiver<Option<Box<Self>>>,
}

/// A place in the line. Dropped, it lets the next one go.
pub(super) struct Turn {
    turns: Turns,
    line: Line,
    number: u64,
    before: Option<Box<Before>>,
    /// Taken by the drop alone.
    end: Option<oneshot::Sender<Option<Box<Before>>>>,
}

impl Turns {
    pub(super) fn join(&self, server: usize, token: Token) -> Turn {
        let (sender, end) = oneshot::channel();
        let (line, mut lines) = ((server, *token.as_bytes()), self.lines());
        let number = lines.next;
        lines.next += 1;
        let before = lines.last.insert(line, Before { number, end }).map(Box::new);
        Turn { turns: self.clone(), line, number, before, end: Some(sender) }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lines().last.len()
    }
}

impl Turn {
    /// Waits until every call before has ended.
    pub(super) async fn comes(&mut self) {
        while let Some(before) = &mut self.before {
            let instead = (&mut before.end).await;
            self.before = instead.unwrap_or(None);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.turns.lines();
        let is_last = lines.last.get(&self.line).is_some_and(|last| last.number == self.number);
        match (is_last, self.before.take()) {
            (true, None) => drop(lines.last.remove(&self.line)),
            // Its own end is the end of the line again, and takes the line away when it comes.
            (true, Some(before)) => drop(lines.last.insert(self.line, *before)),
            (false, before) => {
                if let Some(end) = self.end.take() {
                    // The next one may have been given up as well.
                    let _gone = end.send(before);
                }
            }
        }
    }
}
