//! Holders and leaders that are processes, and are killed where they stand.
//!
//! `LOCK_KILLS=1000` and `LEADER_KILLS=1000` make the long forms.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cache_core::Fence;
use cache_recipes::{ElectionOptions, Locks};
use tokio::time::Instant;

use crate::driver::open;
use crate::locks::figures::{Promise, rounds};
use crate::locks::ground::ServerGround;
use crate::locks_over::{inspected, locks, options, pass, soon, together};

/// A busy machine renews it in time, and the short form waits for the end of a few in a row.
const TTL: Duration = Duration::from_secs(1);

/// What two clocks and a round trip may differ by.
const ROUND_TRIP: Duration = Duration::from_millis(2);

/// How long after the end of a lease the next one is to have it.
const PROMISE: Duration = Duration::from_millis(50);

/// How many are killed at a time, each with waiters of its own: fewer where the figures count.
fn lanes(kills: usize) -> usize {
    if kills < 100 { 5 } else { 2 }
}

/// By these a process knows that it is a holder: where its server is, and what it is to hold.
const SERVER: &str = "LOCK_HOLDER_SERVER";
const NAME: &str = "LOCK_HOLDER_NAME";

/// What a process holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Lock,
    Leadership,
}

impl What {
    /// The name of the lock behind it.
    fn lock(self, name: &str) -> String {
        if self == Self::Lock { name.to_owned() } else { format!("election:{name}") }
    }
}

pub(crate) async fn a_killed_holder_is_replaced_when_its_lease_ends(
    ground: &ServerGround,
    test: &str,
) {
    hold_or_kill(ground, test, What::Lock, "LOCK_KILLS").await;
}

pub(crate) async fn a_killed_leader_is_replaced_when_its_lease_ends(
    ground: &ServerGround,
    test: &str,
) {
    hold_or_kill(ground, test, What::Leadership, "LEADER_KILLS").await;
}

async fn hold_or_kill(ground: &ServerGround, test: &str, what: What, variable: &'static str) {
    if let (Ok(server), Ok(name)) = (env::var(SERVER), env::var(NAME)) {
        return hold(ground, what, server, &name).await;
    }
    let kills = rounds(variable, 20);
    let lanes = lanes(kills);
    let killing = (0..lanes).map(|lane| async move {
        let mut late = Vec::new();
        for round in 0..kills.div_ceil(lanes) {
            let name = format!("killed {lane} {round}");
            late.push(kill_one_that_holds(ground, test, what, &name).await);
        }
        late
    });
    let late: Vec<_> = together(killing).await.into_iter().flatten().collect();
    let word = if what == What::Lock { "holder" } else { "leader" };
    let told_of = format!("grant after the end of the lease of a killed {word}");
    Promise::new(variable, PROMISE).judge(&told_of, late);
}

/// A kill that came after the end of the lease says nothing, and is done again.
async fn kill_one_that_holds(
    ground: &ServerGround,
    test: &str,
    what: What,
    name: &str,
) -> Duration {
    const TRIES: usize = 6;
    for number in 0..TRIES {
        if let Some(late) = kill(ground, test, what, &format!("{name} {number}")).await {
            return late;
        }
    }
    panic!("{name}: none of {TRIES} processes in turn held until it was killed");
}

/// The life of a process that holds until it is killed.
#[expect(clippy::print_stdout, reason = "by this the other process knows")]
async fn hold(ground: &ServerGround, what: What, server: String, name: &str) {
    let locks = Locks::new(&open(ground.options().url(server)).unwrap());
    let (fence, _held) = take(&locks, what, name).await;
    // The harness of the tests has begun a line of its own.
    println!("\nholds {}", fence.get());
    std::future::pending::<()>().await;
}

/// Waits for what is to be held; the fence, and what gives it back when it is dropped.
async fn take(locks: &Locks, what: What, name: &str) -> (Fence, Box<dyn std::any::Any + Send>) {
    if what == What::Lock {
        let guard = locks.acquire(name, options().ttl(TTL)).await.unwrap();
        return (guard.fence().unwrap(), Box::new(guard));
    }
    let election = locks.election(name, ElectionOptions::new().ttl(TTL));
    let leadership = election.campaign().await.unwrap();
    (leadership.term().unwrap(), Box::new(leadership))
}

/// Another process, which holds something. It ends with this value.
struct Holder {
    process: Child,
    fence: Fence,
}

impl Holder {
    async fn start(test: &str, server: String, name: &str) -> Self {
        // The first word is the name of this file, which is no part of a test's.
        let test = test.split_once("::").expect("the test is in a module").1;
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture"]).env(SERVER, server).env(NAME, name);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = process.stdout.take().expect("it is piped");
        let holding = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.find_map(|line| line.strip_prefix("holds ")?.parse().ok())
        });
        let fence = soon("a process that holds", holding).await.unwrap();
        Self { process, fence: Fence::new(fence.expect("it ended before it held")) }
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // A test that fails leaves no process behind; one that was killed is gone.
        let _gone = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Kills a process while it holds something for which two others wait. How long after the end of its
/// lease the first of them had it; `None` where a busy machine let the lease end before the kill.
async fn kill(ground: &ServerGround, test: &str, what: What, name: &str) -> Option<Duration> {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let mut holder = Holder::start(test, ground.server().await.url(), name).await;
    let waiters = [&one, &two].map(|locks| tokio::spawn(granted(locks.clone(), what, name.into())));
    // By then it has renewed its lease.
    pass(TTL * 2 / 5).await;
    holder.kill();
    // What it sent last has reached the server.
    pass(ROUND_TRIP).await;
    let asked = Instant::now();
    let state = inspected(&one, &what.lock(name)).await;
    let answered = Instant::now();
    let mut grants = Vec::new();
    for waiter in waiters {
        grants.push(soon("the next turn", waiter).await.unwrap());
    }
    let (granted, fence) = grants.into_iter().min().expect("there are two");
    assert!(fence > holder.fence, "{name}: {fence} came after {}", holder.fence);
    let left = state.filter(|state| state.fence == Some(holder.fence))?.ttl_left;
    assert!(granted + ROUND_TRIP >= asked + left, "{name}: before the lease was over");
    Some(granted.saturating_duration_since(answered + left))
}

/// When something was granted, which is given back at once, and with which fence.
async fn granted(locks: Locks, what: What, name: String) -> (Instant, Fence) {
    let (fence, held) = take(&locks, what, &name).await;
    let granted = Instant::now();
    drop(held);
    (granted, fence)
}
