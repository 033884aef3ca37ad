//! Settings from a file and from environment variables.
//!
//! A value passes five stages, each in a file of its own: it is read into a [`Layer`] that
//! remembers where it was set, stronger places take back what weaker ones set, layers are merged by
//! figment, the merged table is read into typed fields, and a failure is told without the value that
//! caused it.

mod fields;
mod file;
mod layer;
mod loader;
mod places;
mod profiles;
mod redis;
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
    let (file, profile) = profiles::layers(file, profile.as_ref())?;
    let layers = places::stacked([file, profile, variables.layers]).into_iter();
    resolve::settings(&Arc::new(Merged::new(layers.fold(Figment::new(), Figment::merge))?))
}

#[cfg(test)]
pub(super) mod tests;
