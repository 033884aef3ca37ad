//! A call on its way, and what its end tells of the connection.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::live::{Live, SILENCE};
use super::pool::{self, Pool};
use crate::clock::{self, Over};
use crate::command::Command;
use crate::driver::{Connection, Driver};
use crate::reply::{Answer, Lost};

/// A call that was counted in; dropping it counts it out.
pub(super) struct Place<'a, D: Driver>(&'a Arc<Pool<D>>);

/// A call that may have been sent. Dropping it, as when the future of the call is dropped, gives it
/// up: it counts until its answer has come or its connection is closed.
pub(super) struct Sending<'a, D: Driver> {
    place: Option<Place<'a, D>>,
    pool: &'a Arc<Pool<D>>,
    pub(super) live: Arc<Live<D::Connection>>,
    number: u64,
    /// Whether nobody else may find the connection as it is.
    is_alone: bool,
}

/// What can be sent in one go.
pub(super) trait Request: Send {
    type Answer: Send;

    fn send<C: Connection>(
        self,
        connection: &C,
    ) -> impl Future<Output = Result<Self::Answer, Lost>> + Send;

    /// Whether the server says what a new connection may mend.
    fn is_stale(answer: &Self::Answer) -> bool;
}

impl<'a, D: Driver> Place<'a, D> {
    /// `None` where too many calls are under way.
    pub(super) fn take(pool: &'a Arc<Pool<D>>, most: usize) -> Option<Self> {
        pool.enter(most).then(|| Self(pool))
    }
}

impl<D: Driver> Drop for Place<'_, D> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl<'a, D: Driver> Sending<'a, D> {
    pub(super) fn begin(
        place: Place<'a, D>,
        live: Arc<Live<D::Connection>>,
        is_alone: bool,
    ) -> Self {
        let number = live.begin();
        Self { pool: place.0, place: Some(place), live, number, is_alone }
    }

    pub(super) fn answered(mut self, is_stale: bool) {
        let place = self.place.take();
        self.pool.unpark(self.live.answered(self.number));
        drop(place);
        if is_stale {
            if self.live.make_stale() {
                self.pool.made_stale(&self.live);
            }
        } else if self.live.prove() {
            self.pool.proved();
        }
    }

    pub(super) fn lost(mut self) {
        let place = self.place.take();
        self.live.broke();
        self.pool.discard(&self.live);
        drop(place);
    }

    /// Time is over for the answer; or there is no runtime any more, which says nothing of the server.
    pub(super) fn timed_out(self, over: Over) {
        if over == Over::Elapsed && (self.live.strike(clock::now()) || self.is_alone) {
            self.pool.discard(&self.live);
        }
    }
}

impl<D: Driver> Drop for Sending<'_, D> {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        if self.is_alone {
            self.pool.abandon(&self.live);
        }
        // Counted as given up before it is entered there: so it cannot be taken out before it is in.
        self.pool.park();
        std::mem::forget(place);
        if self.live.give_up(self.number) {
            probe(self.pool, &self.live);
        } else {
            self.pool.unpark(1);
        }
    }
}

/// Asks a connection for a sign of life, where calls on it were given up: nobody else may ever hear
/// whether it still answers.
fn probe<D: Driver>(pool: &Arc<Pool<D>>, live: &Arc<Live<D::Connection>>) {
    let Ok(runtime) = Handle::try_current() else { return };
    if live.start_probing() {
        let probing = Probing { live: Arc::clone(live), pool: Arc::clone(pool), is_over: false };
        runtime.spawn(probing.run());
    }
}

/// The right to ask; given back however the task ends.
struct Probing<D: Driver> {
    live: Arc<Live<D::Connection>>,
    pool: Arc<Pool<D>>,
    is_over: bool,
}

impl<D: Driver> Probing<D> {
    async fn run(mut self) {
        while !self.is_over {
            while self.live.has_given_up() {
                if self.ask().await.is_err() {
                    return;
                }
            }
            // A call that is given up in between sees that nobody asks, or is seen here.
            self.live.end_probing();
            self.is_over = !(self.live.has_given_up() && self.live.start_probing());
        }
    }

    /// Fails where nothing more can be learned.
    async fn ask(&self) -> Result<(), Lost> {
        let deadline = self.pool.shared.settings.deadline().clamp(SILENCE, pool::PATIENCE);
        // On a busy connection the answers of others mostly come before.
        if clock::pause(PATIENCE.min(deadline)).await == Over::NoRuntime {
            return Err(Lost::NotSent);
        }
        if !self.live.has_given_up() {
            return Ok(());
        }
        let number = self.live.begin();
        let ping = self.live.connection.command(Command::new("PING", 0));
        match clock::within(deadline, ping).await {
            // An error is a sign of life too: the user may have no right to ask.
            Ok(Ok(_)) => self.pool.unpark(self.live.answered(number)),
            Ok(Err(lost)) => return Err(self.failed(lost)),
            Err(Over::Elapsed) => return Err(self.failed(Lost::Broken)),
            Err(Over::NoRuntime) => return Err(Lost::Broken),
        }
        Ok(())
    }

    fn failed(&self, lost: Lost) -> Lost {
        self.live.broke();
        self.pool.discard(&self.live);
        lost
    }
}

impl<D: Driver> Drop for Probing<D> {
    fn drop(&mut self) {
        if !self.is_over {
            self.live.end_probing();
        }
    }
}

/// How long to wait before asking: longer than most round trips, and short enough for a flood of calls
/// that are all given up.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(10);

impl Request for Command {
    type Answer = Answer;

    fn send<C: Connection>(
        self,
        connection: &C,
    ) -> impl Future<Output = Result<Answer, Lost>> + Send {
        connection.command(self)
    }

    fn is_stale(answer: &Answer) -> bool {
        is_stale(answer)
    }
}

impl Request for Vec<Command> {
    type Answer = Vec<Answer>;

    async fn send<C: Connection>(self, connection: &C) -> Result<Vec<Answer>, Lost> {
        let count = self.len();
        let answers = connection.pipeline(self).await?;
        if answers.len() == count { Ok(answers) } else { Err(Lost::Garbage) }
    }

    fn is_stale(answers: &Vec<Answer>) -> bool {
        answers.iter().any(is_stale)
    }
}

/// A command, and further ones that its answer decides: all on one connection, as one call.
pub(super) struct Steps<F> {
    pub(super) first: Command,
    /// None where there are no further ones.
    pub(super) then: F,
}

impl<F: FnOnce(&Answer) -> Vec<Command> + Send> Request for Steps<F> {
    type Answer = Vec<Answer>;

    async fn send<C: Connection>(self, connection: &C) -> Result<Vec<Answer>, Lost> {
        let first = connection.command(self.first).await?;
        let further = (self.then)(&first);
        let mut answers = vec![first];
        if !further.is_empty() {
            match further.send(connection).await {
                Ok(further) => answers.extend(further),
                // The first one was.
                Err(Lost::NotSent) => return Err(Lost::Broken),
                Err(lost) => return Err(lost),
            }
        }
        Ok(answers)
    }

    fn is_stale(answers: &Vec<Answer>) -> bool {
        answers.iter().any(is_stale)
    }
}

/// A demoted or restarted server behind the same address, or a login that is over.
fn is_stale(answer: &Answer) -> bool {
    const CODES: [&str; 5] = ["READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "WRONGPASS"];
    matches!(answer, Answer::Error(error) if CODES.contains(&&*error.code))
}
