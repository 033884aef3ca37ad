//! Where settings are read from.

use std::path::{Path, PathBuf};

use cache_core::Error;

use super::file::File;
use super::merge;
use super::profiles::Profile;
use crate::settings::Settings;

/// The file that is looked for in the working directory.
const DEFAULT_FILE: &str = "cache.toml";

impl Settings {
    /// Reads settings: the defaults, over them `cache.toml` in the working directory if there is
    /// one, over that the profile in it that `CACHE__PROFILE` names, over that the variables of the
    /// environment that begin with `CACHE__`.
    ///
    /// In a variable's name `__` stands for the dot of a path, in capitals: `CACHE__TYPE`,
    /// `CACHE__CONFIG__CAPACITY`. Its value is taken as it is, without quotes. Other people's
    /// `CACHE_…` variables are not looked at.
    ///
    /// What stands in a stronger place takes back more than its key in three cases: another `type`
    /// drops the `config` of weaker places, one bound of `memory` replaces the other, and an empty
    /// `namespace` in a profile or a variable is none at all.
    ///
    /// Where `type` is no built-in backend, its options are kept as they are:
    /// [`open_with`](crate::open_with) reads them.
    ///
    #[doc = include_str!("../../../docs/settings-table.md")]
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a key that does not exist, a value that
    /// is refused, a profile that the file does not have, broken TOML, or a file that cannot be
    /// read. It names the key, where it was set and what is expected or available, and never the
    /// value that was found.
    pub fn load() -> Result<Self, Error> {
        SettingsLoader::new().load()
    }

    /// Reads settings as [`load`](Settings::load) does, from a named file in place of `cache.toml`.
    ///
    /// # Errors
    /// Those of [`load`](Settings::load), and [`ErrorKind::Config`](crate::ErrorKind::Config) where
    /// there is no such file.
    pub fn load_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        SettingsLoader::new().file(path.as_ref()).load()
    }
}

/// Where settings are read from: for a program that chooses the file or the profile itself.
///
/// ```no_run
/// use cache_facade::SettingsLoader;
///
/// let settings = SettingsLoader::new().file("service.toml").profile("test").load()?;
/// # Ok::<(), cache_facade::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "nothing is read before `load`"]
pub struct SettingsLoader {
    file: Option<PathBuf>,
    profile: Option<String>,
}

impl SettingsLoader {
    /// Reads what [`Settings::load`] reads.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a named file, which must be there, in place of `cache.toml`.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Chooses a profile of the file. The variable `CACHE__PROFILE` is not looked at then.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// Those of [`Settings::load`], and [`ErrorKind::Config`](crate::ErrorKind::Config) where a
    /// named file is missing.
    pub fn load(&self) -> Result<Settings, Error> {
        let file = match &self.file {
            Some(path) => Some(File::read(path)?),
            None => File::read_if_there(Path::new(DEFAULT_FILE))?,
        };
        let profile = self.profile.as_ref().map(|name| Profile::chosen_in_code(name));
        merge(file, profile, std::env::vars_os())
    }
}
