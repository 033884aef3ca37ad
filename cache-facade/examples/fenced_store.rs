//! A store that remembers the largest fence refuses a worker that was suspended for longer than its
//! lease and writes when it wakes.
//!
//! ```text
//! cargo run -p cache-facade --features locks --example fenced_store
//! cargo run -p cache-facade --features locks,redis --example fenced_store -- --config cache.toml
//! ```

#[path = "contenders/contenders.rs"]
mod contenders;

use std::process::ExitCode;
use std::time::Duration;

use cache_facade::{Cache, LockOptions};
use contenders::{Example, Failure, Play, Worker, label};

/// So long nobody holds the lock at most when its holder is suspended or killed.
const TTL: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    contenders::main::<Fenced>()
}

struct Fenced;

impl Example for Fenced {
    const NAME: &str = "fenced_store";
    const DOES: &str =
        "A worker is suspended and writes too late; the store refuses it by its fence.";
    const WORKERS: usize = 2;

    async fn work(worker: Worker, cache: Cache) -> Result<(), Failure> {
        work(worker, cache).await
    }

    fn play(play: &mut Play<'_>) -> Result<(), Failure> {
        self::play(play)
    }
}

/// What the lock protects. In a database the comparison is part of the statement that writes.
#[derive(Default)]
struct Store {
    seen: u64,
    text: String,
}

impl Store {
    /// Writes, unless somebody with a larger fence has.
    fn write(&mut self, fence: u64, text: &str) -> Result<(), u64> {
        if fence < self.seen {
            return Err(self.seen);
        }
        (self.seen, self.text) = (fence, text.to_owned());
        Ok(())
    }
}

/// Takes the lock and does what it is told to while it believes that it holds it.
async fn work(mut worker: Worker, cache: Cache) -> Result<(), Failure> {
    let options = LockOptions::new().ttl(TTL).holder(worker.label());
    loop {
        let guard = cache.locks().acquire("example: document", options.clone()).await?;
        let fence = guard.fence().ok_or("the backend has no fences")?;
        worker.say(&format!("holds {fence}"))?;
        // It has looked at its guard, and does not look again before it writes.
        match worker.order().await {
            Some(text) => worker.say(&format!("writes {fence} {text}"))?,
            None => return Ok(()),
        }
        // Until it was told what came of it.
        if worker.order().await.is_none() {
            return Ok(());
        }
        worker.say(&format!("released {:?}", guard.release().await?))?;
    }
}

/// A worker takes the lock; its fence.
fn held(play: &mut Play<'_>, after: &str) -> Result<(usize, u64), Failure> {
    let (who, fence) = play.next("holds")?.ok_or("nobody takes the lock any more")?;
    let since =
        if after.is_empty() { String::new() } else { format!(" {} {after}", play.since_free()) };
    play.say(&format!("{} holds the lock{since}, fence {fence}", label(who)))?;
    Ok((who, fence.parse()?))
}

/// A worker writes, as it was told to; whether the store has taken it.
fn write(play: &mut Play<'_>, store: &mut Store, text: &str) -> Result<bool, Failure> {
    let (who, rest) = play.next("writes")?.ok_or("nobody writes any more")?;
    let (fence, written) = rest.split_once(' ').ok_or("a line unheard of")?;
    if written != text {
        return Err(format!("{} wrote {written:?} in place of {text:?}", label(who)).into());
    }
    let answer = store.write(fence.parse()?, written);
    let told = match answer {
        Ok(()) => "taken".to_owned(),
        Err(seen) => format!("REFUSED, as the store has seen {seen}"),
    };
    play.say(&format!("{} writes {written:?} with fence {fence}: {told}", label(who)))?;
    Ok(answer.is_ok())
}

fn play(play: &mut Play<'_>) -> Result<(), Failure> {
    let mut store = Store::default();
    let (slow, first) = held(play, "")?;
    play.order(slow, "be suspended")?;
    play.is_free_now();
    play.say(&format!("{} is suspended: no lease of it is renewed", label(slow)))?;

    let (next, second) = held(play, "later")?;
    play.order(next, "by the next")?;
    let in_turn = write(play, &mut store, "by the next")?;
    play.order(slow, "too late")?;
    let too_late = write(play, &mut store, "too late")?;
    play.order(slow, "give the lock back")?;
    let (_, released) = play.next("released")?.ok_or("the lock is not given back")?;
    play.say(&format!("{} gives the lock back and hears {released}", label(slow)))?;

    play.kill(next)?;
    play.say(&format!("{} is killed; its lease goes on for {TTL:?} at most", label(next)))?;
    let (_, third) = held(play, "after that")?;
    play.order(slow, "in its turn")?;
    let again = write(play, &mut store, "in its turn")?;
    play.say(&format!("the store holds {:?}", store.text))?;
    let is_right = in_turn && !too_late && again && first < second && second < third;
    if is_right { Ok(()) } else { Err("the store took what it had to refuse".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_refuses_the_late_writer_and_takes_the_others() {
        let mut out = Vec::new();
        contenders::run::<Fenced>(["fenced_store".into()], &mut out).unwrap();
        let told = String::from_utf8(out).unwrap();
        let lines = |part: &str| told.lines().filter(|line| line.contains(part)).count();
        assert_eq!(
            [lines("holds the lock"), lines("taken"), lines("REFUSED")],
            [3, 2, 1],
            "{told}"
        );
        assert!(told.contains("hears NotOwner"), "{told}");
        assert!(told.ends_with("the store holds \"in its turn\"\n"), "{told}");
    }

    #[test]
    fn the_store_compares_fences_alone() {
        let mut store = Store::default();
        assert_eq!(store.write(2, "two"), Ok(()));
        assert_eq!(store.write(2, "two again"), Ok(()));
        assert_eq!((store.write(1, "one"), &*store.text), (Err(2), "two again"));
    }
}
