//! The backends that are built in: the one file that knows which features are on.

use std::time::Duration;

use cache_core::{Backend, Error};

use crate::settings::BackendSettings;
#[cfg(any(feature = "redis", feature = "fred"))]
use crate::settings::DEADLINES;
#[cfg(feature = "memory")]
use crate::settings::{MemoryBound, MemorySettings, machine, refused};

/// A name that `type` takes, and whether its backend is built in.
#[cfg(feature = "config")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) is_on: bool,
}

/// The backends of this crate.
#[cfg(feature = "config")]
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin { name: "memory", is_on: cfg!(feature = "memory") },
    Builtin { name: "redis", is_on: cfg!(feature = "redis") },
    Builtin { name: "fred", is_on: cfg!(feature = "fred") },
];

/// Opens the backend that the settings name. A server's round trips have the deadline.
#[cfg_attr(
    not(any(feature = "redis", feature = "fred")),
    expect(unused_variables, reason = "nothing else in this build goes to a server")
)]
pub(crate) async fn open(
    settings: &BackendSettings,
    deadline: Option<Duration>,
) -> Result<Backend, Error> {
    match settings {
        #[cfg(feature = "memory")]
        BackendSettings::Memory(settings) => open_memory(settings),
        #[cfg(not(feature = "memory"))]
        BackendSettings::Memory(_) => Err(is_off("memory")),
        #[cfg(feature = "redis")]
        BackendSettings::Redis(settings) => {
            cache_redis::open(settings.options(round_trip(deadline))?)
        }
        #[cfg(not(feature = "redis"))]
        BackendSettings::Redis(_) => Err(is_off("redis")),
        #[cfg(feature = "fred")]
        BackendSettings::Fred(settings) => {
            cache_fred::open(settings.options(round_trip(deadline))?)
        }
        #[cfg(not(feature = "fred"))]
        BackendSettings::Fred(_) => Err(is_off("fred")),
        // Without a registry nobody is registered.
        #[cfg(feature = "config")]
        BackendSettings::Registered(settings) => crate::Registry::new().open(settings).await,
    }
}

/// Without a deadline of its own a call ends all the same, so that no socket is waited for for ever.
#[cfg(any(feature = "redis", feature = "fred"))]
fn round_trip(deadline: Option<Duration>) -> Duration {
    deadline.unwrap_or(*DEADLINES.end())
}

#[cfg(not(all(feature = "memory", feature = "redis", feature = "fred")))]
fn is_off(name: &str) -> Error {
    Error::not_applied(cache_core::ErrorKind::Config, switched_off(name))
}

#[cfg(feature = "memory")]
fn open_memory(settings: &MemorySettings) -> Result<Backend, Error> {
    if let Some(problem) = machine::refusal(settings.bound, machine::physical_memory()) {
        return Err(refused(settings.bound.setting(), &problem));
    }
    let bound = match settings.bound {
        MemoryBound::Entries(entries) => cache_memory::Bound::Entries(entries),
        MemoryBound::Weight(bytes) => cache_memory::Bound::Weight(bytes),
    };
    let memory = cache_memory::Memory::open(cache_memory::Options::new().bound(bound))?;
    Ok(memory.into_backend())
}

/// What is wrong where the feature of a backend is off.
#[cfg(any(feature = "config", not(all(feature = "memory", feature = "redis", feature = "fred"))))]
pub(crate) fn switched_off(name: &str) -> String {
    format!(
        "the backend `{name}` is not built in; turn on the feature `{name}` of cache-facade, or \
         build the backend yourself and give it to Cache::from_backend"
    )
}

#[cfg(all(test, not(feature = "memory")))]
mod tests {
    use cache_core::ErrorKind;

    use crate::Settings;

    #[test]
    fn backend_whose_feature_is_off_is_named_with_the_way_out() {
        let error = pollster::block_on(crate::open(Settings::new())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("turn on the feature `memory`"), "{error}");
    }
}

#[cfg(all(test, any(feature = "redis", feature = "fred")))]
mod server_tests {
    use super::open;
    use crate::{BackendSettings, RedisSettings};

    const SECRET: &str = "s3ntinel-pw";

    fn opened(settings: &BackendSettings) -> Result<(), String> {
        let error = pollster::block_on(open(settings, None)).err();
        error.map_or(Ok(()), |error| Err(format!("{error} {error:?}")))
    }

    #[test]
    fn tls_is_refused_where_it_is_not_built_in_and_there_alone() {
        let by_url = RedisSettings::new().url(format!("rediss://:{SECRET}@cache.example"));
        let by_option = RedisSettings { tls: true, ..RedisSettings::new().password(SECRET) };
        for redis in [by_url, by_option] {
            for (settings, is_on) in [
                (BackendSettings::Redis(redis.clone()), cfg!(feature = "redis")),
                (BackendSettings::Fred(redis), cfg!(feature = "fred")),
            ] {
                let told = opened(&settings).err().unwrap_or_default();
                let is_refused = told.contains("turn the feature `tls` of cache-facade");
                assert_eq!(is_refused, is_on && !cfg!(feature = "tls"), "{told}");
                assert!(!told.contains(SECRET), "{told}");
            }
        }
    }
}
