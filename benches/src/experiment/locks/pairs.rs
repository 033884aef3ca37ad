//! Acquire and release of a name that nobody else wants.

use super::{ALONE, Part, Stage, pairs, values};
use crate::Result;
use crate::arguments::Settings;
use crate::clock::{Stopwatch, processor_time};
use crate::experiment::drivers::Turn;
use crate::experiment::locks::targets::{Limit, Target};
use crate::lock::{Kind, Lock, Work};
use crate::report::{Better, Section};
use crate::rounds::interleaved;
use crate::statistics::Estimate;

/// Which of them are shown together: the first is compared with the others.
const TOGETHER: [(&str, &[Kind]); 3] = [
    ("over redis-rs", ALONE.split_at(6).0),
    ("over fred", ALONE.split_at(6).1.split_at(5).0),
    ("in the process", ALONE.split_at(11).1),
];

/// How ours compares with something else: the two, and what is wanted.
const COMPARED: [(Kind, Kind, Limit); 4] = [
    (Kind::Redis, Kind::RedisScripts, Limit::AtMost(1.1)),
    (Kind::Fred, Kind::FredScripts, Limit::AtMost(1.1)),
    (Kind::Redis, Kind::RedisPlain, Limit::None),
    (Kind::Fred, Kind::FredPlain, Limit::None),
];

/// One task takes the name and gives it back, again and again.
struct Pairs(usize);

impl Work for Pairs {
    type Answer = ();

    async fn on<L: Lock>(&self, lock: &L) -> Result<()> {
        let (lock, pairs) = (lock.clone(), self.0);
        let task = tokio::spawn(async move {
            for _ in 0..pairs {
                let held = lock.acquire().await?;
                lock.release(held).await?;
            }
            Ok(())
        });
        task.await?
    }
}

impl Stage {
    /// Takes a name and gives it back so many times.
    ///
    /// # Errors
    /// Where a name that nobody else wants is not granted, or not given back.
    pub fn measure_pairs(&self, kind: Kind, pairs: usize) -> Result<Turn> {
        let (watch, before) = (Stopwatch::start(), processor_time());
        self.perform(kind, &Pairs(pairs))?;
        Ok(Turn {
            seconds: watch.elapsed().as_secs_f64(),
            processor_seconds: (processor_time() - before).as_secs_f64(),
        })
    }
}

pub(super) fn measure(stage: &Stage, settings: &Settings, rounds: usize) -> Result<Part> {
    let pairs = pairs(settings);
    let turns =
        interleaved(ALONE.len(), rounds, |kind, _| stage.measure_pairs(ALONE[kind], pairs))?;
    let micros = |seconds: f64| seconds * 1e6 / pairs as f64;
    let times = values(&ALONE, &turns, |turn| micros(turn.seconds));
    let costs = values(&ALONE, &turns, |turn| micros(turn.processor_seconds));
    let mut sections = sections("acquire + release", "µs", &times);
    let cost = "acquire + release: processor time of the client";
    sections.extend(self::sections(cost, "µs", &costs));
    Ok(Part { sections, targets: targets(&times) })
}

/// One section for each of those that are compared, with the first as the reference.
fn sections(title: &str, unit: &str, values: &[(&'static str, Vec<f64>)]) -> Vec<Section> {
    let section = |(condition, kinds): (&str, &[Kind])| {
        let title = format!("{title}, {condition}");
        let mut section = Section::new(&title, unit, Better::Lower, &[kinds[0].name()]);
        let is_shown = |name: &str| kinds.iter().any(|kind| kind.name() == name);
        let shown: Vec<_> = values.iter().filter(|(name, _)| is_shown(name)).cloned().collect();
        section.group("1 task, nobody else wants the name", &shown);
        section
    };
    TOGETHER.into_iter().map(section).collect()
}

fn targets(times: &[(&'static str, Vec<f64>)]) -> Vec<Target> {
    let of = |kind: Kind| times.iter().find(|(name, _)| *name == kind.name());
    let target = |(ours, other, limit): (Kind, Kind, Limit)| {
        let what = format!("acquire + release: {} ÷ {}", ours.name(), other.name());
        let ratio = |over: Kind| Estimate::of_ratios(&of(over)?.1, &of(other)?.1);
        let rslock = if ours == Kind::Redis { ratio(Kind::Rslock) } else { None };
        Target { what, found: ratio(ours), unit: "", limit, rslock }
    };
    COMPARED.into_iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_the_first_of_those_that_are_compared_and_none_is_left_out() {
        let first = TOGETHER.map(|(_, kinds)| kinds[0]);
        assert_eq!(first, [Kind::Redis, Kind::Fred, Kind::Memory]);
        assert_eq!(TOGETHER.map(|(_, kinds)| kinds.len()).iter().sum::<usize>(), ALONE.len());
    }

    #[test]
    fn targets_divide_ours_by_what_is_below_it() {
        // As many µs as the place in the list.
        let times: Vec<_> =
            (1_u8..).zip(ALONE).map(|(place, kind)| (kind.name(), vec![place.into(); 9])).collect();
        let targets = targets(&times);
        let found: Vec<_> = targets.iter().map(|target| target.found.unwrap().median).collect();
        assert_eq!(found, [1.0 / 4.0, 7.0 / 10.0, 1.0 / 5.0, 7.0 / 11.0]);
        assert_eq!(targets[0].rslock.unwrap().median, 6.0 / 4.0);
        assert_eq!(sections("", "µs", &times)[1].groups[0].bars.len(), 5);
    }
}
