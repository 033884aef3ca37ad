//! A client that hides nothing: it sends words, and tells what it hears, byte for byte.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use redis_fixture::Proxy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long something is waited for that has to come: it decides no test that passes.
const LONG: Duration = Duration::from_secs(60);

/// What came next.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Bytes(String),
    End,
    Error(ErrorKind),
    /// Not a byte for a while.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    /// What was read and not told yet.
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(proxy: &Proxy) -> std::io::Result<Self> {
        Ok(Self::over(TcpStream::connect(proxy.address()).await?))
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// Sends a command; where the connection has ended, that is heard later.
    pub(crate) async fn send(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        let mut bytes = format!("*{}\r\n", words.len());
        for word in words {
            bytes += &format!("${}\r\n{word}\r\n", word.len());
        }
        self.send_bytes(bytes.as_bytes()).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Whatever comes next, in the pieces in which it comes.
    pub(crate) async fn hear(&mut self) -> Heard {
        within(LONG, self.next()).await
    }

    /// The same, where nothing is to be heard.
    pub(crate) async fn hears_nothing(&mut self) -> Heard {
        within(Duration::from_millis(40), self.next()).await
    }

    async fn next(&mut self) -> Heard {
        if self.buffer.is_empty() {
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Heard::End,
                Ok(_) => {}
                Err(error) => return Heard::Error(error.kind()),
            }
        }
        Heard::Bytes(text(&std::mem::take(&mut self.buffer)))
    }

    /// The next reply as a whole, and nothing behind it.
    pub(crate) async fn reply(&mut self) -> String {
        loop {
            if let Some(length) = length_of_reply(&self.buffer) {
                let reply: Vec<_> = self.buffer.drain(..length).collect();
                return text(&reply);
            }
            let read = self.stream.read_buf(&mut self.buffer);
            let read = tokio::select! {
                biased;
                read = read => read,
                () = pass(LONG) => panic!("no reply"),
            };
            assert_ne!(read.unwrap(), 0, "the connection ended before the reply did");
        }
    }

    pub(crate) async fn ask(&mut self, line: &str) -> String {
        self.send(line).await;
        self.reply().await
    }

    #[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
    pub(crate) async fn time(&mut self, line: &str) -> Duration {
        let start = Instant::now();
        self.ask(line).await;
        start.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "real servers take real time")]
pub(crate) async fn pass(duration: Duration) {
    tokio::time::sleep(duration).await;
}

async fn within(limit: Duration, heard: impl Future<Output = Heard>) -> Heard {
    tokio::select! {
        biased;
        heard = heard => heard,
        () = pass(limit) => Heard::Nothing,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How long the first reply is, if all of it has come.
fn length_of_reply(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let number = std::str::from_utf8(&bytes[1..line - 2]).unwrap_or_default().parse::<i64>();
    let members = match (bytes[0], number) {
        (b'$', Ok(length)) if length >= 0 => {
            let end = line + usize::try_from(length).unwrap() + 2;
            return (bytes.len() >= end).then_some(end);
        }
        (b'*' | b'>' | b'~', Ok(members)) => members,
        (b'%', Ok(pairs)) => pairs * 2,
        _ => 0,
    };
    (0..members).try_fold(line, |end, _| Some(end + length_of_reply(&bytes[end..])?))
}
