//! The socket below a connection.
//!
//! redis-rs can open one too. It keeps the task behind it to itself then, which is what tells
//! whether a command was sent, and its TLS takes process-wide settings.

use std::io;
#[cfg(unix)]
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;

/// Silence after which the kernel asks whether the server is there, and between two such questions.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How often the kernel asks before it gives the socket up.
#[cfg(target_os = "linux")]
const KEEPALIVE_QUESTIONS: u32 = 3;

/// How long sent bytes may stay unacknowledged before the kernel gives the socket up. It backs the
/// supervision up, which replaces a silent connection earlier.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes both ways, of whatever kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {}

/// A stream from which nothing is read before something was written.
///
/// A server that has too many clients says so at once and closes. redis-rs drops what comes before a
/// command is under way; held back, it answers the first one.
pub(crate) struct Patient<S> {
    stream: S,
    has_written: bool,
    reader: Option<Waker>,
}

impl<S> Patient<S> {
    /// Holds back what comes until the first bytes are written.
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, has_written: false, reader: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_written {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        self.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() && !self.has_written {
            self.has_written = true;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Connects to the first of the addresses of a host that answers. All are tried at once, since the
/// one that is asked first may be the one that leads nowhere.
pub(crate) async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    for address in lookup_host((host, port)).await? {
        attempts.spawn(TcpStream::connect(address));
    }
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok(Ok(stream)) => return prepared(stream),
            Ok(Err(error)) => failure = error,
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

/// Small commands are not held back to be sent together, and a dead peer is noticed.
fn prepared(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(&stream);
    socket.set_tcp_keepalive(&keepalive())?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    Ok(stream)
}

/// The same for a socket that redis-rs opens.
pub(crate) fn settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive());
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(USER_TIMEOUT);
    settings
}

fn keepalive() -> TcpKeepalive {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    #[cfg(target_os = "linux")]
    let keepalive = keepalive.with_interval(KEEPALIVE).with_retries(KEEPALIVE_QUESTIONS);
    keepalive
}

/// Connects to a socket in the file system.
#[cfg(unix)]
pub(crate) async fn unix(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path).await
}
