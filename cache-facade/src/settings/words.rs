//! The kinds of values in words: one wording for messages and documents.

use super::table::Kind;

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
            Kind::Namespace => ("text", "the name of a namespace, at least 1 byte"),
            Kind::Choice(choices) => {
                let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                return Self { name: "text", range: choices.join(" or ") };
            }
            Kind::Lifetime => (
                "duration",
                "with its unit, more than zero and at most 36500 days, such as `90s`, `5m` or \
                 `1h30m`; or `never`",
            ),
            Kind::Deadline => {
                ("duration", "with its unit, from `1ms` to `1h`, such as `250ms`; or `none`")
            }
            Kind::Entries => {
                ("whole number", "of entries, at least 1 and no more than memory can index")
            }
            Kind::Size => (
                "size",
                "with its unit, at least 1 byte and no more than there is memory, such as `64MiB`",
            ),
        };
        Self { name, range: range.to_owned() }
    }

    /// As what was expected instead of what is there.
    pub(crate) fn expected(&self) -> String {
        match self.name {
            "text" => format!("text: {}", self.range),
            name => format!("a {name} {}", self.range),
        }
    }
}
