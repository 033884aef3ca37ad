//! What an experiment found, as text, as JSON and as a page.

mod chart;
mod file;
mod page;
mod text;

use serde::{Deserialize, Serialize};

pub use file::{finish, write};
pub use page::page;
pub use text::text;

use crate::arguments::Settings;
use crate::machine::Machine;
use crate::statistics::Estimate;

/// What one experiment found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The name of the experiment, as the command line has it.
    pub experiment: String,
    /// The same for people.
    pub title: String,
    /// What was measured and how, a sentence or two.
    pub about: String,
    /// Where.
    pub machine: Machine,
    /// Whether it ran for a moment only: then its times and sizes tell nothing.
    pub quick: bool,
    /// When, in seconds since 1970.
    pub made: u64,
    /// Tables of words, before the parts.
    #[serde(default)]
    pub sheets: Vec<Sheet>,
    /// The parts.
    pub sections: Vec<Section>,
}

/// A table of words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sheet {
    /// What it shows.
    pub title: String,
    /// How it is read.
    pub about: String,
    /// The names of the columns; the first names the rows.
    pub head: Vec<String>,
    /// As many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// Measurements of one quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Section {
    /// What was measured.
    pub title: String,
    /// In which unit.
    pub unit: String,
    /// Which direction is good.
    pub better: Better,
    /// The contenders that the ratios put on top.
    pub references: Vec<String>,
    /// One chart each.
    pub groups: Vec<Group>,
    /// Single figures, where there are too many for a chart.
    pub grid: Option<Grid>,
}

/// Whether a higher or a lower value is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Better {
    /// Higher.
    Higher,
    /// Lower.
    Lower,
}

/// The contenders side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// Under which condition, such as `2 threads`.
    pub label: String,
    /// One contender each.
    pub bars: Vec<Bar>,
}

/// One contender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// What was measured.
    pub value: Estimate,
    /// For each reference, its value divided by this one, round by round. `None` for itself, and
    /// where it was not measured.
    pub ratios: Vec<Option<Estimate>>,
}

/// A table of figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grid {
    /// The names of the columns; the first names the rows.
    pub head: Vec<String>,
    /// The name of a row and its figures.
    pub rows: Vec<(String, Vec<f64>)>,
}

impl Report {
    /// A report of now, without sections.
    pub fn new(experiment: &str, title: &str, about: String, settings: &Settings) -> Self {
        Self {
            experiment: experiment.to_owned(),
            title: title.to_owned(),
            about,
            machine: Machine::here(),
            quick: settings.quick,
            made: crate::clock::unix_seconds(),
            sheets: Vec::new(),
            sections: Vec::new(),
        }
    }
}

impl Sheet {
    /// A table without columns and rows.
    pub fn new(title: &str, about: &str) -> Self {
        let (title, about) = (title.to_owned(), about.to_owned());
        Self { title, about, head: Vec::new(), rows: Vec::new() }
    }
}

impl Section {
    /// A section without measurements.
    pub fn new(title: &str, unit: &str, better: Better, references: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            unit: unit.to_owned(),
            better,
            references: references.iter().map(|&name| name.to_owned()).collect(),
            groups: Vec::new(),
            grid: None,
        }
    }

    /// Adds contenders under one condition: each with its value of every round.
    pub fn group(&mut self, label: impl Into<String>, contenders: &[(&str, Vec<f64>)]) {
        let ratio = |reference: &String, (name, theirs): &(&str, Vec<f64>)| {
            let (_, ours) = contenders.iter().find(|(name, _)| name == reference)?;
            if name == reference { None } else { Estimate::of_ratios(ours, theirs) }
        };
        let bar = |contender: &(&str, Vec<f64>)| {
            let ratios = self.references.iter().map(|name| ratio(name, contender)).collect();
            let value = Estimate::of(&contender.1)?;
            Some(Bar { name: contender.0.to_owned(), value, ratios })
        };
        let bars = contenders.iter().filter_map(bar).collect();
        self.groups.push(Group { label: label.into(), bars });
    }
}

/// A number with as many digits as tell something.
fn number(value: f64) -> String {
    match value.abs() {
        1000.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

fn interval(low: f64, high: f64) -> String {
    format!("{} – {}", number(low), number(high))
}

impl Section {
    /// The names of the columns of the table of a group.
    fn head(&self) -> Vec<String> {
        let start = ["contender", &self.unit, "95 % interval", "least – most"];
        let ratios = self.references.iter().map(|name| format!("{name} ÷ it"));
        start.map(str::to_owned).into_iter().chain(ratios).collect()
    }

    /// How the ratios read.
    fn reading(&self) -> String {
        let (direction, side) = match self.better {
            Better::Higher => ("Higher", "above"),
            Better::Lower => ("Lower", "below"),
        };
        if self.references.is_empty() {
            return format!("{direction} is better.");
        }
        format!("{direction} is better; in the ratios, {side} 1 is better for ours.")
    }
}

impl Bar {
    /// The row of the table of its group.
    fn row(&self) -> Vec<String> {
        let value = &self.value;
        let ratio = |ratio: &Option<Estimate>| match ratio {
            Some(ratio) => format!("{:.2} ({:.2} – {:.2})", ratio.median, ratio.low, ratio.high),
            None => "–".to_owned(),
        };
        let start = [
            self.name.clone(),
            number(value.median),
            interval(value.low, value.high),
            interval(value.least, value.most),
        ];
        start.into_iter().chain(self.ratios.iter().map(ratio)).collect()
    }
}

impl Grid {
    /// The rows as text, four digits after the point.
    fn cells(&self) -> impl Iterator<Item = Vec<String>> {
        self.rows.iter().map(|(name, figures)| {
            let figures = figures.iter().map(|figure| format!("{figure:.4}"));
            std::iter::once(name.clone()).chain(figures).collect()
        })
    }
}

#[cfg(test)]
mod tests;
