//! One connection through the proxy: commands one way, replies the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc;

use super::expected::{Expected, Next};
use super::fault::{Break, Fault, Name};
use super::state::{Direction, Drip, State};
use super::writer::{Parcel, Then, write};
use crate::resp;

/// How many parcels wait at most: whoever sends more has to wait, as on a real network.
const WAITING: usize = 256;

/// Carries everything between a client and the server, until one of them or a fault ends it.
pub(super) async fn carry(client: TcpStream, number: u64, state: Arc<State>) {
    let mut broken = state.broken.subscribe();
    let Ok(server) = TcpStream::connect(state.target()).await else {
        end(&client, Break::Reset);
        return;
    };
    // Without it, small pieces would wait for each other; a socket that is gone needs none.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_read, mut client_write) = client.into_split();
    let (server_read, mut server_write) = server.into_split();
    let (to_server, for_server) = mpsc::channel(WAITING);
    let (to_client, for_client) = mpsc::channel(WAITING);
    let (ends, mut ended) = mpsc::unbounded_channel();
    let expected = Arc::new(Expected::default());
    let mut commands =
        Commands { number, state: Arc::clone(&state), expected: Arc::clone(&expected), to_server };
    let mut replies = Replies { state: Arc::clone(&state), expected, to_client };
    let all = async {
        tokio::join!(
            commands.carry(client_read),
            replies.carry(server_read),
            write(
                &mut server_write,
                for_server,
                Direction::ToServer,
                Arc::clone(&state),
                ends.clone()
            ),
            write(
                &mut client_write,
                for_client,
                Direction::ToClient,
                Arc::clone(&state),
                ends.clone()
            ),
        )
    };
    let how = tokio::select! {
        biased;
        how = ended.recv() => how.unwrap_or(Break::Close),
        _ = broken.changed() => broken.borrow().1,
        _ = all => Break::Close,
    };
    end(client_write.as_ref(), how);
    // Dropped as it is, it would tell the client of an orderly end first.
    client_write.forget();
}

/// Ends a connection with its client. The socket is closed when its last owner is dropped.
pub(super) fn end(client: &TcpStream, how: Break) {
    if how == Break::Reset {
        // Closing a socket that may not linger sends a reset.
        let _ = client.set_zero_linger();
    }
}

/// The way from the client to the server.
struct Commands {
    number: u64,
    state: Arc<State>,
    expected: Arc<Expected>,
    to_server: mpsc::Sender<Parcel>,
}

impl Commands {
    /// Until the client says no more. What it said before still reaches the server.
    async fn carry(&mut self, mut client: OwnedReadHalf) {
        let mut buffer = Vec::new();
        loop {
            self.carry_buffered(&mut buffer).await;
            match client.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        self.send(Parcel::new(&buffer, self.delay()).then(Then::End)).await;
    }

    async fn carry_buffered(&mut self, buffer: &mut Vec<u8>) {
        while !buffer.is_empty() {
            if !self.expected.is_raw() {
                match resp::command(buffer) {
                    Ok(Some((words, length))) => {
                        let command: Vec<_> = buffer.drain(..length).collect();
                        self.carry_command(&words, &command).await;
                        continue;
                    }
                    Ok(None) => return,
                    Err(resp::Malformed) => self.expected.turn_raw(),
                }
            }
            self.send(Parcel::new(buffer, self.delay())).await;
            buffer.clear();
        }
    }

    async fn carry_command(&mut self, words: &[Vec<u8>], bytes: &[u8]) {
        // The server passes over an empty line, and answers nothing.
        if words.is_empty() {
            return;
        }
        let name = Name::of(words);
        let mut parcel = Parcel::new(bytes, self.delay());
        match self.state.sees(self.number, &name) {
            Some(Fault::Answer(bytes)) => return self.expected.push(Next::Made(bytes)),
            Some(Fault::DropCommand) => return self.expected.push(Next::Silence),
            Some(Fault::BreakBefore(how)) => {
                parcel = Parcel::new(&[], self.delay()).then(Then::Break(how));
            }
            Some(Fault::CutCommand(length)) => {
                let length = length.min(bytes.len() - 1);
                parcel = Parcel::new(&bytes[..length], self.delay());
                parcel.then = Then::Break(Break::Close);
            }
            fault => {
                if let Some(Fault::DelayCommand(delay)) = fault {
                    parcel = Parcel::new(bytes, self.delay() + delay);
                }
                if name.subscribes() {
                    self.expected.subscribe();
                } else {
                    self.expected.push(Next::Reply(fault));
                }
            }
        }
        self.send(parcel).await;
    }

    fn delay(&self) -> Duration {
        self.state.weather.borrow().delay
    }

    /// Where nobody takes it, the connection has ended.
    async fn send(&self, parcel: Parcel) {
        let _ = self.to_server.send(parcel).await;
    }
}

/// The way from the server to the client.
struct Replies {
    state: Arc<State>,
    expected: Arc<Expected>,
    to_client: mpsc::Sender<Parcel>,
}

impl Replies {
    /// Until the server says no more; then the client's connection ends in the same way.
    async fn carry(&mut self, mut server: OwnedReadHalf) {
        let expected = Arc::clone(&self.expected);
        let mut buffer = Vec::new();
        let how = loop {
            self.carry_buffered(&mut buffer).await;
            tokio::select! {
                read = server.read_buf(&mut buffer) => match read {
                    Ok(0) => break Break::Close,
                    Ok(_) => {}
                    Err(_) => break Break::Reset,
                },
                () = expected.changed.notified() => {}
            }
        };
        self.send(Parcel::new(&buffer, self.delay()).then(Then::Break(how))).await;
    }

    async fn carry_buffered(&mut self, buffer: &mut Vec<u8>) {
        loop {
            while let Some(next) = self.expected.made() {
                self.send(self.made(next)).await;
            }
            if !self.expected.is_raw() {
                match resp::value(buffer) {
                    Ok(Some((frame, length))) => {
                        let fault = self.expected.fault_for(&frame);
                        let reply: Vec<_> = buffer.drain(..length).collect();
                        self.send(self.struck(&reply, fault)).await;
                        continue;
                    }
                    Ok(None) => return,
                    Err(resp::Malformed) => self.expected.turn_raw(),
                }
            }
            self.send(Parcel::new(buffer, self.delay())).await;
            buffer.clear();
            return;
        }
    }

    fn made(&self, next: Next) -> Parcel {
        match next {
            Next::Made(bytes) => Parcel::new(&bytes, self.delay()),
            Next::Silence | Next::Reply(_) => Parcel::new(&[], self.delay()).then(Then::Silence),
        }
    }

    /// A reply after what happens to it.
    fn struck(&self, reply: &[u8], fault: Option<Fault>) -> Parcel {
        let delay = self.delay();
        let head = |length: usize| Parcel::new(&reply[..length.min(reply.len() - 1)], delay);
        match fault {
            Some(Fault::AnswerAfter(bytes)) => Parcel::new(&bytes, delay),
            Some(Fault::BreakAfter(how)) => Parcel::new(&[], delay).then(Then::Break(how)),
            Some(Fault::DropReply) => Parcel::new(&[], delay).then(Then::Silence),
            Some(Fault::CutReply(length, how)) => head(length).then(Then::Break(how)),
            Some(Fault::StallReply(length)) => head(length).then(Then::Silence),
            Some(Fault::DripReply(bytes, pause)) => {
                Parcel::new(reply, delay).dripping(Some(Drip { bytes, pause }))
            }
            Some(Fault::DelayReply(more)) => Parcel::new(reply, delay + more),
            // The others happen before the server.
            _ => Parcel::new(reply, delay),
        }
    }

    fn delay(&self) -> Duration {
        self.state.weather.borrow().delay
    }

    async fn send(&self, parcel: Parcel) {
        let _ = self.to_client.send(parcel).await;
    }
}
