//! The steps, each told in plain words with what came back.

use std::io::Write;
use std::time::Duration;

use cache_facade::{Bytes, Cache, Condition, Error, ErrorKind, Ttl};

use crate::Failure;

const SECOND: Duration = Duration::from_secs(1);

/// Goes through all steps, in a namespace of its own that is empty afterwards, and stops the
/// cache. `pause` lets time pass.
pub(crate) async fn show(
    cache: &Cache,
    default_ttl: Ttl,
    pause: impl AsyncFn(Duration),
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let mut teller = Teller(out);
    let name = cache.backend().cache.name();
    teller.say(&format!(
        "Opened the backend `{name}`. By default an entry lives {}.",
        how_long(default_ttl)
    ))?;
    let cache = cache.namespace("quickstart")?;
    one_entry(&cache, &mut teller).await?;
    expiry(&cache, pause, &mut teller).await?;
    several_entries(&cache, &mut teller).await?;
    counter(&cache, &mut teller).await?;
    conditions(&cache, &mut teller).await?;
    end(&cache, &mut teller).await
}

async fn one_entry(cache: &Cache, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.say("\nOne entry")?;
    let stored = cache.set_with("greeting", "hello", 60 * SECOND).await;
    teller.step("set greeting to \"hello\" for 60s", stored, |_| "stored".to_owned())?;
    teller.step("get greeting", cache.get("greeting").await, found)?;
    let stored = cache.set("greeting", "good morning").await;
    teller.step("set greeting to \"good morning\"", stored, |()| "stored over it".to_owned())?;
    teller.step("get greeting", cache.get("greeting").await, found)?;
    teller.step("delete greeting", cache.delete("greeting").await, removed)?;
    teller.step("get greeting", cache.get("greeting").await, found)
}

async fn expiry(
    cache: &Cache,
    pause: impl AsyncFn(Duration),
    teller: &mut Teller<'_>,
) -> Result<(), Failure> {
    teller.say("\nAn entry that expires")?;
    let stored = cache.set_with("session", "open", SECOND).await;
    teller.step("set session to \"open\" for 1s", stored, |_| "stored".to_owned())?;
    teller.step("ttl of session", cache.ttl("session").await, time_left)?;
    teller.step("get session", cache.get("session").await, found)?;
    pause(SECOND).await;
    teller.step("get session 1s later", cache.get("session").await, found)
}

async fn several_entries(cache: &Cache, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.say("\nSeveral entries at once")?;
    let stored = cache.set_many([("user:1", "Ada"), ("user:2", "Grace")]).await;
    teller.step("set user:1 and user:2", stored, |answers| {
        format!("{} of {} stored", answers.iter().flatten().count(), answers.len())
    })?;
    let users = cache.get_many(["user:1", "user:2", "user:3"]).await;
    teller.step("get user:1, user:2 and user:3", users, |answers| {
        let told =
            answers.into_iter().map(|answer| answer.map_or_else(|error| failed(&error), found));
        told.collect::<Vec<_>>().join(", ")
    })?;
    let cleared = cache.clear_prefix("user:").await;
    teller.step("clear what begins with user:", cleared, |count| format!("{count} removed"))
}

async fn counter(cache: &Cache, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.say("\nA counter")?;
    teller.step("add 1 to visits", cache.increment("visits", 1).await, |sum| sum.to_string())?;
    teller.step("add 41 to visits", cache.increment("visits", 41).await, |sum| sum.to_string())
}

async fn conditions(cache: &Cache, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.say("\nConditions")?;
    let stored = |stored| if stored { "stored" } else { "not stored" }.to_owned();
    teller.step("add seat = \"Ada\" if absent", cache.add("seat", "Ada").await, stored)?;
    teller.step("add seat = \"Grace\" if absent", cache.add("seat", "Grace").await, stored)?;
    let if_ada = Condition::IfEquals(Bytes::from("Ada"));
    let answer = cache.set_with("seat", "Grace", if_ada).await;
    teller.step("set seat to \"Grace\" if it is \"Ada\"", answer, |outcome| {
        stored(outcome.is_stored())
    })?;
    teller.step("take seat", cache.take("seat").await, found)
}

async fn end(cache: &Cache, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.say("\nThe end")?;
    let cleared = cache.clear_namespace().await;
    teller.step("clear the namespace", cleared, |_| "empty".to_owned())?;
    teller.step("stop", cache.stop().await, |()| "stopped".to_owned())?;
    let late = match cache.get("greeting").await {
        Err(error) if error.kind() == ErrorKind::Stopped => "refused, the cache is stopped",
        Ok(_) | Err(_) => return Err("a stopped cache must refuse every call".into()),
    };
    teller.say(&format!("  get greeting: {late}"))
}

/// Writes what was asked and what came back.
struct Teller<'a>(&'a mut (dyn Write + Send));

impl Teller<'_> {
    fn say(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.0, "{line}")?)
    }

    /// Tells a step. What a backend lacks is told too, and the example goes on.
    fn step<T>(
        &mut self,
        asked: &str,
        answer: Result<T, Error>,
        tell: impl FnOnce(T) -> String,
    ) -> Result<(), Failure> {
        let told = match answer {
            Ok(value) => tell(value),
            Err(error) if error.kind() == ErrorKind::Unsupported => failed(&error),
            Err(error) => return Err(error.into()),
        };
        self.say(&format!("  {asked}: {told}"))
    }
}

fn how_long(ttl: Ttl) -> String {
    match ttl {
        Ttl::Never => "until it is removed".to_owned(),
        Ttl::After(duration) => format!("{duration:?}"),
    }
}

fn found(value: Option<Bytes>) -> String {
    value.map_or_else(
        || "nothing".to_owned(),
        |value| format!("{:?}", value.escape_ascii().to_string()),
    )
}

fn removed(there_was_one: bool) -> String {
    if there_was_one { "removed" } else { "there was none" }.to_owned()
}

fn time_left(ttl: Option<Ttl>) -> String {
    match ttl {
        None => "nothing".to_owned(),
        Some(Ttl::Never) => "it does not expire".to_owned(),
        Some(Ttl::After(left)) => format!("{}s at most", left.as_millis().div_ceil(1000)),
    }
}

fn failed(error: &Error) -> String {
    format!("not done, {}", error.detail())
}

#[cfg(test)]
mod tests {
    use cache_facade::memory::{Clock, Memory, Options};
    use pollster::block_on;

    use super::*;

    const TOLD: &str = r#"Opened the backend `memory`. By default an entry lives 300s.

One entry
  set greeting to "hello" for 60s: stored
  get greeting: "hello"
  set greeting to "good morning": stored over it
  get greeting: "good morning"
  delete greeting: removed
  get greeting: nothing

An entry that expires
  set session to "open" for 1s: stored
  ttl of session: 1s at most
  get session: "open"
  get session 1s later: nothing

Several entries at once
  set user:1 and user:2: 2 of 2 stored
  get user:1, user:2 and user:3: "Ada", "Grace", nothing
  clear what begins with user:: 2 removed

A counter
  add 1 to visits: 1
  add 41 to visits: 42

Conditions
  add seat = "Ada" if absent: stored
  add seat = "Grace" if absent: not stored
  set seat to "Grace" if it is "Ada": stored
  take seat: "Grace"

The end
  clear the namespace: empty
  stop: stopped
  get greeting: refused, the cache is stopped
"#;

    #[test]
    fn every_step_comes_back_as_told() {
        let (clock, mock) = Clock::mock();
        let memory = Memory::open(Options::new().clock(clock)).unwrap();
        let ttl = Ttl::After(300 * SECOND);
        let cache = Cache::from_backend(memory.into_backend()).with_default_ttl(ttl);
        let mut out = Vec::new();
        block_on(show(&cache, ttl, async |pause| mock.advance(pause), &mut out)).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), TOLD);
    }
}
