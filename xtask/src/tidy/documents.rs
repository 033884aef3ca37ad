//! Examples are compiled, and the changelog is kept.

use super::{File, Finding};
use crate::metadata::Package;

pub(super) fn check(packages: &[Package], files: &[File]) -> Vec<Finding> {
    let pages = files.iter().filter(|file| is_page(packages, &file.path));
    let untested = pages.filter(|page| has_rust(&page.text) && !is_included(page, files));
    let untested = untested.map(|page| {
        let advice = "its examples are not compiled; include the file in the documentation of a \
                      crate by `#[doc = include_str!(..)]`, so that they run as doctests";
        Finding::new(&page.path, advice)
    });
    untested.chain(check_changelog(files)).collect()
}

/// The pages that users read: the README files, and what the root or a published crate has in `docs`.
fn is_page(packages: &[Package], path: &str) -> bool {
    let in_docs = |name: &str| path.starts_with(&format!("{name}/docs/")) && path.ends_with(".md");
    let of_a_crate = |name: &str| path == format!("{name}/README.md") || in_docs(name);
    let of_the_root = path == "README.md" || (path.starts_with("docs/") && path.ends_with(".md"));
    of_the_root || packages.iter().any(|package| of_a_crate(&package.name))
}

fn has_rust(text: &str) -> bool {
    let mut inside = false;
    text.lines().filter_map(|line| line.trim_start().strip_prefix("```")).any(|language| {
        inside = !inside;
        let rust = language.is_empty() || language.starts_with("rust");
        inside && rust
    })
}

/// Whether a source includes the page; the way up says how far it lies above the source.
fn is_included(page: &File, files: &[File]) -> bool {
    let sources = files.iter().filter(|file| file.path.ends_with(".rs"));
    let mut includes = sources.flat_map(|source| {
        let paths = source.text.split("include_str!(\"").skip(1);
        paths.filter_map(|rest| resolve(&source.path, rest.split_once('"')?.0))
    });
    includes.any(|path| path == page.path)
}

/// The path from the root of what `source` names by the way from its own directory.
fn resolve(source: &str, way: &str) -> Option<String> {
    let mut directory: Vec<_> = source.split('/').collect();
    directory.pop();
    for step in way.split('/') {
        match step {
            ".." => drop(directory.pop()?),
            "." => {}
            name => directory.push(name),
        }
    }
    Some(directory.join("/"))
}

fn check_changelog(files: &[File]) -> Option<Finding> {
    let changelog = files.iter().find(|file| file.path == "CHANGELOG.md")?;
    let kept = changelog.text.lines().any(|line| line.starts_with("## [Unreleased]"));
    let advice = "needs a section `## [Unreleased]`: what users will notice is written down with \
                  the change, not before the release";
    (!kept).then(|| Finding::new(&changelog.path, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn page_with_an_example_that_nobody_includes_is_found() {
        let page = file("README.md", "Text.\n```rust\nlet x = 1;\n```\n");
        let source = file("one/src/lib.rs", "#[doc = include_str!(\"../../README.md\")]\n");
        assert_eq!(check(&[], &[page, source]), []);
        let page = file("README.md", "Text.\n```\nlet x = 1;\n```\n");
        let source = file("one/src/lib.rs", "#[doc = include_str!(\"../README.md\")]\n");
        assert_eq!(check(&[], &[page, source]).len(), 1);
        let guide = file("docs/guide.md", "```rust\nlet x = 1;\n```\n");
        assert_eq!(check(&[], &[guide]).len(), 1);
    }

    #[test]
    fn page_without_rust_needs_no_crate() {
        let page = file("README.md", "```sh\ncargo add x\n```\nText.\n```toml\na = 1\n```\n");
        assert_eq!(check(&[], &[page]), []);
    }

    #[test]
    fn changelog_without_a_section_for_what_comes_is_found() {
        assert_eq!(check(&[], &[file("CHANGELOG.md", "## [Unreleased]\n")]), []);
        assert_eq!(check(&[], &[file("CHANGELOG.md", "## [0.1.0]\n")]).len(), 1);
    }
}
