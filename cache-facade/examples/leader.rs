//! Several candidates want to lead; the leader is killed, the next resigns, and each time another
//! takes over.
//!
//! ```text
//! cargo run -p cache-facade --features locks --example leader
//! cargo run -p cache-facade --features locks,redis --example leader -- --config cache.toml
//! ```

#[path = "contenders/contenders.rs"]
mod contenders;

use std::process::ExitCode;
use std::time::Duration;

use cache_facade::{Cache, ElectionOptions};
use contenders::{Example, Failure, Play, Worker, label};

/// So long nobody leads at most when a leader was killed.
const TTL: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    contenders::main::<Elected>()
}

struct Elected;

impl Example for Elected {
    const NAME: &str = "leader";
    const DOES: &str = "Several candidates want to lead; one leader is killed, and one resigns.";
    const WORKERS: usize = 3;

    async fn work(worker: Worker, cache: Cache) -> Result<(), Failure> {
        work(worker, cache).await
    }

    fn play(play: &mut Play<'_>) -> Result<(), Failure> {
        self::play(play)
    }
}

async fn work(mut worker: Worker, cache: Cache) -> Result<(), Failure> {
    let options = ElectionOptions::new().ttl(TTL).candidate(worker.label());
    let election = cache.locks().election("example: scheduler", options);
    let leadership = election.campaign().await?;
    let seen = election.leader().await?.ok_or("somebody leads")?.candidate;
    worker
        .say(&format!("leads {} {seen}", leadership.term().ok_or("the backend has no terms")?))?;
    // What a leader does, for as long as it leads: here it ends when it is told to.
    leadership.run(worker.order()).await?;
    leadership.resign().await?;
    Ok(())
}

/// The next leader, whose term has to be above the last.
fn elected(play: &mut Play<'_>, last: &mut u64) -> Result<usize, Failure> {
    let (who, rest) = play.next("leads")?.ok_or("nobody leads any more")?;
    let (term, seen) = rest.split_once(' ').ok_or("a line unheard of")?;
    let term: u64 = term.parse()?;
    if term <= *last || seen != label(who) {
        return Err(format!(
            "{} leads in term {term} after {last}, and {seen} is seen",
            label(who)
        )
        .into());
    }
    let after = if *last == 0 { String::new() } else { format!(" {} after", play.since_free()) };
    play.say(&format!("{} leads{after}, term {term}", label(who)))?;
    *last = term;
    Ok(who)
}

fn play(play: &mut Play<'_>) -> Result<(), Failure> {
    let mut last = 0;
    let first = elected(play, &mut last)?;
    play.kill(first)?;
    play.say(&format!("{} is killed; its lease goes on for {TTL:?} at most", label(first)))?;
    let second = elected(play, &mut last)?;
    play.is_free_now();
    play.order(second, "resign")?;
    play.say(&format!("{} resigns; nobody waits for its lease to end", label(second)))?;
    let third = elected(play, &mut last)?;
    play.order(third, "resign")?;
    play.say(&format!("{} resigns, the last", label(third)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lead_one_after_the_other() {
        let mut out = Vec::new();
        contenders::run::<Elected>(["leader".into()], &mut out).unwrap();
        let told = String::from_utf8(out).unwrap();
        let lines = |part: &str| told.lines().filter(|line| line.contains(part)).count();
        let found = [lines(" leads"), lines("is killed"), lines(" after, term "), lines("resigns")];
        assert_eq!(found, [3, 1, 2, 2], "{told}");
    }
}
