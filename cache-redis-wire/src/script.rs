//! The Lua that runs on the server, where one plain command cannot do a step whole.
//!
//! Scripts declare every key, have keys of one slot alone, read before they write, and answer integers,
//! strings and flat arrays: these look alike in RESP2 and RESP3. An array begins with an integer, as some
//! drivers take one that begins with bytes such as `message` for an event.

use bytes::Bytes;

use crate::command::Command;

/// A script as the server knows it.
#[derive(Debug)]
pub(crate) struct Script {
    text: &'static str,
    /// By which `EVALSHA` calls it: SHA-1 of the text, in hexadecimal. A test compares them.
    sha1: &'static str,
}

/// Joins what several scripts have in common and the script itself.
macro_rules! script {
    ($common:literal, $own:literal, $sha1:literal) => {
        Script { text: concat!(include_str!($common), include_str!($own)), sha1: $sha1 }
    };
}

pub(crate) static CONTAINS: Script =
    script!("lua/entries.lua", "lua/contains.lua", "53bab07576b5b1758cb34343e70b5e0941571db7");
pub(crate) static ENTRY: Script =
    script!("lua/entries.lua", "lua/entry.lua", "1f64ae769611fc02df4a929bc9de264b23f7bd27");
pub(crate) static TTL: Script =
    script!("lua/entries.lua", "lua/ttl.lua", "c2d01f85a22a12314d7977bddcdf09c34df386b3");
pub(crate) static TOUCH: Script =
    script!("lua/entries.lua", "lua/touch.lua", "c0dd58cf1bc50dcbb3cc7e7b932e2bb44458ab7c");
pub(crate) static DELETE: Script =
    script!("lua/entries.lua", "lua/delete.lua", "c39ec9c3d022058e8819a4bfdfc0d6bf31d41b74");
pub(crate) static SET: Script =
    script!("lua/entries.lua", "lua/set.lua", "b2e33e927f952b6c969efbccb66b6f28bcc5a5fe");
pub(crate) static INCREMENT: Script =
    script!("lua/entries.lua", "lua/increment.lua", "cca3049b44b5ae512fc2fab9b33645bb1810da96");
pub(crate) static ACQUIRE: Script =
    script!("lua/locks.lua", "lua/acquire.lua", "7a57b8780bb56e11beb60a217b19057b40ee500b");
pub(crate) static EXTEND: Script =
    script!("lua/locks.lua", "lua/extend.lua", "5bce3f7894bd327d1dab3715e6cfeae609cc830c");
pub(crate) static RELEASE: Script =
    script!("lua/locks.lua", "lua/release.lua", "5e8ab7b3cf0bbd898824c25a9b96cb7b2b36b5cb");
pub(crate) static INSPECT: Script =
    script!("lua/locks.lua", "lua/inspect.lua", "844d05521c4bc4fa9ee02a18c777ef77d6cadfaa");

impl Script {
    /// A call of the script by its SHA-1, with so many arguments to follow.
    pub(crate) fn call<const KEYS: usize>(&self, keys: [Bytes; KEYS], arguments: usize) -> Command {
        let command = Command::new("EVALSHA", 2 + KEYS + arguments);
        let command = command.word(self.sha1).word(COUNTS[KEYS]);
        keys.into_iter().fold(command, Command::bytes)
    }

    /// The same call with the text of the script, which the server keeps from then on.
    pub(crate) fn with_text(&self, call: Command) -> Command {
        call.with_beginning("EVAL", self.text)
    }
}

/// How many keys, as text.
const COUNTS: [&str; 3] = ["0", "1", "2"];

/// The name of the script that has this text or digest, for tests.
#[cfg(test)]
pub(crate) fn name_of(word: &str) -> Option<&'static str> {
    let found = tests::ALL.iter().find(|(_, script)| [script.text, script.sha1].contains(&word));
    found.map(|(name, _)| *name)
}

#[cfg(test)]
mod tests;
