//! What keys chosen to collide cost: inserts of 100,000 keys that all have one hash under an
//! unseeded function, beside as many random keys.
//!
//! `cargo run --release -p cache-memory --example collisions`
#![expect(clippy::disallowed_methods, reason = "it measures")]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::time::{Duration, Instant};

use cache_core::{CacheBackend, Error, Key, SetOptions};
use cache_memory::{Bound, Memory, Options};

#[path = "../tests/colliding/mod.rs"]
mod colliding;

const KEYS: usize = 100_000;
const ROUNDS: usize = 21;

fn main() -> Result<(), Error> {
    let (colliding, random) = (colliding::keys(KEYS), colliding::random_keys(KEYS));
    let hash = colliding::unseeded_hash(&colliding[0]);
    assert!(colliding.iter().all(|key| colliding::unseeded_hash(key) == hash));
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let (hard, easy) = (insert(&colliding)?, insert(&random)?);
        ratios.push(hard.as_secs_f64() / easy.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let (least, median, most) = (ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    println!("inserts of {KEYS} colliding keys take {median:.3} × those of random keys");
    println!("median of {ROUNDS} interleaved rounds; least {least:.3}, most {most:.3}");
    Ok(())
}

fn insert(keys: &[String]) -> Result<Duration, Error> {
    let memory = Memory::open(Options::new().bound(Bound::Entries(2 * KEYS as u64)))?;
    let start = Instant::now();
    for key in keys {
        let stored = memory.set(Key::new(key)?, "v".into(), SetOptions::new());
        stored.try_ready().expect("memory is never pending")?;
    }
    Ok(start.elapsed())
}
