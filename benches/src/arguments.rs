//! The command line that the programs share.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use crate::Result;

/// How an experiment is run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How many rounds; each experiment has a number of its own where none is given.
    pub rounds: Option<usize>,
    /// Small sizes and few rounds: to see that it works, not to learn a figure.
    pub quick: bool,
    /// How many grants a turn of a hand-over has, where the experiment's own number is not wanted.
    pub grants: Option<usize>,
    /// The folder of the traces to replay.
    pub traces: Option<PathBuf>,
    /// Where the report is kept, and the page that shows it.
    pub directory: PathBuf,
}

impl Settings {
    /// Small sizes, two rounds, and reports beside the real ones.
    pub fn quick() -> Self {
        let directory = "target/bench/quick".into();
        Self { rounds: None, quick: true, grants: None, traces: None, directory }
    }

    /// How the criterion benches are run: quick, unless `cargo bench` wants figures of them.
    pub fn of_criterion() -> Self {
        let asked = |name: &str| std::env::args().any(|argument| argument == name);
        let quick = !asked("--bench") || asked("--test") || asked("--quick");
        Self { quick, ..Self::quick() }
    }

    /// The number of rounds: as asked, or 2 where it is quick, or `usual`.
    pub fn rounds_or(&self, usual: usize) -> usize {
        self.rounds.unwrap_or(if self.quick { 2 } else { usual })
    }

    /// One of two sizes: for real, and where it is quick.
    pub const fn size(&self, real: usize, quick: usize) -> usize {
        if self.quick { quick } else { real }
    }
}

/// Reads the arguments of the process.
///
/// # Errors
/// For arguments that are not known, a sentence that says what is.
pub fn read() -> Result<Settings> {
    parse(Parser::from_env())
}

fn parse(mut parser: Parser) -> Result<Settings> {
    let mut settings =
        Settings { directory: "target/bench".into(), quick: false, ..Settings::quick() };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("rounds") => settings.rounds = Some(rounds(parser.value()?.parse()?)?),
            Arg::Long("grants") => settings.grants = Some(grants(parser.value()?.parse()?)?),
            Arg::Long("quick") => settings.quick = true,
            Arg::Long("traces") => settings.traces = Some(parser.value()?.into()),
            Arg::Long("directory") => settings.directory = parser.value()?.into(),
            other => {
                let known = "there are --rounds N, --grants N, --quick, --traces DIR and \
                             --directory DIR";
                return Err(format!("{}; {known}", other.unexpected()).into());
            }
        }
    }
    Ok(settings)
}

fn rounds(rounds: usize) -> Result<usize> {
    match rounds {
        1..=1000 => Ok(rounds),
        _ => Err(format!("{rounds} rounds; give 1 to 1000").into()),
    }
}

/// Fewer would leave a task that is late without one, whatever the lock.
fn grants(grants: usize) -> Result<usize> {
    match grants {
        160..=1_000_000 => Ok(grants),
        _ => Err(format!("{grants} grants; give 160 to 1000000").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Settings, String> {
        let words = line.split_whitespace();
        parse(Parser::from_args(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_read() {
        let settings = parsed("--rounds 7 --traces there --directory out").unwrap();
        assert_eq!((settings.rounds_or(20), settings.quick), (7, false));
        assert_eq!(settings.traces, Some("there".into()));
        assert_eq!(settings.directory, PathBuf::from("out"));
        assert_eq!((settings.size(5, 1), settings.grants), (5, None));
        assert_eq!(parsed("--grants 500").unwrap().grants, Some(500));
    }

    #[test]
    fn quick_means_small_sizes_and_two_rounds_unless_told() {
        let settings = parsed("--quick").unwrap();
        assert_eq!((settings.rounds_or(20), settings.size(5, 1)), (2, 1));
        assert_eq!(parsed("--quick --rounds 3").unwrap().rounds_or(20), 3);
    }

    #[test]
    fn what_is_not_known_is_an_error_that_says_what_there_is() {
        assert!(parsed("--fast").unwrap_err().contains("--rounds N"));
        assert!(parsed("--rounds 0").unwrap_err().contains("1 to 1000"));
        assert!(parsed("--grants 16").unwrap_err().contains("160 to 1000000"));
        assert!(parsed("--rounds").is_err());
    }
}
