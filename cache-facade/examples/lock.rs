//! Several workers want the same lock; one is killed while it holds it, and another takes over.
//!
//! ```text
//! cargo run -p cache-facade --features locks --example lock
//! cargo run -p cache-facade --features locks,redis --example lock -- --config cache.toml
//! ```

#[path = "contenders/contenders.rs"]
mod contenders;

use std::process::ExitCode;
use std::time::Duration;

use cache_facade::{Cache, LockOptions};
use contenders::{Example, Failure, Play, Worker, label};

/// So long nobody holds the lock at most when a holder was killed.
const TTL: Duration = Duration::from_secs(1);

const WORKERS: usize = 3;

/// How often each wants the lock.
const TURNS: usize = 2;

/// The turn in which the holder is killed.
const KILLED: usize = 3;

fn main() -> ExitCode {
    contenders::main::<Contended>()
}

struct Contended;

impl Example for Contended {
    const NAME: &str = "lock";
    const DOES: &str = "Several workers want the same lock, and one is killed while it holds it.";
    const WORKERS: usize = WORKERS;

    async fn work(worker: Worker, cache: Cache) -> Result<(), Failure> {
        work(worker, cache).await
    }

    fn play(play: &mut Play<'_>) -> Result<(), Failure> {
        self::play(play)
    }
}

async fn work(mut worker: Worker, cache: Cache) -> Result<(), Failure> {
    let options = LockOptions::new().ttl(TTL).holder(worker.label());
    for _ in 0..TURNS {
        let guard = cache.locks().acquire("example: report", options.clone()).await?;
        worker.say(&format!("holds {}", guard.fence().ok_or("the backend has no fences")?))?;
        // The work, for as long as the lock is held: here it ends when it is told to.
        guard.run(worker.order()).await?;
        guard.release().await?;
    }
    Ok(())
}

fn play(play: &mut Play<'_>) -> Result<(), Failure> {
    let (mut last, mut turn) = (0, 0);
    let mut killed = None;
    while let Some((who, fence)) = play.next("holds")? {
        let fence: u64 = fence.parse()?;
        if fence <= last {
            return Err(format!("the fence {fence} came after {last}").into());
        }
        (last, turn) = (fence, turn + 1);
        match killed.take() {
            Some(killed) => {
                let (who, after) = (label(who), play.since_free());
                play.say(&format!(
                    "{who} took over {after} after {killed} was killed, fence {fence}"
                ))?;
            }
            None => play.say(&format!("{} holds the lock, fence {fence}", label(who)))?,
        }
        if turn == KILLED {
            play.kill(who)?;
            play.say(&format!("{} is killed; its lease goes on for {TTL:?} at most", label(who)))?;
            killed = Some(label(who));
        } else {
            play.order(who, "give it back")?;
        }
    }
    play.say("all have had their turns")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(arguments: &[&str]) -> Result<String, String> {
        let mut out = Vec::new();
        let arguments = ["lock"].iter().chain(arguments).map(std::ffi::OsString::from);
        contenders::run::<Contended>(arguments, &mut out).map_err(|failure| failure.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn another_takes_over_from_the_one_that_was_killed() {
        let told = told(&[]).unwrap();
        let lines = |part: &str| told.lines().filter(|line| line.contains(part)).count();
        assert_eq!((lines("is killed"), lines("took over")), (1, 1), "{told}");
        // One killed in its first turn has no second; killed in its second, it has had both.
        assert!(
            (WORKERS * TURNS - 2..WORKERS * TURNS).contains(&lines("holds the lock")),
            "{told}"
        );
        let lines: Vec<_> = told.lines().collect();
        let at = |number: usize| lines[number].trim().split(' ').next().unwrap().parse().unwrap();
        let killed = lines.iter().position(|line| line.contains("is killed")).unwrap();
        // The line before tells of its grant, and the one before that of a holder who had not given the
        // lock back yet: so the lease began later than that, however slow the machine is.
        let (before, taken_over): (f64, f64) = (at(killed - 2), at(killed + 1));
        let least = TTL.mul_f64(0.98).as_secs_f64();
        assert!(taken_over - before >= least, "by the end of its lease: {told}");
        assert!(told.ends_with("all have had their turns\n"), "{told}");
    }

    #[test]
    fn help_and_unknown_arguments_are_answered() {
        assert!(told(&["--help"]).unwrap().contains("Usage: lock [--config FILE]"));
        assert!(told(&["--fast"]).unwrap_err().contains("--fast"));
    }
}
