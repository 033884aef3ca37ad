//! Files stay small enough to read in one go.

use super::{File, Finding};

const NOTED: usize = 250;
const REFUSED: usize = 400;

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    counted(files)
        .filter(|(_, lines)| *lines > REFUSED)
        .map(|(file, lines)| {
            let advice = format!(
                "{lines} lines of code, at most {REFUSED} are allowed; \
                 one file holds one concept: find the second one and move it out"
            );
            Finding::new(&file.path, advice)
        })
        .collect()
}

/// Files that grow towards the limit.
pub(super) fn notes(files: &[File]) -> Vec<Finding> {
    counted(files)
        .filter(|(_, lines)| (NOTED + 1..=REFUSED).contains(lines))
        .map(|(file, lines)| {
            Finding::new(&file.path, format!("{lines} lines of code; {REFUSED} is the limit"))
        })
        .collect()
}

fn counted(files: &[File]) -> impl Iterator<Item = (&File, usize)> {
    files.iter().filter(|file| is_code(&file.path)).map(|file| (file, code_lines(&file.text)))
}

fn is_code(path: &str) -> bool {
    let tests = path.ends_with("/tests.rs") || path.contains("/tests/");
    path.ends_with(".rs") && !tests
}

/// The lines that are neither blank nor a comment, before the module of unit tests.
fn code_lines(text: &str) -> usize {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let is_tests = |pair: &[&str]| {
        let for_tests =
            pair[0].starts_with("#[cfg(test)]") || pair[0].starts_with("#[cfg(all(test");
        for_tests && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    };
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    lines[..end].iter().filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: usize) -> File {
        File { path: path.to_owned(), text: "let x = 1;\n".repeat(lines) }
    }

    #[test]
    fn blank_lines_comments_and_unit_tests_do_not_count() {
        let text = "//! Text.\n\nuse a;\n    // why\n#[cfg(test)]\nuse b;\nfn f() {}\n\
                    #[cfg(test)]\nmod tests {\n    fn g() {}\n}\n";
        assert_eq!(code_lines(text), 4);
    }

    #[test]
    fn file_over_the_limit_is_found_and_a_large_one_is_noted() {
        assert!(check(&[file("a/src/lib.rs", 401)])[0].advice.contains("401 lines"));
        let files = [file("a/src/lib.rs", 400)];
        assert!(check(&files).is_empty());
        assert_eq!(notes(&files).len(), 1);
        assert!(notes(&[file("a/src/lib.rs", 250)]).is_empty());
    }

    #[test]
    fn tests_have_no_limit() {
        assert!(check(&[file("a/tests/all.rs", 900), file("a/src/b/tests.rs", 900)]).is_empty());
        assert_eq!(check(&[file("a/src/tests_of_others.rs", 900)]).len(), 1);
    }
}
