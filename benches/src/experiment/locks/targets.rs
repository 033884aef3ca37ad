//! What the figures should be, and whether they are.

use crate::report::Sheet;
use crate::statistics::Estimate;

/// A figure that has a target.
pub(super) struct Target {
    /// What was measured, of whom.
    pub(super) what: String,
    /// Over the rounds; `None` where it was not measured.
    pub(super) found: Option<Estimate>,
    pub(super) unit: &'static str,
    pub(super) limit: Limit,
    /// The same of rslock, where it does the same.
    pub(super) rslock: Option<Estimate>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    /// Its median, not more.
    AtMost(f64),
    /// Its median, not less.
    AtLeast(f64),
    /// In no round less.
    NeverBelow(f64),
    /// Published, whatever it is.
    None,
}

impl Limit {
    fn text(self, unit: &str) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}{unit}"),
            Self::AtLeast(limit) => format!("≥ {limit}{unit}"),
            Self::NeverBelow(limit) => format!("≥ {limit}{unit} in every round"),
            Self::None => "–".to_owned(),
        }
    }

    /// The median decides. An interval that holds the target would have decided otherwise in other
    /// rounds.
    fn verdict(self, found: &Estimate) -> &'static str {
        let (is_met, limit) = match self {
            Self::AtMost(limit) => (found.median <= limit, limit),
            Self::AtLeast(limit) => (found.median >= limit, limit),
            Self::NeverBelow(limit) => return if found.least >= limit { "met" } else { "missed" },
            Self::None => return "–",
        };
        match (is_met, (found.low..=found.high).contains(&limit)) {
            (true, false) => "met",
            (true, true) => "met, not surely",
            (false, true) => "missed, not surely",
            (false, false) => "missed",
        }
    }
}

impl Target {
    fn row(&self) -> Vec<String> {
        let shown = |figure: &Option<Estimate>| match (figure, self.limit) {
            (Some(figure), Limit::NeverBelow(_)) => {
                format!("{:.2}{} at least", figure.least, self.unit)
            }
            (Some(figure), _) => {
                let Estimate { median, low, high, .. } = figure;
                format!("{median:.2}{} ({low:.2} – {high:.2})", self.unit)
            }
            (None, _) => "–".to_owned(),
        };
        let verdict = self.found.as_ref().map_or("–", |found| self.limit.verdict(found));
        vec![
            self.what.clone(),
            shown(&self.found),
            self.limit.text(self.unit),
            verdict.to_owned(),
            shown(&self.rslock),
        ]
    }
}

/// All of them in one table.
pub(super) fn sheet(targets: &[Target]) -> Sheet {
    let mut sheet = Sheet::new(
        "Targets",
        "The median of the rounds, and the interval that holds it with a probability of 95 %. \
         Ratios are taken within each round. The median decides; not surely is said where the \
         interval holds the target.",
    );
    sheet.head = ["what", "found", "target", "", "rslock"].map(str::to_owned).to_vec();
    sheet.rows = targets.iter().map(Target::row).collect();
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(samples: &[f64], limit: Limit) -> Vec<String> {
        let (what, found) = ("a figure".to_owned(), Estimate::of(samples));
        Target { what, found, unit: " ms", limit, rslock: Estimate::of(&[7.0]) }.row()
    }

    #[test]
    fn median_decides_and_an_interval_that_holds_the_target_is_told() {
        let met = row(&[1.0, 2.0, 3.0], Limit::AtMost(4.0));
        assert_eq!(
            met,
            ["a figure", "2.00 ms (1.00 – 3.00)", "≤ 4 ms", "met", "7.00 ms (7.00 – 7.00)"]
        );
        assert_eq!(row(&[1.0, 2.0, 3.0], Limit::AtMost(2.5))[3], "met, not surely");
        assert_eq!(row(&[1.0, 2.0, 3.0], Limit::AtLeast(2.5))[3], "missed, not surely");
        assert_eq!(row(&[1.0, 2.0, 3.0], Limit::AtLeast(4.0))[3], "missed");
        assert_eq!(row(&[1.0, 2.0, 3.0], Limit::None)[2..4], ["–", "–"]);
    }

    #[test]
    fn worst_round_decides_what_must_never_be() {
        let limit = Limit::NeverBelow(0.5);
        assert_eq!(
            row(&[0.4, 0.9, 0.9], limit)[1..4],
            ["0.40 ms at least", "≥ 0.5 ms in every round", "missed"]
        );
        assert_eq!(row(&[0.5, 0.9, 0.9], limit)[3], "met");
    }

    #[test]
    fn what_was_not_measured_has_no_verdict() {
        let limit = Limit::AtMost(1.0);
        let what = "a figure".to_owned();
        let target = Target { what, found: None, unit: "", limit, rslock: None };
        assert_eq!(target.row(), ["a figure", "–", "≤ 1", "–", "–"]);
        assert_eq!(sheet(&[target]).rows[0].len(), sheet(&[]).head.len());
    }
}
