//! Locks beside what is below them, a mutex and rslock, on a real server.

mod hand_over;
mod loss;
mod pairs;
mod quantiles;
mod stage;
mod targets;
mod wake_up;

use std::time::Duration;

pub use hand_over::{HandOver, Outcome, Plan};
pub use quantiles::Quantiles;
pub use stage::{Place, Stage};

use self::targets::Target;
use crate::Result;
use crate::arguments::Settings;
use crate::lock::Kind;
use crate::report::{Better, Report, Section};

/// Those that hand a name over.
pub const CONTENDERS: [Kind; 5] =
    [Kind::Mutex, Kind::Memory, Kind::Redis, Kind::Fred, Kind::Rslock];

/// Those that are asked alone.
pub const ALONE: [Kind; 12] = [
    Kind::Redis,
    Kind::RedisTried,
    Kind::RedisAlone,
    Kind::RedisScripts,
    Kind::RedisPlain,
    Kind::Rslock,
    Kind::Fred,
    Kind::FredTried,
    Kind::FredAlone,
    Kind::FredScripts,
    Kind::FredPlain,
    Kind::Memory,
];

/// Ours.
pub const OURS: [Kind; 3] = [Kind::Memory, Kind::Redis, Kind::Fred];

/// Ours on a server, where somebody else can delete a lock.
pub const ON_A_SERVER: [Kind; 2] = [Kind::Redis, Kind::Fred];

/// So long a holder keeps a name that another waits for: the waiter has been told to wait by then.
pub const IDLE: Duration = Duration::from_millis(5);

/// So long a lock is held before it is deleted: events are asked for after 10 ms.
pub const UNDISTURBED: Duration = Duration::from_millis(15);

/// How many pairs of acquire and release a turn has.
pub const fn pairs(settings: &Settings) -> usize {
    settings.size(1_000, 50)
}

/// How many wake-ups or losses a turn has.
pub const fn samples(settings: &Settings) -> usize {
    settings.size(300, 5)
}

/// What one of the parts found.
struct Part {
    sections: Vec<Section>,
    targets: Vec<Target>,
}

/// Runs the experiment.
///
/// # Errors
/// Where there is no server; where two held a name at once, a grant or a task was left out, or a
/// lock was lost for another reason than the one it was taken away for.
pub fn run(settings: &Settings) -> Result<Report> {
    let rounds = settings.rounds_or(10);
    let stage = Stage::new()?;
    let about = format!(
        "Locks on one server, {}, in one process, over RESP3 with nodelay; ours through the recipe \
         of locks. Two threads carry the tasks. rslock 0.10 as it comes: it asks again after up to \
         0.2 s. {rounds} rounds.",
        stage.server(),
    );
    let mut report = Report::new("locks", "Locks", about, settings);
    let parts = [
        pairs::measure(&stage, settings, rounds)?,
        hand_over::measure(&stage, settings, rounds)?,
        wake_up::measure(&stage, settings, rounds)?,
        loss::measure(&stage, settings, rounds)?,
    ];
    let mut targets = Vec::new();
    for part in parts {
        report.sections.extend(part.sections);
        targets.extend(part.targets);
    }
    report.sheets = vec![targets::sheet(&targets)];
    Ok(report)
}

/// One value of each turn, by its contender.
fn values<T>(
    kinds: &[Kind],
    turns: &[Vec<T>],
    value: impl Fn(&T) -> f64,
) -> Vec<(&'static str, Vec<f64>)> {
    let values = turns.iter().map(|turns| turns.iter().map(&value).collect());
    kinds.iter().map(|kind| kind.name()).zip(values).collect()
}

/// A section whose ratios put ours on top, without measurements.
fn section_of_ours(title: &str, unit: &str, better: Better) -> Section {
    Section::new(title, unit, better, &OURS.map(Kind::name))
}
