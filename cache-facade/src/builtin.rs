//! The backends that are built in: the one file that knows which features are on.

use cache_core::{Backend, Error};

use crate::settings::BackendSettings;
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
pub(crate) const BUILTINS: &[Builtin] =
    &[Builtin { name: "memory", is_on: cfg!(feature = "memory") }];

/// Opens the backend that the settings name.
pub(crate) async fn open(settings: &BackendSettings) -> Result<Backend, Error> {
    match settings {
        #[cfg(feature = "memory")]
        BackendSettings::Memory(settings) => open_memory(settings),
        #[cfg(not(feature = "memory"))]
        BackendSettings::Memory(_) => {
            let problem = switched_off("memory");
            Err(Error::not_applied(cache_core::ErrorKind::Config, problem))
        }
        // Without a registry nobody is registered.
        #[cfg(feature = "config")]
        BackendSettings::Registered(settings) => crate::Registry::new().open(settings).await,
    }
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
#[cfg(any(feature = "config", not(feature = "memory")))]
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
