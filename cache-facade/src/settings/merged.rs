//! The table that all layers make together.

use std::fmt;

use cache_core::Error;
use figment::Figment;
use figment::value::{Dict, Value};

use super::report;
use super::table::{Setting, VARIABLE};

/// The settings of all places: each value knows where it was set.
pub(crate) struct Merged {
    root: Value,
    /// Knows the places.
    places: Figment,
}

/// A value with the place where it was set.
#[derive(Clone)]
pub(crate) struct Located<'a> {
    pub(crate) value: &'a Value,
    /// The path, as it was written.
    pub(crate) key: String,
    places: &'a Figment,
}

impl Merged {
    /// What the layers of a figment make together.
    pub(crate) fn new(places: Figment) -> Result<Self, Error> {
        // An empty path is the whole table. Layers hold tables alone, so there is one.
        match places.find_value("") {
            Ok(root) => Ok(Self { root, places }),
            Err(_) => Err(report::failed("the settings are not a table".to_owned())),
        }
    }

    pub(crate) fn find(&self, path: &str) -> Option<Located<'_>> {
        Some(self.locate(path, self.root.find_ref(path)?))
    }

    /// What stands at a path, or would.
    pub(crate) fn locate<'a>(&'a self, path: &str, value: &'a Value) -> Located<'a> {
        let located = Located { value, key: path.to_owned(), places: &self.places };
        let written = located.metadata().and_then(|metadata| metadata.source.as_ref()?.custom());
        let key = written.unwrap_or(path).to_owned();
        Located { key, ..located }
    }

    /// Reads a setting, if it is there.
    pub(crate) fn read<T>(
        &self,
        setting: &Setting,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(found) = self.find(setting.key) else { return Ok(None) };
        match parse(found.value) {
            Some(value) => Ok(Some(value)),
            None => Err(found.refused(&format!("expected {}", setting.expected()))),
        }
    }

    /// The refusal of a value that was read, found again by its key.
    pub(crate) fn refused(&self, key: &str, problem: &str) -> Error {
        match self.find(key) {
            Some(found) => found.refused(problem),
            None => report::refused(key, "the settings", problem),
        }
    }
}

impl<'a> Located<'a> {
    /// The values of a table with their names; `None` if it is no table.
    pub(crate) fn entries(&self) -> Option<impl Iterator<Item = (&'a str, Self)>> {
        let entries: &'a Dict = self.value.as_dict()?;
        let (parent, places) = (self.key.clone(), self.places);
        Some(entries.iter().map(move |(name, value)| {
            let key = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
            (name.as_str(), Self { value, key, places })
        }))
    }

    /// The values of a list; the place of each is that of the list.
    pub(crate) fn items(&self, items: &'a [Value]) -> impl Iterator<Item = Self> {
        let (key, places) = (self.key.clone(), self.places);
        items.iter().enumerate().map(move |(index, value)| {
            let key = format!("{key}.{index}");
            Self { value, key, places }
        })
    }

    /// The same place with another value.
    pub(crate) fn with<'b>(&self, value: &'b Value) -> Located<'b>
    where
        'a: 'b,
    {
        Located { value, key: self.key.clone(), places: self.places }
    }

    /// Where it was set: of a table, all the places that made it.
    pub(crate) fn place(&self) -> String {
        self.all_places().join(" and ")
    }

    /// Whether nothing but variables made it.
    pub(crate) fn was_set_by_variables_alone(&self) -> bool {
        self.all_places().iter().all(|place| place.starts_with(VARIABLE))
    }

    pub(crate) fn refused(&self, problem: &str) -> Error {
        report::refused(&self.key, &self.place(), problem)
    }

    fn metadata(&self) -> Option<&'a figment::Metadata> {
        self.places.get_metadata(self.value.tag())
    }

    /// Each once, in the order of the keys.
    fn all_places(&self) -> Vec<&'a str> {
        let mut places: Vec<&str> = Vec::new();
        let mut open = vec![self.value];
        while let Some(value) = open.pop() {
            match value.as_dict() {
                Some(table) if !table.is_empty() => open.extend(table.values().rev()),
                Some(_) | None => {
                    let place = self.places.get_metadata(value.tag());
                    let place = place.map_or("the settings", |metadata| &*metadata.name);
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
        }
        places
    }
}

/// The keys and where they were set; never the values.
impl fmt::Debug for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&report::located(&self.key, &self.place()))
    }
}

impl fmt::Debug for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.find("");
        let entries = root.as_ref().and_then(Located::entries);
        f.debug_list().entries(entries.into_iter().flatten().map(|(_, entry)| entry)).finish()
    }
}
