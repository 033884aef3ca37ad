//! Where clients connect, and where they are turned away.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::{carry, end};
use super::fault::Break;
use super::state::{Door, State};

/// As many clients wait at most to be accepted.
const BACKLOG: u32 = 1024;

/// Takes a port that is free.
pub(super) fn open() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = bound((Ipv4Addr::LOCALHOST, 0).into())?.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Accepts as the weather says, for ever; dropping it ends every connection.
///
/// `in_force` tells what holds for those who connect now.
pub(super) async fn serve(
    mut listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    in_force: watch::Sender<Door>,
) -> io::Result<()> {
    let mut weather = state.weather.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let door = weather.borrow_and_update().door;
        if door == Door::Refusing {
            // Whoever is connected and only not accepted yet was there before.
            let waiting = listener.into_std()?;
            while let Ok((client, _)) = waiting.accept() {
                client.set_nonblocking(true)?;
                let client = TcpStream::from_std(client)?;
                let number = count(&state);
                connections.spawn(welcome(client, number, Door::Open, Arc::clone(&state)));
            }
            drop(waiting);
            // Bound without listening, the port stays ours and whoever comes is refused.
            let socket = bound(address)?;
            in_force.send_replace(door);
            // The sender is part of the state.
            let _ = weather.wait_for(|weather| weather.door != Door::Refusing).await;
            listener = socket.listen(BACKLOG)?;
            continue;
        }
        in_force.send_replace(door);
        tokio::select! {
            biased;
            _ = weather.changed() => {}
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // What one client does wrong is no concern of the next one.
                if let Ok((client, _)) = accepted {
                    let number = count(&state);
                    connections.spawn(welcome(client, number, door, Arc::clone(&state)));
                }
            }
        }
    }
}

fn count(state: &State) -> u64 {
    state.accepts();
    state.counts.send_modify(|counts| {
        counts.accepted += 1;
        counts.open += 1;
    });
    state.counts.borrow().accepted
}

async fn welcome(client: TcpStream, number: u64, door: Door, state: Arc<State>) {
    match door {
        Door::Breaking(how) => {
            if how == Break::Reset {
                end(&client, how);
            }
            drop(client);
        }
        Door::Open | Door::Refusing => carry(client, number, Arc::clone(&state)).await,
    }
    state.counts.send_modify(|counts| counts.open -= 1);
}
