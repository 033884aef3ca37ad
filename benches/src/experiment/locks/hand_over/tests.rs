use std::sync::Mutex;

use super::*;

fn outcome(seconds: f64, p99: f64, shares: &[usize]) -> Outcome {
    let waits = Quantiles { p50: p99 / 2.0, p99, most: p99 };
    Outcome { seconds, waits, shares: shares.to_vec(), overlaps: 0 }
}

const PLAN: Plan = Plan { tasks: 4, grants: 100, hold: Duration::from_micros(10) };

/// Lets everybody in.
#[derive(Clone)]
struct Open;

impl Lock for Open {
    type Held = ();

    async fn acquire(&self) -> Result<()> {
        Ok(())
    }

    async fn release(&self, (): ()) -> Result<()> {
        Ok(())
    }
}

/// Lets one in, and counts who asks.
#[derive(Clone, Default)]
struct Fair(Arc<tokio::sync::Mutex<()>>, Arc<Mutex<usize>>);

impl Lock for Fair {
    type Held = tokio::sync::OwnedMutexGuard<()>;

    async fn acquire(&self) -> Result<Self::Held> {
        *self.1.lock().unwrap() += 1;
        Ok(Arc::clone(&self.0).lock_owned().await)
    }

    async fn release(&self, held: Self::Held) -> Result<()> {
        drop(held);
        Ok(())
    }
}

fn on<L: Lock>(lock: &L) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(HandOver(PLAN).on(lock)).unwrap()
}

#[test]
fn grants_are_as_many_as_were_asked_for_and_every_task_ends() {
    let fair = Fair::default();
    // So short a hand-over may be over before a task has begun.
    let outcome = on(&fair).check(Kind::Rslock, PLAN).unwrap();
    assert_eq!((outcome.grants(), outcome.shares.len()), (100, 4));
    // Each task asks once more, to find that it is over.
    assert_eq!(*fair.1.lock().unwrap(), 104);
    assert!(outcome.seconds > 0.0);
}

#[test]
fn lock_that_lets_everybody_in_is_found_out() {
    // Every holder yields, so another is let in between even on one thread.
    let error = on(&Open).check(Kind::Mutex, PLAN).unwrap_err().to_string();
    assert!(error.contains("two held the name at once"), "{error}");
}

#[test]
fn task_without_a_grant_is_an_error_unless_none_was_promised() {
    let starved = outcome(1.0, 1.0, &[50, 50, 0, 0]);
    let error = starved.clone().check(Kind::Redis, PLAN).unwrap_err().to_string();
    assert!(error.contains("a task had no grant"), "{error}");
    assert!(starved.check(Kind::Rslock, PLAN).is_ok());
    let short = outcome(1.0, 1.0, &[25, 25, 25, 24]);
    assert!(short.check(Kind::Rslock, PLAN).unwrap_err().to_string().contains("99 grants of 100"));
}

#[test]
fn targets_compare_with_the_mutex_and_with_the_mean() {
    // The mutex, memory, redis, fred, rslock.
    let seconds = [1.0, 1.0, 2.0, 4.0, 1.25];
    let shares = [[25; 4], [25; 4], [25; 4], [10, 30, 30, 30], [1, 33, 33, 33]];
    let outcomes = seconds.iter().zip(&shares).map(|(seconds, shares)| {
        let hand_over = seconds * 1e3 / 100.0;
        vec![outcome(*seconds, hand_over * 8.0, shares); 9]
    });
    let targets = targets(&outcomes.collect::<Vec<_>>());
    let found = |place: usize| targets[place].found.unwrap().median;
    assert_eq!([found(0), found(3), found(6)], [1.0, 0.5, 0.25]);
    assert_eq!([found(1), found(4), found(7)], [2.0; 3]);
    assert_eq!([found(2), found(5), found(8)], [1.0, 1.0, 0.4]);
    assert_eq!((targets[9].what.contains("Mutex"), found(9)), (true, 2.0));
    assert_eq!(targets[0].rslock.unwrap().median, 0.8);
    assert_eq!(targets[2].rslock.unwrap().median, 0.04);
}
