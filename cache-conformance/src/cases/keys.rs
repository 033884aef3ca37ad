//! Keys are bytes of UTF-8 in which nothing is special.

use bytes::Bytes;
use cache_core::{ErrorKind, Key, RESERVED_PREFIX, SetItem, SetOptions, SetOutcome, Ttl};

use crate::check::{refused, same};
use crate::subject::{each_ok, key};
use crate::trial::Trial;

/// Strings that some layer is likely to treat as something else. All are distinct.
pub(super) const AWKWARD: &[&str] = &[
    "a",
    "A",
    "aa",
    "a ",
    " a",
    " ",
    "\t",
    "\0",
    "a\0",
    "a\0b",
    "\0a",
    "\r\n",
    "a\r\nb",
    "\n",
    "\r\nDEL a\r\n",
    "$1\r\na\r\n",
    "{a}",
    "{a}b",
    "{}",
    "{",
    "}",
    "a{",
    "{{a}}",
    "*",
    "a*",
    "?",
    "a?",
    "[a]",
    "[^a]",
    "[a-z]",
    "\\*",
    "\\",
    "\\\\",
    "a:b",
    "a:",
    ":a",
    ":",
    "a::b",
    "%",
    "%s",
    "%00",
    "%2F",
    "/",
    "//",
    "..",
    "../a",
    ".",
    "'",
    "\"",
    "`",
    "';--",
    "$a",
    "${a}",
    "$(a)",
    "#",
    "@",
    "|",
    "~",
    "-",
    "--",
    "-a",
    "_",
    "__cache__",
    "_cache_:",
    "__CACHE__:a",
    "null",
    "nil",
    "0",
    "00",
    "-0",
    "1e3",
    "true",
    "\u{e9}",
    "e\u{301}",
    "\u{c9}",
    "\u{df}",
    "ss",
    "\u{1e9e}",
    "\u{130}",
    "i",
    "\u{131}",
    "I",
    "\u{fb01}",
    "fi",
    "\u{c5}",
    "\u{212b}",
    "A\u{30a}",
    "\u{f1}",
    "n\u{303}",
    "日本語",
    "\u{ff71}",
    "\u{30a2}",
    "العربية",
    "\u{202e}abc",
    "abc",
    "👍",
    "👍🏽",
    "👩‍👩‍👧",
    "\u{200b}",
    "a\u{200b}",
    "\u{feff}",
    "\u{feff}a",
    "\u{a0}",
    "\u{2028}",
    "\u{7f}",
    "\u{80}",
    "\u{e000}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
];

pub(crate) async fn awkward_keys_are_all_distinct(trial: Trial) {
    for at in AWKWARD {
        trial.cache.lacks(at).await;
        trial.cache.put(at, at.as_bytes()).await;
    }
    for at in AWKWARD {
        trial.cache.holds(at, at).await;
    }
    for (deleted, at) in AWKWARD.iter().enumerate() {
        same(format!("delete {at:?}"), &trial.cache.delete(at).await, &true);
        trial.cache.lacks(at).await;
        if let Some(next) = AWKWARD.get(deleted + 1) {
            trial.cache.holds(next, next).await;
        }
    }
}

pub(crate) async fn awkward_keys_work_in_every_single_operation(trial: Trial) {
    for at in AWKWARD {
        trial.cache.put_for(at, "old", trial.life() * 1_000).await;
        trial.cache.put(at, "new").await;
        trial.cache.holds(at, "new").await;
        same(format!("contains {at:?}"), &trial.cache.contains(at).await, &true);
        same(format!("delete {at:?}"), &trial.cache.delete(at).await, &true);
        same(format!("contains {at:?}"), &trial.cache.contains(at).await, &false);
    }
}

pub(crate) async fn awkward_keys_work_in_every_optional_operation(trial: Trial) {
    for at in AWKWARD {
        same(format!("increment {at:?}"), &trial.cache.increment(at, 7).await, &7);
        same(format!("entry {at:?}"), &trial.cache.entry(at).await.value, &Bytes::from("7"));
        same(format!("ttl {at:?}"), &trial.cache.ttl(at).await, &Some(Ttl::Never));
        same(format!("touch {at:?}"), &trial.cache.touch(at, Ttl::LONGEST).await, &true);
        let taken = trial.cache.take(at).await;
        same(format!("take {at:?}"), &taken, &Some(Bytes::from("7")));
        trial.cache.lacks(at).await;
    }
}

pub(crate) async fn awkward_keys_work_in_batches(trial: Trial) {
    let item = |at: &&'static str| SetItem::new(key(at), Bytes::from(*at), SetOptions::new());
    let outcomes = trial.cache.set_many(AWKWARD.iter().map(item).collect()).await;
    let expected = vec![SetOutcome::Stored; AWKWARD.len()];
    same("set_many of awkward keys", &each_ok("set_many", outcomes), &expected);
    let expected: Vec<_> = AWKWARD.iter().map(|at| Some(Bytes::from(*at))).collect();
    same("get_many of awkward keys", &trial.cache.get_many(AWKWARD).await, &expected);
    let deleted = trial.cache.delete_many(AWKWARD).await;
    same("delete_many of awkward keys", &deleted, &vec![true; AWKWARD.len()]);
}

pub(crate) async fn glob_characters_delete_nothing_else(trial: Trial) {
    let plain = ["a", "ab", "abc", "b", "^a"];
    for at in plain {
        trial.cache.put(at, "stays").await;
    }
    for glob in ["*", "a*", "?", "a?", "[ab]", "[^b]", "[a-z]*", "\\a"] {
        same(format!("delete {glob:?}"), &trial.cache.delete(glob).await, &false);
        trial.cache.lacks(glob).await;
    }
    for at in plain {
        trial.cache.holds(at, "stays").await;
    }
}

pub(crate) async fn longest_key_is_a_key_and_one_byte_more_is_refused(trial: Trial) {
    for character in ["k", "é", "👍", "\n", "*"] {
        let longest = character.repeat(Key::MAX_BYTES / character.len());
        same("bytes of the longest key", &longest.len(), &Key::MAX_BYTES);
        trial.cache.put(&longest, "value").await;
        trial.cache.holds(&longest, "value").await;
        same("delete of the longest key", &trial.cache.delete(&longest).await, &true);
        trial.cache.lacks(&longest).await;
        let longer = format!("{longest}k");
        refused("a key of one byte more", Key::new(&longer), ErrorKind::InvalidInput);
    }
    refused("an empty key", Key::new(""), ErrorKind::InvalidInput);
}

pub(crate) async fn longest_keys_differ_in_their_last_byte(trial: Trial) {
    let beginning = "k".repeat(Key::MAX_BYTES - 1);
    let [first, second] = ["1", "2"].map(|last| format!("{beginning}{last}"));
    trial.cache.put(&first, "first").await;
    trial.cache.lacks(&second).await;
    trial.cache.lacks(&beginning).await;
    trial.cache.put(&second, "second").await;
    trial.cache.holds(&first, "first").await;
    trial.cache.holds(&second, "second").await;
}

pub(crate) async fn reserved_prefix_is_refused_and_its_beginning_is_a_key(trial: Trial) {
    for reserved in [RESERVED_PREFIX.to_owned(), format!("{RESERVED_PREFIX}lock:a")] {
        refused(format!("the key {reserved:?}"), Key::new(&reserved), ErrorKind::InvalidInput);
    }
    let beginning = &RESERVED_PREFIX[..RESERVED_PREFIX.len() - 1];
    for at in [beginning.to_owned(), format!("x{RESERVED_PREFIX}"), format!("{beginning}x:")] {
        trial.cache.put(&at, "value").await;
        trial.cache.holds(&at, "value").await;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::AWKWARD;

    #[test]
    fn awkward_keys_are_listed_once() {
        let mut seen = HashSet::new();
        let twice: Vec<_> = AWKWARD.iter().filter(|at| !seen.insert(**at)).collect();
        assert!(twice.is_empty(), "listed twice: {twice:?}");
    }
}
