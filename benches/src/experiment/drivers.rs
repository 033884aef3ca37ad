//! The drivers of Redis beside what is below them, on a real server.

mod load;
mod stage;
mod upkeep;

pub use load::{BATCH, Load, Operation, Task, loads};
pub use stage::{Stage, Turn};

use crate::Result;
use crate::arguments::Settings;
use crate::driver::{CONNECTIONS, Kind};
use crate::report::{Better, Report, Section, Sheet};
use crate::rounds::interleaved;

/// What the ratios put on top.
const OURS: [&str; 2] = [Kind::CacheRedis.name(), Kind::CacheFred.name()];

/// Pairs whose ratio the summary shows: the first divided by the second.
const PAIRS: [(Kind, Kind); 4] = [
    (Kind::CacheRedis, Kind::Redis),
    (Kind::CacheFred, Kind::Fred),
    (Kind::CacheRedis, Kind::CacheFred),
    (Kind::CacheRedis, Kind::Deadpool),
];

/// Runs the experiment.
///
/// # Errors
/// Where there is no server, and where a value is missing that was set.
pub fn run(settings: &Settings) -> Result<Report> {
    let rounds = settings.rounds_or(20);
    let stage = Stage::new(settings)?;
    let about = format!(
        "Five clients of one server, {}, in one process, over RESP3 and {CONNECTIONS} connections \
         each with nodelay; deadpool-redis with as many connections as it chooses, which carry one \
         call at a time. Tasks call one after the other, and wait for each answer. {rounds} rounds.",
        stage.server(),
    );
    let mut report = Report::new("drivers", "Drivers of Redis", about, settings);
    let mut speeds: Vec<Section> = Vec::new();
    let mut costs: Vec<Section> = Vec::new();
    for load in loads(settings) {
        let turns =
            interleaved(Kind::ALL.len(), rounds, |kind, _| stage.measure(Kind::ALL[kind], &load))?;
        let title = load.title();
        let speed = |turn: &Turn| load.calls() as f64 / turn.seconds / 1e3;
        let cost = |turn: &Turn| turn.processor_seconds * 1e6 / load.calls() as f64;
        add(&mut speeds, &title, "thousand calls a second", Better::Higher, &load, &turns, speed);
        let title = format!("{title}: processor time of the client a call");
        add(&mut costs, &title, "µs", Better::Lower, &load, &turns, cost);
    }
    report.sheets = vec![summary(&speeds), upkeep::sheet()];
    report.sections = speeds;
    report.sections.push(batches(&stage, settings, rounds)?);
    report.sections.extend(costs);
    Ok(report)
}

/// Adds the turns of a load to the section of its operation and size.
fn add(
    sections: &mut Vec<Section>,
    title: &str,
    unit: &str,
    better: Better,
    load: &Load,
    turns: &[Vec<Turn>],
    value: impl Fn(&Turn) -> f64,
) {
    if sections.last().is_none_or(|section| section.title != title) {
        sections.push(Section::new(title, unit, better, &OURS));
    }
    let values = turns.iter().map(|turns| turns.iter().map(&value).collect());
    let contenders: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).zip(values).collect();
    if let Some(section) = sections.last_mut() {
        section.group(load.condition(), &contenders);
    }
}

/// The ratios of all loads in one table.
fn summary(sections: &[Section]) -> Sheet {
    let name = |(ours, other): (Kind, Kind)| format!("{} ÷ {}", ours.name(), other.name());
    let mut sheet = Sheet::new(
        "Ratios",
        "Calls a second of the first divided by those of the second, within each round: the median, \
         and the interval that holds it with a probability of 95 %. Above 1 the first is faster; an \
         interval that holds 1 is no difference.",
    );
    sheet.head = std::iter::once("load".to_owned()).chain(PAIRS.map(name)).collect();
    for section in sections {
        for group in &section.groups {
            let ratio = |(ours, other): (Kind, Kind)| {
                let bar = group.bars.iter().find(|bar| bar.name == other.name())?;
                let place = OURS.iter().position(|name| *name == ours.name())?;
                let ratio = bar.ratios.get(place).copied().flatten()?;
                Some(format!("{:.2} ({:.2} – {:.2})", ratio.median, ratio.low, ratio.high))
            };
            let load = format!("{}, {}", section.title, group.label);
            let ratios = PAIRS.map(|pair| ratio(pair).unwrap_or_else(|| "–".to_owned()));
            sheet.rows.push(std::iter::once(load).chain(ratios).collect());
        }
    }
    sheet
}

/// How much faster a batch is than the same gets in turn.
fn batches(stage: &Stage, settings: &Settings, rounds: usize) -> Result<Section> {
    const KINDS: [Kind; 2] = [Kind::CacheRedis, Kind::CacheFred];
    let title = format!("get_many({BATCH}) beside {BATCH} gets in turn");
    let mut section = Section::new(&title, "times as fast", Better::Higher, &[]);
    let [single, many] = load::in_turn_and_together(settings);
    let times = interleaved(KINDS.len(), rounds, |kind, _| {
        let in_turn = stage.measure(KINDS[kind], &single)?.seconds / single.calls() as f64;
        let together = stage.measure(KINDS[kind], &many)?.seconds / many.calls() as f64;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(in_turn * BATCH as f64 / together)
    })?;
    let contenders: Vec<_> = KINDS.iter().map(|kind| kind.name()).zip(times).collect();
    section.group("1 task, values of 128 B", &contenders);
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(seconds: f64) -> Vec<Turn> {
        vec![Turn { seconds, processor_seconds: seconds / 2.0 }; 9]
    }

    #[test]
    fn summary_divides_ours_by_what_is_below_it() {
        let load = Load { operation: Operation::Get, bytes: 128, tasks: 64, calls_a_task: 10 };
        // cache-redis, redis, cache-fred, fred, deadpool: the more seconds, the slower.
        let turns = [2.0, 1.0, 4.0, 3.0, 8.0].map(turns);
        let mut sections = Vec::new();
        let speed = |turn: &Turn| load.calls() as f64 / turn.seconds;
        add(&mut sections, &load.title(), "a second", Better::Higher, &load, &turns, speed);
        let sheet = summary(&sections);
        assert_eq!(sheet.rows.len(), 1);
        let row = &sheet.rows[0];
        assert!(row[0].contains("get") && row[0].contains("64 tasks"), "{row:?}");
        let medians: Vec<_> = row[1..].iter().map(|cell| &cell[..4]).collect();
        assert_eq!(medians, ["0.50", "0.75", "2.00", "4.00"]);
    }
}
