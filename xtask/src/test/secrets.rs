//! No password may be in anything that tests print; with cargo-nextest, those that pass included.

use std::path::Path;

/// What every password of the tests has in it.
const SENTINEL: &str = "s3ntinel";

/// Where cargo-nextest keeps what tests have printed in its last run, as `.config/nextest.toml` says.
const REPORT: &str = "nextest/default/junit.xml";

/// Takes the report of an earlier run away.
pub(crate) fn forget(target: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(target.join(REPORT)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What is wrong with what the last run of cargo-nextest has printed.
pub(crate) fn of_nextest(target: &Path) -> Option<String> {
    match std::fs::read_to_string(target.join(REPORT)) {
        Ok(report) if report.contains("</testsuites>") => of(&report),
        Ok(_) => Some(format!("cargo-nextest has not written the end of {REPORT}")),
        Err(error) => Some(format!("cargo-nextest has left no {REPORT}: {error}")),
    }
}

/// What is wrong with the output of tests. The lines themselves are told by nobody.
pub(crate) fn of(output: &str) -> Option<String> {
    let count = output.lines().filter(|line| line.contains(SENTINEL)).count();
    (count > 0).then(|| format!("lines of output with a password of the tests: {count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_in_the_output_is_told_without_its_line() {
        let problem = of("a line\nconnecting to redis://user:s3ntinel-pw@host\n").unwrap();
        assert!(problem.ends_with(": 1") && !problem.contains(SENTINEL), "{problem}");
        assert_eq!(of("a line\n"), None);
    }

    #[test]
    fn run_that_leaves_no_report_is_a_problem() {
        let directory = xshell::Shell::new().unwrap().create_temp_dir().unwrap();
        assert!(of_nextest(directory.path()).unwrap().contains("no nextest"));
        let report = directory.path().join(REPORT);
        std::fs::create_dir_all(report.parent().unwrap()).unwrap();
        for (text, is_clean) in [("<testsuites>s3n", false), ("<a>s3ntinel</testsuites>", false)] {
            std::fs::write(&report, text).unwrap();
            assert_eq!(of_nextest(directory.path()).is_none(), is_clean);
        }
        std::fs::write(&report, "<testsuites></testsuites>").unwrap();
        assert_eq!(of_nextest(directory.path()), None);
    }
}
