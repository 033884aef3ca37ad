//! Settings from a file and from environment variables.
//!
//! A value passes four stages, each in a file of its own: it is read into a [`Layer`] that
//! remembers where it was set, layers are merged by figment, the merged table is read into typed
//! fields, and a failure is told without the value that caused it.

mod fields;
mod file;
mod layer;
mod loader;
mod profiles;
mod resolve;
mod variables;

use std::ffi::OsString;
use std::sync::Arc;

use cache_core::Error;
use figment::Figment;

pub use self::loader::SettingsLoader;

pub(super) use self::layer::Layer;

use self::file::File;
use self::profiles::Profile;
use self::variables::Variables;
use super::Settings;
use super::merged::Merged;

/// Merges the layers, the strongest last, and reads what they make.
fn merge(
    file: Option<File>,
    profile: Option<Profile>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, Error> {
    let variables = Variables::read(variables)?;
    let profile = profile.or(variables.profile);
    let layers = profiles::layers(file, profile.as_ref())?.into_iter().chain(variables.layers);
    resolve::settings(&Arc::new(Merged::new(layers.fold(Figment::new(), Figment::merge))?))
}

#[cfg(test)]
pub(super) mod tests;
