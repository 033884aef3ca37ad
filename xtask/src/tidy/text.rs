//! What no text file of the repository contains.

use super::{File, Finding};

/// Each is put together here, so that this file keeps its own rules.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!(")];
const OF_A_MACHINE: [&str; 3] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];
/// A macro may pass on the reason that it was given; the attribute itself has none or a literal.
const IGNORED: [&str; 2] = [concat!("#[ign", "ore]"), concat!("#[ign", "ore = \"")];

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
                 is left out by `cfg_attr(debug_assertions, ..)`: see CONTRIBUTING.md",
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
    fn ignored_test_is_found_and_one_of_the_optimised_build_is_not() {
        for attribute in IGNORED {
            assert_eq!(found(&format!("    {attribute}why\"]\n")).len(), 1);
        }
        assert_eq!(found("#[cfg_attr(debug_assertions, ignore = \"why\")]\n"), []);
    }

    #[test]
    fn words_that_only_look_alike_are_allowed() {
        assert_eq!(found("the todo list of the framework/core at home\n"), []);
    }
}
