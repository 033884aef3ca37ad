//! Types of the crates we build on stay out of the public API of the others.
//!
//! A type of another crate in a signature ties our versions to its versions. The check is of the
//! text: it knows paths and imports, not types. `unreachable_pub` makes sure that `pub` means
//! public.

use super::{File, Finding};

/// A crate, and those of ours whose public API may name it.
const KEPT_INSIDE: &[(&str, &[&str])] = &[
    ("dashmap", &[]),
    ("figment", &["cache-facade"]),
    ("fred", &["cache-fred"]),
    ("redis", &["cache-redis"]),
    ("shuttle", &[]),
];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let sources =
        files.iter().filter(|file| file.path.contains("/src/") && file.path.ends_with(".rs"));
    sources.flat_map(check_source).collect()
}

fn check_source(file: &File) -> Vec<Finding> {
    let owner = file.path.split('/').next().unwrap_or_default();
    let kept = KEPT_INSIDE.iter().filter(|(_, owners)| !owners.contains(&owner));
    let findings = kept.flat_map(|(name, _)| {
        let imported = imports(&file.text, name);
        let exposing = public_items(&file.text).into_iter().filter(move |(_, item)| {
            names(item, name) || words(item).any(|word| imported.iter().any(|other| other == word))
        });
        exposing.map(move |(index, _)| {
            let advice = format!(
                "a type of `{name}` in the public API: whoever uses it is tied to that crate and \
                 its version; wrap it in a type of ours, or keep it `pub(crate)`"
            );
            Finding::in_line(file, index, advice)
        })
    });
    findings.collect()
}

/// Whether an item names a crate: by a path that begins with it, or as what it re-exports.
fn names(item: &str, name: &str) -> bool {
    let is_path = |(start, _): (usize, &str)| {
        let before = item[..start].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "_:".contains(before))
    };
    let re_exported = item.starts_with("pub use ") && their_names(item).any(|word| word == name);
    re_exported || item.match_indices(&format!("{name}::")).any(is_path)
}

/// The words of an item but for what follows `as`: that name is one of ours.
fn their_names(item: &str) -> impl Iterator<Item = &str> {
    let ours = words(item).scan(false, |after_as, word| {
        let is_ours = std::mem::replace(after_as, word == "as");
        Some((word, is_ours))
    });
    ours.filter_map(|(word, is_ours)| (!is_ours).then_some(word))
}

/// The names that a file imports from a crate, as it calls them.
fn imports(text: &str, name: &str) -> Vec<String> {
    let start = format!("use {name}::");
    let mut imported = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with(&start) {
            let import = statement(text, index, &[';']);
            let pieces = import.split([',', '{', '}', ';']);
            imported.extend(pieces.filter_map(|piece| words(piece).last().map(str::to_owned)));
        }
    }
    imported
}

/// The signatures, fields and re-exports that are public, and the conversions, with their lines.
fn public_items(text: &str) -> Vec<(usize, String)> {
    let code = text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]");
    let items = code.filter_map(|(index, line)| {
        let line = line.trim_start();
        let end: &[char] = match line {
            _ if line.starts_with("pub use ") => &[';'],
            // A field ends by a comma, but so does an argument: the rest of the line is enough.
            _ if line.starts_with("pub ") && line.ends_with(',') => &['\n'],
            _ if line.starts_with("pub ") => &['{', ';'],
            _ if line.starts_with("impl") && line.contains("From<") => &['{'],
            _ => return None,
        };
        Some((index, statement(text, index, end)))
    });
    items.collect()
}

/// The text from a line on, up to one of the characters.
fn statement(text: &str, line: usize, end: &[char]) -> String {
    let rest: Vec<_> = text.lines().skip(line).collect();
    let rest = rest.join("\n");
    rest.split(end).next().unwrap_or_default().to_owned() + if end == [';'] { ";" } else { "" }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        check(&[file]).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn re_export_signature_field_and_conversion_are_found() {
        for text in [
            "pub use dashmap::DashMap;",
            "pub use {\n    dashmap as map,\n};",
            "pub fn f(\n    map: &dashmap::DashMap<u8, u8>,\n) {}",
            "use dashmap::{mapref::one::Ref, DashMap as Map};\npub fn f() -> Map<u8, u8> {}",
            "use dashmap::{\n    DashMap,\n};\npub struct S {\n    pub map: DashMap<u8, u8>,\n}",
            "impl From<figment::Error> for Error {}",
        ] {
            assert_eq!(lines("cache-memory/src/a.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_stays_inside_is_allowed() {
        let text = "use dashmap::DashMap;\npub struct S {\n    map: DashMap<u8, u8>,\n}\n\
                    pub(crate) fn f(map: &DashMap<u8, u8>) {}\npub fn g(redis: &str) -> crate::redis::Url {\n\
                    let map = DashMap::new();\n}\n#[cfg(test)]\npub use dashmap;\n";
        assert_eq!(lines("cache-memory/src/a.rs", text), Vec::<String>::new());
    }

    #[test]
    fn name_that_one_of_our_crates_goes_by_is_not_the_name_of_another() {
        let text = "pub use cache_redis as redis;\npub use redis as cache_redis;\n";
        assert_eq!(lines("cache-facade/src/a.rs", text), ["cache-facade/src/a.rs:2"]);
    }

    #[test]
    fn crate_that_owns_the_type_may_show_it() {
        let text = "pub fn f(client: redis::Client) {}\n";
        assert!(lines("cache-redis/src/a.rs", text).is_empty());
        assert_eq!(lines("cache-fred/src/a.rs", text), ["cache-fred/src/a.rs:1"]);
    }
}
