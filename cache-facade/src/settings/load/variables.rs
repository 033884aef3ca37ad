//! Variables of the environment as layers.

use std::ffi::OsString;

use cache_core::Error;
use figment::value::{Dict, Value};

use super::layer::Layer;
use super::profiles::Profile;
use crate::settings::report;
use crate::settings::table::{CONFIG, DEFAULT_TTL, PREFIX, SEPARATOR, VARIABLE};

/// The deepest path that a variable may set. Tables within tables are walked by functions that call
/// themselves, and the parser of a file has a limit too.
const MOST_PARTS: usize = 64;

/// What the variables of settings say.
pub(super) struct Variables {
    /// One a variable, so that each is known by its own name.
    pub(super) layers: Vec<Layer>,
    pub(super) profile: Option<Profile>,
}

/// A variable: its name, and the path of keys that it sets.
struct Variable {
    name: String,
    path: Vec<String>,
    value: String,
}

impl Variables {
    /// Reads them. Values stay text: what looks like a number or a list may be a password.
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let ours = variables.into_iter().filter_map(|(name, value)| Variable::new(name, value));
        let mut ours: Vec<Variable> = ours.collect::<Result<_, _>>()?;
        // In the order of their paths one that contradicts another stands right behind it.
        ours.sort_by(|a, b| a.path.cmp(&b.path));
        for pair in ours.windows(2) {
            if let [first, second] = pair
                && second.path.starts_with(&first.path)
            {
                return Err(second.contradicts(first));
            }
        }
        check_default_ttl(&ours)?;
        let (profiles, settings): (Vec<_>, Vec<_>) = ours
            .into_iter()
            .partition(|variable| matches!(&*variable.path, [key] if key == "profile"));
        let profile = profiles.into_iter().next();
        let layers: Vec<Vec<Layer>> =
            settings.into_iter().map(Variable::layers).collect::<Result<_, _>>()?;
        Ok(Self {
            layers: layers.into_iter().flatten().collect(),
            profile: profile.map(|chosen| Profile::chosen_in(place(&chosen.name), chosen.value)),
        })
    }
}

/// Both of them set the same, as two keys of one file would.
fn check_default_ttl(variables: &[Variable]) -> Result<(), Error> {
    let is_default_ttl = |variable: &&Variable| {
        let key = DEFAULT_TTL.key;
        matches!(&*variable.path, [only] if only == key)
            || matches!(&*variable.path, [table, last] if table == CONFIG && last == key)
    };
    let mut found = variables.iter().filter(is_default_ttl);
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => Err(second.contradicts(first)),
        _ => Ok(()),
    }
}

impl Variable {
    /// `None` for other people's variables.
    fn new(name: OsString, value: OsString) -> Option<Result<Self, Error>> {
        if !name.to_string_lossy().starts_with(PREFIX) {
            return None;
        }
        let place = place(&name.to_string_lossy());
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else {
            return Some(Err(report::failed(format!("{place} is not valid UTF-8"))));
        };
        let path: Vec<_> = name[PREFIX.len()..].split(SEPARATOR).map(str::to_lowercase).collect();
        if path.iter().any(String::is_empty) {
            let problem = "has a name with an empty part; it is `CACHE__KEY` or \
                           `CACHE__TABLE__KEY`";
            return Some(Err(report::failed(format!("{place} {problem}"))));
        }
        if path.len() > MOST_PARTS {
            let problem =
                format!("has a name with {} parts; give at most {MOST_PARTS}", path.len());
            return Some(Err(report::failed(format!("{VARIABLE} `{PREFIX}…` {problem}"))));
        }
        Some(Ok(Self { name, path, value }))
    }

    fn contradicts(&self, other: &Self) -> Error {
        let problem = format!("sets what {} sets too; keep one of them", place(&other.name));
        report::failed(format!("{} {problem}", place(&self.name)))
    }

    fn layers(self) -> Result<Vec<Layer>, Error> {
        let value = Value::from(self.value);
        let nest = |value: Value, key: String| Value::from(Dict::from([(key, value)]));
        let mut path = self.path.into_iter();
        // A path has at least one part: the first makes the table, the others are inside it.
        let first = path.next().unwrap_or_default();
        let inner = path.rev().fold(value, nest);
        Layer::of(place(&self.name), Dict::from([(first, inner)]))
    }
}

fn place(name: &str) -> String {
    format!("{VARIABLE} `{}`", name.escape_debug())
}
