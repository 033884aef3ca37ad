//! The kinds of values in words: one wording for messages and documents.

use super::table::Kind;
use super::units;

/// A kind of value in words.
pub(crate) struct Words {
    /// One word or two.
    pub(crate) name: &'static str,
    /// Unit and range.
    pub(crate) range: String,
}

impl Words {
    pub(crate) fn of(kind: Kind) -> Self {
        let (name, range) = match kind {
            Kind::Backend => ("text", "the name of a backend"),
            Kind::Namespace => (
                "text",
                "the name of a namespace, at least 1 byte; in a profile or a variable nothing for none",
            ),
            Kind::Choice(choices) => {
                let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                return Self { name: "text", range: choices.join(" or ") };
            }
            Kind::Lifetime => {
                return Self::with_unit(
                    "duration",
                    units::DURATIONS,
                    "more than zero and at most 36500 days, such as `90s`, `5m` or `1h30m`; or `never`",
                );
            }
            Kind::Deadline => {
                return Self::with_unit(
                    "duration",
                    units::DURATIONS,
                    "from `1ms` to `1h`, such as `250ms`; or `none`",
                );
            }
            Kind::Entries => {
                ("whole number", "of entries, at least 1 and no more than memory can index")
            }
            Kind::Size => {
                return Self::with_unit(
                    "size",
                    units::SIZES,
                    "at least 1 byte and no more than there is memory, such as `64MiB`",
                );
            }
            Kind::Text(meaning) => ("text", meaning),
            Kind::Secret => ("text", "at least 1 byte; never shown"),
            Kind::Number { least, most } => {
                return Self { name: "whole number", range: format!("from {least} to {most}") };
            }
            Kind::Flag => ("flag", "that is `true` or `false`"),
            Kind::Timeout => {
                return Self::with_unit(
                    "duration",
                    units::DURATIONS,
                    "from `1ms` to `1h`, such as `250ms`",
                );
            }
        };
        Self { name, range: range.to_owned() }
    }

    fn with_unit(name: &'static str, units: &[&str], range: &str) -> Self {
        Self { name, range: format!("with its unit ({}), {range}", units::listed(units)) }
    }

    /// As what was expected instead of what is there.
    pub(crate) fn expected(&self) -> String {
        match self.name {
            "text" => format!("text: {}", self.range),
            name => format!("a {name} {}", self.range),
        }
    }
}
