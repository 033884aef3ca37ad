//! One who contends.

use std::io::{self, BufRead, Write};
use std::sync::mpsc;
use std::thread;

use cache_facade::{Cache, Settings};
use tokio::sync::{mpsc as orders, oneshot};

use super::{Example, Failure, clock};

/// The order to stand still.
const SUSPEND: &str = "be suspended";

/// What became of a worker, or what it says.
pub(super) enum News {
    Said(String),
    Ended(Result<(), Failure>),
}

/// The worker's side of the play.
pub(crate) struct Worker {
    label: String,
    lines: Lines,
    orders: orders::UnboundedReceiver<String>,
}

/// Where a worker says something.
enum Lines {
    /// On the stage in the same process, as one of so many.
    Here(usize, mpsc::Sender<(usize, News)>),
    StandardOutput,
}

impl Worker {
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn say(&self, line: &str) -> Result<(), Failure> {
        match &self.lines {
            // Whoever directs may have gone.
            Lines::Here(number, stage) => Ok(stage.send((*number, News::Said(line.to_owned())))?),
            Lines::StandardOutput => Ok(writeln!(io::stdout(), "{line}")?),
        }
    }

    /// The next order; `None` when the play is over.
    ///
    /// A worker that is told to be suspended does not know of it: its thread stands still until the next
    /// order, nothing else runs meanwhile, and no lease is renewed.
    pub(crate) async fn order(&mut self) -> Option<String> {
        let order = self.orders.recv().await?;
        if order != SUSPEND {
            return Some(order);
        }
        loop {
            match self.orders.try_recv() {
                Ok(order) => return Some(order),
                Err(orders::error::TryRecvError::Disconnected) => return None,
                Err(orders::error::TryRecvError::Empty) => clock::hang(),
            }
        }
    }
}

/// Directs a worker on a thread.
pub(super) struct OnThread {
    pub(super) orders: orders::UnboundedSender<String>,
    kill: oneshot::Sender<orders::UnboundedSender<String>>,
}

impl OnThread {
    /// The worker is not to hear first that there are no orders any more: so it gets their sender.
    pub(super) fn kill(self) {
        // Where nobody takes it, the worker has ended by itself.
        let _ended = self.kill.send(self.orders);
    }
}

/// Starts a worker on a thread and a runtime of its own.
pub(super) fn start_on_thread<E: Example>(
    number: usize,
    label: String,
    cache: Cache,
    stage: mpsc::Sender<(usize, News)>,
) -> Result<OnThread, Failure> {
    let (orders, receiver) = orders::unbounded_channel();
    let (kill, killed) = oneshot::channel();
    let lines = Lines::Here(number, stage.clone());
    let worker = Worker { label, lines, orders: receiver };
    thread::Builder::new().spawn(move || {
        let outcome = run_on_thread::<E>(worker, cache, killed);
        // Whoever directs may have gone.
        let _gone = stage.send((number, News::Ended(outcome)));
    })?;
    Ok(OnThread { orders, kill })
}

fn run_on_thread<E: Example>(
    worker: Worker,
    cache: Cache,
    killed: oneshot::Receiver<orders::UnboundedSender<String>>,
) -> Result<(), Failure> {
    let runtime = clock::runtime()?;
    let mut working = Box::pin(E::work(worker, cache));
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            Ok(_orders) = killed => Ok(()),
            outcome = &mut working => outcome,
        }
    });
    // As with a process that is killed, the runtime goes first: what the worker holds is not given back.
    drop(runtime);
    drop(working);
    outcome
}

/// Is a worker of a play that another process directs: orders come by standard input.
pub(super) fn run_in_process<E: Example>(label: String, settings: Settings) -> Result<(), Failure> {
    let (sender, orders) = orders::unbounded_channel();
    thread::Builder::new().spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    })?;
    let worker = Worker { label, lines: Lines::StandardOutput, orders };
    let runtime = clock::runtime()?;
    let cache = runtime.block_on(cache_facade::open(settings))?;
    runtime.block_on(E::work(worker, cache))
}
