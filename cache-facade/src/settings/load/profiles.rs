//! The profiles of a file: tables of settings, one of which may lie over the rest.

use cache_core::Error;
use figment::value::{Dict, Value};

use super::file::File;
use super::layer::Layer;
use crate::settings::report;
use crate::settings::table::PROFILES;

/// The profile that somebody chose.
#[derive(Debug)]
pub(super) struct Profile {
    name: String,
    /// Where it was chosen.
    place: String,
}

impl Profile {
    pub(super) fn chosen_in(place: String, name: String) -> Self {
        Self { name, place }
    }

    pub(super) fn chosen_in_code(name: &str) -> Self {
        Self { name: name.to_owned(), place: "the program".to_owned() }
    }

    fn unknown(&self, file: Option<&str>, available: &[&str]) -> Error {
        let problem = report::unknown("profile", &self.name, available);
        let file = file.map_or_else(|| "no file".to_owned(), |place| format!("in {place}"));
        report::refused("profile", &self.place, &format!("{problem} ({file})"))
    }
}

/// The layers of a file: what stands outside of profiles, and over it the profile that was chosen.
/// The others are looked at too, so that a misspelt key is found before it is needed.
pub(super) fn layers(
    file: Option<File>,
    chosen: Option<&Profile>,
) -> Result<(Vec<Layer>, Vec<Layer>), Error> {
    let Some(File { place, mut values }) = file else {
        return chosen.map_or_else(|| Ok(Default::default()), |name| Err(name.unknown(None, &[])));
    };
    let profiles = split(&mut values, &place)?;
    let (base, mut over) = (Layer::of(place.clone(), values)?, Vec::new());
    if let Some(profile) = chosen
        && !profiles.iter().any(|(name, _)| *name == profile.name)
    {
        let available: Vec<_> = profiles.iter().map(|(name, _)| name.as_str()).collect();
        return Err(profile.unknown(Some(&place), &available));
    }
    for (name, values) in profiles {
        let profile = format!("profile `{}` of {place}", name.escape_debug());
        let its_layers = Layer::of(profile, values)?;
        if chosen.is_some_and(|chosen| chosen.name == name) {
            over = its_layers;
        }
    }
    Ok((base, over))
}

/// Takes the profiles out of what stands in a file.
fn split(values: &mut Dict, place: &str) -> Result<Vec<(String, Dict)>, Error> {
    const EXPECTED: &str = "expected tables of settings, one a profile: `[profiles.NAME]`";
    let profiles = match values.remove(PROFILES) {
        None => Dict::new(),
        Some(Value::Dict(_, profiles)) => profiles,
        Some(_) => return Err(report::refused(PROFILES, place, EXPECTED)),
    };
    let table = |(name, value): (String, Value)| match value {
        Value::Dict(_, values) => Ok((name, values)),
        _ => Err(report::refused(&format!("{PROFILES}.{name}"), place, EXPECTED)),
    };
    profiles.into_iter().map(table).collect()
}
