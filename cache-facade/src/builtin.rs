//! The backends that are built in: the one file that knows which features are on.

use cache_core::{Backend, Error};

use crate::settings::BackendSettings;
#[cfg(feature = "memory")]
use crate::settings::{MemoryBound, MemorySettings};

/// The names that `type` takes.
#[cfg(feature = "config")]
pub(crate) const AVAILABLE: &[&str] = &[
    #[cfg(feature = "memory")]
    "memory",
];

/// Opens the backend that the settings name.
pub(crate) async fn open(settings: &BackendSettings) -> Result<Backend, Error> {
    match settings {
        #[cfg(feature = "memory")]
        BackendSettings::Memory(settings) => open_memory(settings),
        #[cfg(not(feature = "memory"))]
        BackendSettings::Memory(_) => Err(switched_off("memory")),
    }
}

#[cfg(feature = "memory")]
fn open_memory(settings: &MemorySettings) -> Result<Backend, Error> {
    let bound = match settings.bound {
        MemoryBound::Entries(entries) => cache_memory::Bound::Entries(entries),
        MemoryBound::Weight(bytes) => cache_memory::Bound::Weight(bytes),
    };
    let memory = cache_memory::Memory::open(cache_memory::Options::new().bound(bound))?;
    Ok(memory.into_backend())
}

#[cfg(not(feature = "memory"))]
fn switched_off(name: &str) -> Error {
    let problem = format!(
        "the backend `{name}` is not built in; turn on the feature `{name}` of cache-facade, or \
         build the backend yourself and give it to Cache::from_backend"
    );
    Error::not_applied(cache_core::ErrorKind::Config, problem)
}

#[cfg(all(test, not(feature = "memory")))]
mod tests {
    use cache_core::ErrorKind;

    use crate::Settings;

    #[test]
    fn a_backend_whose_feature_is_off_is_named_with_the_way_out() {
        let error = pollster::block_on(crate::open(Settings::new())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("turn on the feature `memory`"), "{error}");
    }
}
