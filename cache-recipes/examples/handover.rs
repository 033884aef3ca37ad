//! How fast, and how fairly, a lock goes from task to task: beside a mutex of tokio in the same
//! run.
//!
//! `cargo run --release -p cache-recipes --features locks --example handover`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_memory::{Memory, Options};
use cache_recipes::{LockOptions, Locks};
use tokio::sync::Mutex;

const TASKS: usize = 16;
const ROUND: Duration = Duration::from_secs(2);
const HOLD: Duration = Duration::from_millis(1);

/// What a round has shown.
struct Figures {
    grants: usize,
    waits: Vec<Duration>,
    least_share: f64,
    mean: Duration,
}

fn spin() {
    let begun = Instant::now();
    while begun.elapsed() < HOLD {
        std::hint::spin_loop();
    }
}

async fn round<F, Fut>(hold: F) -> Figures
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Duration> + Send,
{
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let hold = hold.clone();
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while begun.elapsed() < ROUND {
                waits.push(hold().await);
                tokio::task::yield_now().await;
            }
            waits
        });
    }
    let waits = tasks.join_all().await;
    let took = begun.elapsed();
    let grants: usize = waits.iter().map(Vec::len).sum();
    let least = waits.iter().map(Vec::len).min().unwrap_or(0);
    let least_share = least as f64 * TASKS as f64 / grants as f64;
    let mut waits: Vec<_> = waits.concat();
    waits.sort_unstable();
    Figures { grants, waits, least_share, mean: took / grants as u32 }
}

fn show(name: &str, figures: &Figures) {
    let at = |share: f64| figures.waits[((figures.waits.len() - 1) as f64 * share) as usize];
    println!(
        "{name:6} {:5.0} grants/s  wait p50 {:>9.3?} p99 {:>9.3?} max {:>9.3?}  hand-over {:>9.3?}  \
         p99 / (16 hand-overs) {:.2}  least share {:.2}",
        figures.grants as f64 / ROUND.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
        figures.mean,
        at(0.99).as_secs_f64() / (TASKS as f64 * figures.mean.as_secs_f64()),
        figures.least_share,
    );
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    for _ in 0..3 {
        let mutex = Arc::new(Mutex::new(()));
        let by_mutex = round(move || {
            let mutex = Arc::clone(&mutex);
            async move {
                let asked = Instant::now();
                let _guard = mutex.lock().await;
                let waited = asked.elapsed();
                spin();
                waited
            }
        })
        .await;
        show("mutex", &by_mutex);
        let locks = Locks::new(&Memory::open(Options::new()).unwrap().into_backend());
        let by_locks = round(move || {
            let locks = locks.clone();
            async move {
                let asked = Instant::now();
                let guard = locks.acquire("job", LockOptions::new()).await.unwrap();
                let waited = asked.elapsed();
                spin();
                guard.release().await.unwrap();
                waited
            }
        })
        .await;
        show("locks", &by_locks);
        println!("grants: {:.3} of the mutex's", by_locks.grants as f64 / by_mutex.grants as f64);
    }
}
