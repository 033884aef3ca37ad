//! The last step of each direction: bytes go out when they are due, as the network allows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;

use super::fault::Break;
use super::state::{Direction, Drip, State};
use crate::clock;

/// Bytes on their way, and what happens behind them.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) due: Instant,
    pub(super) bytes: Vec<u8>,
    pub(super) drip: Option<Drip>,
    pub(super) then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    /// Nothing goes out any more, and nobody is told.
    Silence,
    /// The whole connection ends.
    Break(Break),
    /// This direction ends.
    End,
}

impl Parcel {
    pub(super) fn new(bytes: &[u8], delay: Duration) -> Self {
        Self { due: clock::now() + delay, bytes: bytes.to_vec(), drip: None, then: Then::GoOn }
    }

    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    pub(super) fn dripping(self, drip: Option<Drip>) -> Self {
        Self { drip, ..self }
    }
}

/// Writes parcels in their order until a break, or until there are no more.
///
/// Whoever no longer reads is no reason to stop: what follows may still have to break something.
pub(super) async fn write(
    stream: &mut OwnedWriteHalf,
    mut parcels: mpsc::Receiver<Parcel>,
    direction: Direction,
    state: Arc<State>,
    end: mpsc::UnboundedSender<Break>,
) {
    let mut weather = state.weather.subscribe();
    let mut silent = false;
    while let Some(parcel) = parcels.recv().await {
        clock::until(parcel.due).await;
        let fair = weather.wait_for(|weather| !weather.is_frozen(direction)).await;
        let drip = parcel.drip.or_else(|| fair.ok()?.drip);
        if !silent {
            silent = put(stream, &parcel.bytes, drip).await.is_err();
        }
        match parcel.then {
            Then::GoOn => {}
            Then::Silence => silent = true,
            Then::End => drop(stream.shutdown().await),
            Then::Break(how) => {
                // What follows would be taken for what was kept back.
                silent = true;
                // Nobody listens where the connection has ended already.
                let _ = end.send(how);
            }
        }
    }
}

async fn put(stream: &mut OwnedWriteHalf, bytes: &[u8], drip: Option<Drip>) -> std::io::Result<()> {
    let Some(drip) = drip else { return stream.write_all(bytes).await };
    for piece in bytes.chunks(drip.bytes.max(1)) {
        clock::pass(drip.pause).await;
        stream.write_all(piece).await?;
    }
    Ok(())
}
