//! What no text file of the repository contains.

use super::{File, Finding};
use crate::test::OPTIMISED;

/// Each is put together here, so that this file keeps its own rules.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!(")];
const OF_A_MACHINE: [&str; 3] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];
/// A macro may pass on the reason that it was given; the attribute itself has none or a literal.
const IGNORED: [&str; 2] = [concat!("#[ign", "ore]"), concat!("#[ign", "ore = \"")];

const OF_THE_BUILD: &str = concat!("debug_", "assertions");

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    files.iter().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().enumerate();
    let advice = |line: &str| {
        let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
        [
            (has(&UNFINISHED), "an unfinished note: do it, or make it an issue of the project"),
            (has(&OF_A_MACHINE), "a path of one machine: give it from the root of the repository"),
            (
                IGNORED.iter().any(|start| line.trim_start().starts_with(start)),
                "an ignored test is a test that nobody runs; one that needs the optimised build \
                 is left out in the unoptimised one by an attribute: see CONTRIBUTING.md",
            ),
            (
                line.contains(OF_THE_BUILD) && !runs_optimised(&file.path),
                "a test of the optimised build that nobody runs: add the crate to `OPTIMISED` in \
                 xtask/src/test.rs",
            ),
            (
                line.ends_with([' ', '\t']),
                "blanks at the end of the line; `cargo fmt` or an editor removes them",
            ),
        ]
    };
    let findings = lines.flat_map(|(index, line)| {
        let broken = advice(line).into_iter().filter(|(broken, _)| *broken);
        broken.map(move |(_, advice)| Finding::in_line(file, index, advice))
    });
    findings.collect()
}

/// Whether the optimised part of the tests runs the crate of this file; text of others is no code.
fn runs_optimised(path: &str) -> bool {
    !path.ends_with(".rs") || OPTIMISED.iter().any(|name| path.starts_with(&format!("{name}/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Finding> {
        check(&[File { path: "a.rs".to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn each_kind_of_text_is_found_in_its_line() {
        for line in UNFINISHED.into_iter().chain(OF_A_MACHINE).chain(["a ", "\t"]) {
            let findings = found(&format!("first\n{line}\n"));
            assert_eq!(findings.len(), 1, "{line:?}");
            assert_eq!(findings[0].place, "a.rs:2");
        }
    }

    #[test]
    fn ignored_test_is_found() {
        for attribute in IGNORED {
            assert_eq!(found(&format!("    {attribute}why\"]\n")).len(), 1);
        }
    }

    #[test]
    fn test_of_the_optimised_build_is_found_where_nobody_runs_it() {
        let text = format!("#[cfg_attr({OF_THE_BUILD}, ignore = \"why\")]\n");
        let in_file = |path: &str| check(&[File { path: path.to_owned(), text: text.clone() }]);
        assert_eq!(in_file("cache-memory/tests/bound.rs"), []);
        assert_eq!(in_file("CONTRIBUTING.md"), []);
        assert_eq!(in_file("cache-core/tests/bound.rs").len(), 1);
    }

    #[test]
    fn words_that_only_look_alike_are_allowed() {
        assert_eq!(found("the todo list of the framework/core at home\n"), []);
    }
}
