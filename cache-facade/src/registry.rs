//! The backends that settings can name.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cache_core::{Backend, Error, ErrorKind};
use serde::de::DeserializeOwned;

use crate::builtin::{self, BUILTINS};
use crate::settings::{BackendSettings, RegisteredSettings, Settings};

type Opening = Pin<Box<dyn Future<Output = Result<Backend, Error>> + Send>>;
type Factory = Arc<dyn Fn(&RegisteredSettings) -> Result<Opening, Error> + Send + Sync>;

/// The backends that `type` can name: the built-in ones, and those that a program registers.
///
/// A registry is a value that the program makes and gives to [`open_with`](crate::open_with);
/// nothing is registered behind its back.
///
/// ```
/// # #[cfg(feature = "memory")]
/// # pollster::block_on(async {
/// use cache_facade::memory::{Bound, Memory, Options};
/// use cache_facade::{RegisteredSettings, Registry, Settings};
///
/// #[derive(serde::Deserialize)]
/// struct SmallOptions {
///     entries: u64,
/// }
///
/// let mut registry = Registry::new();
/// registry.register("small", |options: SmallOptions| async move {
///     let options = Options::new().bound(Bound::Entries(options.entries));
///     Ok(Memory::open(options)?.into_backend())
/// })?;
///
/// // Or Settings::load(), where `type = "small"` and `config = { entries = 100 }`.
/// let options = std::collections::BTreeMap::from([("entries", 100)]);
/// let settings = Settings::new().backend(RegisteredSettings::new("small", &options)?);
/// let cache = cache_facade::open_with(&registry, settings).await?;
/// assert_eq!(cache.statistics()?.capacity, Some(100));
/// # Ok::<(), cache_facade::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    factories: BTreeMap<String, Factory>,
}

impl Registry {
    /// The built-in backends.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `type = NAME` open a backend.
    ///
    /// `open` gets what stands in `config`, read as the type that it asks for. Text is read by
    /// what is asked for, because a variable is nothing else: it stays as it is for a `String`,
    /// whatever it looks like, and is parsed for a number or a `bool`; for a list it is split at
    /// commas. The name of a variable is matched with the fields without regard to case and
    /// underscores, unless a field has that very name. A key that the type does not have is refused,
    /// with or without `deny_unknown_fields`. `default_ttl` and `defaultTTL` never arrive: they belong
    /// to the cache.
    ///
    /// What serde reads before it knows the type is an exception: inside of `flatten`, `untagged` and
    /// `tag`, a variable stays text, and serde ignores keys that nobody asks for.
    ///
    /// A refused option is told by its key, the place where it was set and what the type expects.
    /// What serde's `custom` says is left out, because the value may be in it: say what is expected
    /// in `Visitor::expecting`, or refuse the options in `open`, with an [`Error`] that does not
    /// hold the value. Such an error is told with the name of the backend.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for an empty name, and for one that is taken, by a built-in backend
    /// too, whether its feature is on or off.
    pub fn register<Options, Open, Opens>(
        &mut self,
        name: impl Into<String>,
        open: Open,
    ) -> Result<(), Error>
    where
        Options: DeserializeOwned,
        Open: Fn(Options) -> Opens + Send + Sync + 'static,
        Opens: Future<Output = Result<Backend, Error>> + Send + 'static,
    {
        let name = name.into();
        if let Some(problem) = self.refuses(&name) {
            return Err(Error::not_applied(ErrorKind::Config, problem).with_operation("register"));
        }
        let factory = move |settings: &RegisteredSettings| -> Result<Opening, Error> {
            Ok(Box::pin(open(settings.options()?)))
        };
        self.factories.insert(name, Arc::new(factory));
        Ok(())
    }

    fn refuses(&self, name: &str) -> Option<String> {
        if name.is_empty() {
            return Some("the name of a backend is empty; give at least 1 byte".to_owned());
        }
        let taken = BUILTINS.iter().any(|builtin| builtin.name == name)
            || self.factories.contains_key(name);
        taken.then(|| {
            let taken = self.names().join(", ");
            format!(
                "the backend `{}` is registered already; taken names: {taken}",
                name.escape_debug()
            )
        })
    }

    /// The names that are taken, whatever features are on.
    fn names(&self) -> Vec<&str> {
        let builtins = BUILTINS.iter().map(|builtin| builtin.name);
        builtins.chain(self.factories.keys().map(String::as_str)).collect()
    }

    /// The names that open a backend.
    fn available(&self) -> Vec<&str> {
        let builtins = BUILTINS.iter().filter(|builtin| builtin.is_on).map(|builtin| builtin.name);
        builtins.chain(self.factories.keys().map(String::as_str)).collect()
    }

    /// Opens the backend that the settings name.
    pub(crate) async fn open_any(&self, settings: &Settings) -> Result<Backend, Error> {
        match &settings.backend {
            BackendSettings::Registered(settings) => self.open(settings).await,
            built_in @ (BackendSettings::Memory(_)
            | BackendSettings::Redis(_)
            | BackendSettings::Fred(_)) => builtin::open(built_in, settings.deadline).await,
        }
    }

    /// Opens a backend that is not built in.
    pub(crate) async fn open(&self, settings: &RegisteredSettings) -> Result<Backend, Error> {
        let Some(factory) = self.factories.get(settings.name()) else {
            return Err(settings.unknown(&self.available()));
        };
        let named = |error: Error| error.with_backend(settings.name());
        factory(settings).map_err(named)?.await.map_err(named)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("names", &self.names()).finish()
    }
}

#[cfg(test)]
mod tests;
