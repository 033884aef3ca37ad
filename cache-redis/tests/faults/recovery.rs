//! What works again, how soon, with how many attempts; and that nothing was executed twice.
//!
//! `CACHE_FAULTS_ROUNDS=200` makes the long form, in which how soon is asserted: on a machine that does
//! little else. `--nocapture` shows the figures.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Effect, ErrorKind};
use redis_fixture::{Break, Endpoint, Fault, Proxy, Server, ServerOptions, When, lease};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::driver::Options;
use crate::support::{
    EVERYTHING, PASSWORD, UNHURRIED, USER, admin, eventually, get, increment, let_in, limited,
    opened, pause, percentile, proxied, ready, rounds, summary, url,
};

/// How soon a server that is back is noticed: 99 times of a hundred, and at the latest.
const SOON: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(5);

/// Attempts to connect in any second.
const ATTEMPTS: usize = 20;

/// A busy machine accepts the first of them late, and those that follow in time.
const ALLOWANCE: usize = 6;

/// The variable that makes the long form.
const ROUNDS: &str = "CACHE_FAULTS_ROUNDS";

fn all_rounds(few: usize) -> usize {
    rounds(ROUNDS, few)
}

fn is_long_form() -> bool {
    std::env::var_os(ROUNDS).is_some()
}

/// The most that lie within one second, however it is cut; they are in their order.
fn most_in_a_second(times: &[std::time::Instant]) -> usize {
    let within = |(first, begin): (usize, &std::time::Instant)| {
        let rest = times[first..].iter();
        rest.take_while(|time| time.duration_since(*begin) < Duration::from_secs(1)).count()
    };
    times.iter().enumerate().map(within).max().unwrap_or_default()
}

#[test]
fn seconds_are_cut_wherever_most_attempts_are() {
    let begin = Instant::now().into_std();
    let at = |millis: &[u64]| {
        let at = |millis: &u64| begin + Duration::from_millis(*millis);
        most_in_a_second(&millis.iter().map(at).collect::<Vec<_>>())
    };
    assert_eq!(at(&[]), 0);
    assert_eq!(at(&[0, 900, 1000, 1100, 1899, 1901]), 4);
}

/// A backend that calls all the time, and what it has seen.
struct Patient {
    backend: Backend,
    proxy: Proxy,
    times: Vec<Duration>,
    start: Instant,
    before: usize,
}

impl Patient {
    async fn of(server: &Endpoint) -> Self {
        let proxy = proxied(server).await;
        let options = Options::new().url(url(&proxy.address()));
        let backend = opened(options.deadline(Duration::from_millis(500)));
        ready(&backend).await;
        let before = proxy.accepted_at().len();
        Self { backend, proxy, times: Vec::new(), start: Instant::now(), before }
    }

    /// Calls until one fails.
    async fn suffer(&self) {
        eventually("a failure", async || increment(&self.backend, "number").await.err()).await;
    }

    /// Calls until one succeeds; when that was.
    async fn recover(&self) -> Instant {
        eventually("a success", async || increment(&self.backend, "number").await.ok()).await;
        Instant::now()
    }

    /// Eight callers, for a second, of whom nobody waits for another: attempts are few all the same.
    async fn besiege(&self) {
        let start = Instant::now();
        let mut callers = JoinSet::new();
        for _ in 0..8 {
            let backend = self.backend.clone();
            callers.spawn(async move {
                while start.elapsed() < Duration::from_secs(1) {
                    increment(&backend, "number").await.expect_err("the server is down");
                    pause(Duration::from_millis(1)).await;
                }
            });
        }
        callers.join_all().await;
        self.attempts_are_few("besieged");
    }

    /// Attempts to connect, since the backend worked for the first time.
    fn attempts_are_few(&self, what: &str) -> usize {
        let times = self.proxy.accepted_at().split_off(self.before);
        let most = most_in_a_second(&times);
        let bound = if is_long_form() { ATTEMPTS } else { ATTEMPTS + ALLOWANCE };
        assert!(most <= bound, "{what}: {most} attempts in a second");
        most
    }

    fn note(&mut self, back: Instant, recovered: Instant) {
        self.times.push(recovered.saturating_duration_since(back));
    }

    /// What all rounds together must be.
    fn judge(mut self, what: &str) {
        let seconds = self.start.elapsed().as_secs_f64();
        let (attempts, most) =
            (self.proxy.accepted_at().len() - self.before, self.attempts_are_few(what));
        println!(
            "{what}: {}; {attempts} attempts in {seconds:.1} s, {most} in a second at most",
            summary(&mut self.times)
        );
        if is_long_form() {
            let p99 = percentile(&self.times, 99);
            assert!(p99 <= SOON, "{what}: {:?}", self.times);
            assert!(self.times.iter().all(|time| *time <= LATEST), "{what}: {:?}", self.times);
        }
    }
}

/// Calls until so many more have failed.
async fn failures(patient: &Patient, count: usize) {
    for _ in 0..count {
        patient.suffer().await;
    }
}

/// Waits until the server answers somebody who does nothing but ask; when that was.
async fn answers(server: &Endpoint) -> Instant {
    let ask = async || {
        let mut stream = TcpStream::connect(server.address()).await.ok()?;
        stream.write_all(b"PING\r\n").await.ok()?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.ok()?;
        (answer == *b"+PONG\r\n").then(Instant::now)
    };
    eventually("the server answers", ask).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_that_was_killed_is_used_as_soon_as_it_is_back() {
    // The user is in the command line: nothing else survives.
    let options = ServerOptions::new().user(USER, PASSWORD, &EVERYTHING.join(" "));
    let server = options.start().await.unwrap();
    let mut patient = Patient::of(&server).await;
    for _ in 0..all_rounds(3) {
        server.kill().await.unwrap();
        patient.suffer().await;
        patient.besiege().await;
        let (restarted, back, recovered) =
            tokio::join!(server.restart(), answers(&server), patient.recover());
        restarted.unwrap();
        patient.note(back, recovered);
    }
    patient.judge("killed and started again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_that_was_frozen_is_used_as_soon_as_it_is_back() {
    let server = ServerOptions::new().start().await.unwrap();
    let mut patient = Patient::of(&server).await;
    for round in 0..all_rounds(4) {
        server.freeze().await.unwrap();
        patient.suffer().await;
        // Now the connection lives through it, and now it is given up and nobody can open another.
        if round % 2 == 1 {
            failures(&patient, 8).await;
        }
        let (thawed, back, recovered) =
            tokio::join!(server.thaw(), answers(&server), patient.recover());
        thawed.unwrap();
        patient.note(back, recovered);
    }
    patient.judge("frozen and thawed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_that_was_rotated_and_back_is_used_as_soon_as_it_is_right() {
    let server = lease().await;
    let mut patient = Patient::of(&server).await;
    for _ in 0..all_rounds(5) {
        let_in(&server, "another", EVERYTHING).await;
        throw_out(&server).await;
        let is_denied = async || {
            let error = increment(&patient.backend, "number").await.err()?;
            (error.kind() == ErrorKind::Denied).then_some(error.effect())
        };
        let effect = eventually("the password is wrong", is_denied).await;
        assert_eq!(effect, Effect::NotApplied);
        pause(Duration::from_millis(300)).await;
        let_in(&server, PASSWORD, EVERYTHING).await;
        let back = Instant::now();
        let recovered = patient.recover().await;
        patient.note(back, recovered);
    }
    patient.judge("password rotated and back");
}

async fn throw_out(server: &Endpoint) {
    admin(server, &["CLIENT", "KILL", "USER", USER]).await;
}

/// Behind one address, a replica is promoted, and the primary becomes its replica.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replica_that_was_promoted_is_used_at_once() {
    let options = || ServerOptions::new().setting("repl-diskless-sync-delay", &["0"]);
    let (one, two) = (options().start().await.unwrap(), options().start().await.unwrap());
    let (mut primary, mut replica): (&Server, &Server) = (&one, &two);
    let mut patient = Patient::of(primary).await;
    let_in(replica, PASSWORD, EVERYTHING).await;
    replica.replica_of(primary).await.unwrap();
    for _ in 0..all_rounds(2) {
        replica.promote().await.unwrap();
        patient.proxy.retarget(replica.address());
        let noticed = async {
            patient.suffer().await;
            (Instant::now(), patient.recover().await)
        };
        let (demoted, (back, recovered)) = tokio::join!(primary.replica_of(replica), noticed);
        demoted.unwrap();
        patient.note(back, recovered);
        (primary, replica) = (replica, primary);
    }
    patient.judge("replica promoted");
}

/// How calls ended.
#[derive(Debug, Default)]
struct Tally {
    succeeded: u64,
    unknown: u64,
}

/// Eight increments at once.
async fn burst(backend: &Arc<Backend>, tally: &mut Tally) {
    let mut calls = JoinSet::new();
    for _ in 0..8 {
        let backend = Arc::clone(backend);
        calls.spawn(async move { limited("a call", increment(&backend, "number")).await });
    }
    for outcome in calls.join_all().await {
        match outcome {
            Ok(_) => tally.succeeded += 1,
            Err(error) if error.effect() == Effect::Unknown => tally.unknown += 1,
            Err(_) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_executed_twice_however_replies_are_cut() {
    let late = Duration::from_millis(600);
    let faults = [
        Fault::BreakAfter(Break::Close),
        Fault::BreakAfter(Break::Reset),
        Fault::CutReply(1, Break::Close),
        Fault::CutReply(3, Break::Reset),
        Fault::DropReply,
        Fault::StallReply(2),
        Fault::DelayReply(late),
        Fault::DelayCommand(late),
        Fault::garbage(),
        Fault::BreakBefore(Break::Close),
        Fault::BreakBefore(Break::Reset),
        Fault::CutCommand(20),
        Fault::DropCommand,
    ];
    let server = lease().await;
    let proxy = proxied(&server).await;
    let options = Options::new().url(url(&proxy.address()));
    let backend = Arc::new(opened(options.deadline(Duration::from_millis(300))));
    let mut tally = Tally::default();
    ready(&backend).await;
    let auditor = opened(Options::new().url(server.url()).deadline(UNHURRIED));
    // The server knows the script from here on: each call is one command.
    let first = increment(&auditor, "number").await.unwrap();
    let sent = proxy.commands("EVALSHA");
    for round in 0..all_rounds(2) {
        for (number, fault) in faults.iter().enumerate() {
            proxy.inject(
                When::command("EVALSHA").nth(1 + (round + number) as u64 % 8),
                fault.clone(),
            );
            burst(&backend, &mut tally).await;
            // Only `GET`s, so that no increment is behind it.
            eventually("it works again", async || get(&backend, "number").await.ok()).await;
            proxy.heal().await;
        }
    }
    // What was delayed has arrived.
    pause(2 * late).await;
    let counted = get(&auditor, "number").await.unwrap().unwrap();
    let counted: u64 = std::str::from_utf8(&counted).unwrap().parse().unwrap();
    let counted = counted - first.unsigned_abs();
    let sent = proxy.commands("EVALSHA") - sent;
    println!("{tally:?}, {sent} sent, {counted} counted");
    let Tally { succeeded, unknown } = tally;
    assert!(unknown > 0 && succeeded > 0);
    assert!(
        (succeeded..=succeeded + unknown).contains(&counted),
        "{counted} of {succeeded} + {unknown}"
    );
    assert!(sent <= succeeded + unknown, "{sent} commands for {succeeded} + {unknown} calls");
}
