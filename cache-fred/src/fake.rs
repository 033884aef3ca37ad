//! A server of our own that answers as it is told, where no real one would.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_redis_wire::{Driver, Options, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::connection::Connection;
use crate::driver::FredDriver;

/// Answers every command by its name; none where there is no answer.
pub(crate) type Script = fn(&[String]) -> Option<&'static str>;

pub(crate) struct Fake {
    pub(crate) driver: FredDriver,
    /// The commands that arrived, without those of the login.
    arrived: Arc<Mutex<Vec<String>>>,
    /// How many sockets are open.
    open: watch::Receiver<usize>,
}

impl Fake {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (arrived, (count, open)) = (Arc::<Mutex<_>>::default(), watch::channel(0));
        let arrivals = Arc::clone(&arrived);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.send_modify(|open| *open += 1);
                let (arrived, count) = (Arc::clone(&arrivals), count.clone());
                tokio::spawn(async move {
                    serve(stream, script, &arrived).await;
                    count.send_modify(|open| *open -= 1);
                });
            }
        });
        let options = Options::new().host("127.0.0.1").port(port).protocol(Protocol::Resp2);
        let driver = FredDriver::of_settings(Arc::new(options.check().unwrap()));
        Self { driver, arrived, open }
    }

    pub(crate) async fn dial(&self) -> Connection {
        self.driver.dial().await.unwrap()
    }

    pub(crate) fn arrived(&self) -> Vec<String> {
        self.arrived.lock().unwrap().clone()
    }

    pub(crate) async fn has_open(&mut self, sockets: usize) {
        limited(self.open.wait_for(|open| *open == sockets)).await.unwrap();
    }
}

async fn serve(mut stream: TcpStream, script: Script, arrived: &Mutex<Vec<String>>) {
    let mut buffer = Vec::new();
    loop {
        while let Some(words) = next_command(&mut buffer) {
            if words[0] == "STALL" {
                arrived.lock().unwrap().push(words.join(" "));
            }
            let answer = match words[0].as_str() {
                "PING" | "SELECT" => Some("+OK\r\n"),
                "CLIENT" if words[1] == "ID" => Some(":7\r\n"),
                "CLIENT" | "INFO" => Some("+OK\r\n"),
                _ => script(&words),
            };
            if let Some(answer) = answer
                && stream.write_all(answer.as_bytes()).await.is_err()
            {
                return;
            }
        }
        match stream.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Takes one command from the front, if it is there in full.
fn next_command(buffer: &mut Vec<u8>) -> Option<Vec<String>> {
    let text = String::from_utf8(buffer.clone()).unwrap();
    let mut lines = text.split_inclusive("\r\n");
    let count: usize = lines.next()?.strip_prefix('*')?.strip_suffix("\r\n")?.parse().unwrap();
    let mut used = text.split_inclusive("\r\n").next()?.len();
    let mut words = Vec::new();
    for _ in 0..count {
        let (length, word) = (lines.next()?, lines.next()?);
        used += length.len() + word.len();
        words.push(word.strip_suffix("\r\n")?.to_owned());
    }
    buffer.drain(..used);
    Some(words)
}

/// Waits for `future`, and fails where it hangs.
pub(crate) async fn limited<T>(future: impl Future<Output = T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a guard against hanging")]
    let limited = tokio::time::timeout(Duration::from_secs(20), future).await;
    limited.expect("an end within 20 seconds")
}
