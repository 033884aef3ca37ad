//! The tasks behind subscriptions: one keeps a listener in force, one a listener reads it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::task::coop::unconstrained;

use super::cover::Cover;
use super::hub::{Hub, Step};
use crate::clock::{self, Over};
use crate::driver::{Change, Driver, Listener};
use crate::supervise::dial_timed_out;

/// How long a listener stays that was replaced, where calls may take longer: what it has to tell is on its
/// way already.
const STAYS: Duration = Duration::from_secs(1);

/// A listener that has told nothing for so long is asked for a sign of life. Nothing is sent on it
/// otherwise, so neither the network nor the driver would ever notice that it is dead.
const QUIET: Duration = Duration::from_secs(3);

/// A listener that gives none within this time is lost. It is no call, so it has no deadline: a short one
/// would take a server that is busy for a moment for one that is gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps a listener in force for what is subscribed to.
pub(super) async fn keep<D: Driver>(hub: Arc<Hub<D>>, number: u64) {
    let keeper = Keeper { hub, number };
    let hub = &keeper.hub;
    loop {
        let over = match hub.step(number) {
            Step::End => return,
            Step::Rest(time) => clock::within(time, hub.changed.notified()).await.err(),
            Step::Listen(cover) => listen(hub, cover).await.err(),
        };
        if over == Some(Over::NoRuntime) {
            return;
        }
    }
}

/// Opens a listener, and puts it in the place of the one before.
async fn listen<D: Driver>(hub: &Arc<Hub<D>>, cover: Cover) -> Result<(), Over> {
    let shared = &hub.shared;
    clock::until(shared.pace.reserve(clock::now())).await;
    let listening = shared.driver.listen(cover.prefixes());
    match clock::within(shared.settings.connect_timeout(), listening).await {
        Ok(Ok(listener)) => put_in_force(hub, cover, listener),
        Ok(Err(error)) => hub.failed(&error),
        Err(Over::Elapsed) => hub.failed(&dial_timed_out(&shared.settings)),
        Err(Over::NoRuntime) => return Err(Over::NoRuntime),
    }
    Ok(())
}

fn put_in_force<D: Driver>(hub: &Arc<Hub<D>>, cover: Cover, listener: D::Listener) {
    let Ok(runtime) = Handle::try_current() else { return };
    let number = hub.reader_number();
    let (begin, begun) = oneshot::channel();
    let (retire, retired) = oneshot::channel();
    let reader = Reader { hub: Arc::clone(hub), number };
    let task = runtime.spawn(reader.read(listener, begun, retired)).abort_handle();
    match hub.in_force(number, cover, Reading { task, retire }) {
        Ok(before) => {
            // A task that has gone with its runtime takes the keeper with it.
            let _ = begin.send(());
            if let Some(before) = before {
                let time = hub.shared.settings.deadline().min(STAYS);
                runtime.spawn(async move {
                    clock::pause(time).await;
                    before.retire();
                });
            }
        }
        Err(unwanted) => unwanted.abort(),
    }
}

/// The task that reads a listener, and how to end it.
pub(super) struct Reading {
    task: AbortHandle,
    retire: oneshot::Sender<()>,
}

impl Reading {
    /// Ends it with what it has not told yet.
    pub(super) fn abort(self) {
        self.task.abort();
    }

    /// Lets it tell what the server had told so far, or that this is not known; then it ends.
    fn retire(self) {
        // One that has ended said why.
        let _ = self.retire.send(());
    }
}

/// Ends subscriptions where their keeper ends with its runtime.
struct Keeper<D: Driver> {
    hub: Arc<Hub<D>>,
    number: u64,
}

impl<D: Driver> Drop for Keeper<D> {
    fn drop(&mut self) {
        self.hub.keeper_ended(self.number);
    }
}

/// Reads one listener.
struct Reader<D: Driver> {
    hub: Arc<Hub<D>>,
    number: u64,
}

impl<D: Driver> Reader<D> {
    /// Begins when the listener is known as the one in force: so its end is not told before.
    async fn read(
        self,
        mut listener: D::Listener,
        begun: oneshot::Receiver<()>,
        mut retired: oneshot::Receiver<()>,
    ) {
        if begun.await.is_err() {
            return;
        }
        loop {
            match next(&mut listener, &mut retired).await {
                Heard::Change(change) => self.hub.tell(&change),
                Heard::Nothing => match clock::within(PATIENCE, listener.check()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(Over::Elapsed) => break,
                    // The keeper tells it.
                    Err(Over::NoRuntime) => return,
                },
                Heard::Retired => match self.tell_the_rest(&mut listener).await {
                    true => return,
                    false => break,
                },
                Heard::End => break,
                Heard::NoRuntime => return,
            }
        }
        // Also of one that was replaced: it may have had something to tell.
        self.hub.lost(self.number);
    }

    /// Tells what is on its way to a listener that was replaced; whether that is known to be all.
    async fn tell_the_rest(&self, listener: &mut D::Listener) -> bool {
        if !matches!(clock::within(PATIENCE, listener.check()).await, Ok(Ok(()))) {
            return false;
        }
        loop {
            match at_hand(listener.next()).await {
                Some(Some(change)) => self.hub.tell(&change),
                Some(None) => return false,
                None => return true,
            }
        }
    }
}

/// What there is to do for who reads a listener.
enum Heard {
    Change(Change),
    /// Neither change nor end for a while.
    Nothing,
    /// Another is in force in its place.
    Retired,
    End,
    NoRuntime,
}

async fn next<L: Listener>(listener: &mut L, retired: &mut oneshot::Receiver<()>) -> Heard {
    let mut change = pin!(listener.next());
    let heard = poll_fn(|context| match change.as_mut().poll(context) {
        Poll::Ready(Some(change)) => Poll::Ready(Heard::Change(change)),
        Poll::Ready(None) => Poll::Ready(Heard::End),
        // Dropped without a word, it goes with its subscriptions, and the task is ended.
        Poll::Pending => pin!(&mut *retired).poll(context).map(|_| Heard::Retired),
    });
    match clock::within(QUIET, heard).await {
        Ok(heard) => heard,
        Err(Over::Elapsed) => Heard::Nothing,
        Err(Over::NoRuntime) => Heard::NoRuntime,
    }
}

/// What a future answers without waiting. A task that has used up its share for this turn hears it too.
async fn at_hand<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(unconstrained(future));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

impl<D: Driver> Drop for Reader<D> {
    /// A panic of the driver is the end of the listener, and no reason for silence. The end of the
    /// runtime is the keeper's to tell.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.hub.lost(self.number);
        }
    }
}
