//! Every call ends by its deadline, whatever the network does, and holds nothing for long.
//!
//! `CACHE_FAULTS_CALLS=20000` makes the long form: so many calls, a quarter under each weather.
//! `--nocapture` shows the figures.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Error, ErrorKind, SetOptions, Ttl};
use redis_fixture::{Fault, Proxy, When, lease};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::driver::Options;
use crate::support::{
    checked, get, key, limited, opened, pause, proxied, ready, request, rounds, summary, url,
};

const DEADLINE: Duration = Duration::from_millis(200);

/// How much later than a timer of the same length a call may end. A busy machine is late with both.
const LATE: Duration = Duration::from_secs(1);

/// Calls under way at a time.
const CALLERS: usize = 64;

/// Calls under all weathers together.
const FEW: usize = 1200;

/// A sixth of all calls sends it.
const VALUE: &[u8] = &[b'v'; 256 * 1024];

/// What the process may grow by in the long form: several times of what is under way at a time, and a
/// third of what is sent.
const GROWTH: usize = 64 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_on_frozen_connections_end_by_their_deadline() {
    storm("frozen", async |proxy| {
        loop {
            proxy.freeze();
            pause(2 * DEADLINE).await;
            proxy.thaw();
            pause(DEADLINE / 4).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_dropped_end_by_their_deadline() {
    storm("dropped", async |proxy| strike(proxy, Fault::DropCommand).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_whose_replies_stall_end_by_their_deadline() {
    storm("stalled", async |proxy| strike(proxy, Fault::StallReply(1)).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_whose_bytes_drip_end_by_their_deadline() {
    let drip = Fault::DripReply(1, Duration::from_millis(60));
    storm("dripping", async |proxy| strike(proxy, drip).await).await;
}

/// Connections are opened as ever, and then answer nothing.
async fn strike(proxy: &Proxy, fault: Fault) {
    for command in ["GET", "SET", "EVALSHA", "EVAL"] {
        proxy.inject(When::command(command), fault.clone());
    }
    std::future::pending().await
}

async fn storm(name: &str, weather: impl AsyncFnOnce(&Proxy)) {
    let server = lease().await;
    let proxy = proxied(&server).await;
    let options = Options::new().url(url(&proxy.address())).deadline(DEADLINE);
    let backend = Arc::new(opened(options.connect_timeout(DEADLINE)));
    ready(&backend).await;
    let calls = rounds("CACHE_FAULTS_CALLS", FEW) / 4;
    let (before, start) = (resident(), Instant::now());
    let ended = tokio::select! {
        () = weather(&proxy) => unreachable!("weather goes on"),
        ended = storm_of(&backend, calls) => ended,
    };
    let took = start.elapsed();
    let growth = resident().saturating_sub(before);
    let waited = ended.iter().filter(|ended| ended.time > DEADLINE / 2).count();
    let most = ended.iter().map(Ended::late).max().unwrap_or_default();
    let mut late: Vec<_> = ended.iter().map(|ended| ended.time.saturating_sub(DEADLINE)).collect();
    println!(
        "{name}: {} calls in {took:?}, {waited} waited; beyond the deadline: {}; memory grew by \
         {} KiB",
        ended.len(),
        summary(&mut late),
        growth / 1024
    );
    assert_eq!(ended.len(), calls);
    assert!(waited >= calls / 8, "{name}: {waited} of {calls} calls saw the fault");
    assert!(most <= LATE, "{name}: {most:?} late");
    // In the short form less is sent, and other tests of this process count.
    assert!(growth <= GROWTH || calls <= FEW, "{name}: grew by {growth} bytes");
    proxy.heal().await;
    ready(&backend).await;
}

/// How long a call took, and a timer of its deadline beside it, if that came first.
struct Ended {
    time: Duration,
    timer: Option<Duration>,
}

impl Ended {
    /// By how much the call missed its deadline, less what the machine missed the timer by.
    fn late(&self) -> Duration {
        self.timer.map_or(Duration::ZERO, |timer| self.time.saturating_sub(timer.max(DEADLINE)))
    }

    async fn of(call: impl Future<Output = Result<(), Error>>) -> Self {
        let start = Instant::now();
        let mut call = pin!(limited("a call", call));
        let (outcome, timer) = tokio::select! {
            biased;
            outcome = &mut call => (outcome, None),
            () = pause(DEADLINE) => {
                let timer = start.elapsed();
                (call.await, Some(timer))
            }
        };
        let time = start.elapsed();
        drop(checked(outcome));
        Self { time, timer }
    }
}

/// How each call ended.
async fn storm_of(backend: &Arc<Backend>, calls: usize) -> Vec<Ended> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let backend = Arc::clone(backend);
        callers.spawn(async move {
            let mut all = Vec::new();
            for number in (caller..calls).step_by(CALLERS) {
                let ended = Ended::of(operate(&backend, number)).await;
                let is_early = ended.time < DEADLINE / 4;
                all.push(ended);
                // Who is refused at once comes back when there may be a connection again.
                pause(Duration::from_millis(if is_early { 40 } else { 2 })).await;
            }
            all
        });
    }
    callers.join_all().await.into_iter().flatten().collect()
}

async fn operate(backend: &Backend, number: usize) -> Result<(), Error> {
    let (cache, name) = (&backend.cache, format!("key {number}"));
    let (one, other) = (key(&name), key("other"));
    match number / CALLERS % 6 {
        0 => cache.get(one).await.map(drop),
        1 => cache.set(one, VALUE.into(), SetOptions::new()).await.map(drop),
        2 => cache.increment(one, 1, Ttl::Never).await.map(drop),
        3 => cache.get_many(&[one, other]).await?.into_iter().try_for_each(|one| one.map(drop)),
        4 => backend.locks.as_ref().unwrap().acquire(request(&name)).await.map(drop),
        _ => cache.entry(one).await.map(drop),
    }
}

/// Bytes of this process in memory, where the system tells.
fn resident() -> usize {
    const PAGE: usize = 4096;
    let statistics = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statistics.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * PAGE
}

/// What was given up is held by a driver until its connection is replaced: so long it counts.
#[tokio::test]
async fn calls_that_nobody_answers_are_bounded_in_number() {
    const MOST: usize = 16;
    let server = lease().await;
    let proxy = proxied(&server).await;
    let options = Options::new().url(url(&proxy.address())).connections(1).max_in_flight(MOST);
    let backend = Arc::new(opened(options.deadline(Duration::from_secs(5))));
    ready(&backend).await;
    proxy.freeze();
    let mut calls = JoinSet::new();
    for _ in 0..4 * MOST {
        let backend = Arc::clone(&backend);
        calls.spawn(async move { get(&backend, "key").await.unwrap_err().kind() });
    }
    let kinds = limited("calls", calls.join_all()).await;
    let refused = kinds.iter().filter(|kind| **kind == ErrorKind::Overloaded).count();
    assert_eq!(refused, 3 * MOST, "{kinds:?}");
    proxy.heal().await;
    ready(&backend).await;
    let again = (0..MOST).map(|_| get(&backend, "key"));
    for call in again {
        call.await.expect("what was given up is over");
    }
}
