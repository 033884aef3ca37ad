//! A backend by somebody else, whole: its options, itself, its use, and (`cargo test`) its proof.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_core::{Backend, CacheBackend, Capabilities, Condition, Error, ErrorKind::OutOfMemory};
use cache_core::{Key, Lifecycle, Reply, SetOptions, SetOutcome, check_value};

/// What `config` holds: how many entries there may be.
#[derive(serde::Deserialize)]
struct ShelfOptions {
    room: usize,
}
/// Values, each with the instant at which it expires.
type Map = HashMap<String, (Bytes, Duration)>;
type Clock = Box<dyn Fn() -> Duration + Send + Sync>;
/// A map that refuses what it has no room for; `None` after a stop.
struct Shelf {
    map: Mutex<Option<Map>>,
    options: ShelfOptions,
    clock: Clock,
}
impl Lifecycle for Shelf {
    fn name(&self) -> &str {
        "shelf"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::none()
    }
    fn stop(&self) -> Reply<'_, ()> {
        *self.map.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Reply::ok(())
    }
}
impl CacheBackend for Shelf {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.step("get", |map, _| Ok(map.get(key.as_str()).map(|(value, _)| value.clone())))
    }
    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.step("set", |map, now| {
            check_value(&value)?;
            let end = options.ttl.to_millis()?.map(|left| now + Duration::from_millis(left.get()));
            let name = key.as_str();
            match options.condition {
                Condition::Always if map.len() < self.options.room || map.contains_key(name) => {}
                Condition::Always => return Err(Error::not_applied(OutOfMemory, "full")),
                _ => return Err(Error::unsupported("shelf", "set")),
            }
            map.insert(name.to_owned(), (value, end.unwrap_or(Duration::MAX)));
            Ok(SetOutcome::Stored)
        })
    }
    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.step("delete", |map, _| Ok(map.remove(key.as_str()).is_some()))
    }
}
impl Shelf {
    /// One step on the entries that have not expired.
    fn step<T>(
        &self,
        operation: &'static str,
        step: impl FnOnce(&mut Map, Duration) -> Result<T, Error>,
    ) -> Reply<'_, T> {
        let mut map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(map) = &mut *map else { return Reply::err(Error::stopped("shelf", operation)) };
        let now = (self.clock)();
        map.retain(|_, (_, end)| now < *end);
        let named = |error: Error| error.with_operation(operation).with_backend("shelf");
        Reply::ready(step(map, now).map_err(named))
    }
}
fn open(options: ShelfOptions, clock: Clock) -> Result<Backend, Error> {
    Ok(Backend::new(Arc::new(Shelf { map: Mutex::new(Some(Map::new())), options, clock })))
}
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a clock, and what came back")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut registry = cache_facade::Registry::new();
    registry.register("shelf", move |options| async move {
        open(options, Box::new(move || start.elapsed()))
    })?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, "type = 'shelf'\nconfig.room = 100")?;
    let settings = cache_facade::Settings::load_file(&file)?; // and CACHE__… over it
    let cache = cache_facade::open_with(&registry, settings).await?;
    cache.set("greeting", "hello").await?;
    println!("{} holds {:?}", cache.backend().cache.name(), cache.get("greeting").await?);
    Ok(cache.stop().await?)
}
#[cfg(test)]
cache_conformance::suite!(
    harness = cache_conformance::ManualHarness::new(|clock| open(
        ShelfOptions { room: 100_000 },
        Box::new(move || clock.now())
    ))
);
