//! What every crate has, and what the root has.

use super::{File, Finding};
use crate::metadata::Package;

const AT_THE_ROOT: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "Cargo.lock",
    ".ci/run",
];

/// A line that a file at the root must have, and why.
const LINES_AT_THE_ROOT: &[(&str, &str, &str)] = &[
    ("Cargo.toml", "unsafe_code = \"forbid\"", "no crate of ours contains `unsafe`"),
    ("Cargo.toml", "too_many_lines = \"warn\"", "clippy keeps functions short"),
    ("clippy.toml", "too-many-lines-threshold = 60", "a function has at most 60 lines"),
];

pub(super) fn check(packages: &[Package], files: &[File]) -> Vec<Finding> {
    let missing = AT_THE_ROOT.iter().filter(|path| find(files, path).is_none());
    let missing = missing.map(|path| Finding::new(*path, "the file is missing"));
    let lines = LINES_AT_THE_ROOT.iter().filter(|(path, line, _)| {
        !find(files, path)
            .is_some_and(|file| file.text.lines().any(|found| found.starts_with(line)))
    });
    let lines =
        lines.map(|(path, line, reason)| Finding::new(*path, format!("needs `{line}`: {reason}")));
    let members = packages.iter().flat_map(|package| check_member(package, files));
    missing.chain(lines).chain(members).collect()
}

fn check_member(package: &Package, files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = format!("{}/Cargo.toml", package.name);
    match find(files, &path) {
        None => findings.push(Finding::new(&path, "a crate lies in the directory of its name")),
        Some(manifest) if !manifest.text.contains("[lints]\nworkspace = true") => {
            let advice = "needs `[lints]` with `workspace = true`: else `unsafe` is not forbidden";
            findings.push(Finding::new(&path, advice));
        }
        Some(_) => {}
    }
    if package.description.len() < 20 {
        let advice = "needs a `description` that says in one sentence what the crate is";
        findings.push(Finding::new(&path, advice));
    }
    let readme = format!("{}/README.md", package.name);
    if package.published && find(files, &readme).is_none() {
        findings.push(Finding::new(readme, "a published crate has a README: it is its front page"));
    }
    findings
}

fn find<'a>(files: &'a [File], path: &str) -> Option<&'a File> {
    files.iter().find(|file| file.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"one\"\n\n[lints]\nworkspace = true\n";

    fn package() -> Package {
        Package {
            name: "one".to_owned(),
            description: "A crate that holds nothing.".to_owned(),
            published: true,
            features: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn found(package: &Package, files: &[File]) -> String {
        check_member(package, files).into_iter().map(|finding| finding.advice).collect()
    }

    #[test]
    fn member_with_lints_description_and_readme_is_in_order() {
        let files = [file("one/Cargo.toml", MANIFEST), file("one/README.md", "text")];
        assert_eq!(found(&package(), &files), "");
    }

    #[test]
    fn missing_parts_of_a_member_are_found() {
        let files = [file("one/Cargo.toml", "[package]\n"), file("one/README.md", "")];
        assert!(found(&package(), &files).contains("`[lints]`"));
        let files = [file("one/Cargo.toml", MANIFEST)];
        assert!(found(&package(), &files).contains("README"));
        assert_eq!(found(&Package { published: false, ..package() }, &files), "");
        let todo = Package { description: "later".to_owned(), published: false, ..package() };
        assert!(found(&todo, &files).contains("`description`"));
    }

    #[test]
    fn missing_files_and_lines_of_the_root_are_found() {
        let complete: Vec<_> = AT_THE_ROOT.iter().map(|path| file(path, "text")).collect();
        let found = check(&[], &complete);
        assert_eq!(found.len(), LINES_AT_THE_ROOT.len());
        assert!(
            check(&[], &complete[1..]).contains(&Finding::new("README.md", "the file is missing"))
        );
    }
}
