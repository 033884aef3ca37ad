//! Which commands the cache and its locks need, and how to find out whether a user may call them.
//!
//! `ACL DRYRUN` would tell, but needs an administrator's rights itself. So each command is sent in a
//! form that changes nothing: the server looks at the rights before it looks at the arguments.

use cache_core::{Diagnosis, Finding, RESERVED_PREFIX, Severity};

use crate::command::Command;
use crate::reply::Answer;

/// A command that is needed.
pub(super) struct Needed {
    /// With its subcommand, if it has one.
    pub(super) command: &'static str,
    /// Without it, this does not work.
    pub(super) by: &'static str,
    pub(super) harmless: fn() -> Command,
}

/// Where the lock without a name would lie. A lock has a name, and cache keys are not let here: so
/// this key is never there, and a user who may touch it may touch locks.
pub(super) const KEY: &str = "__cache__:lock:{}";

/// No number, so that nothing is set by it.
const NO_NUMBER: &str = "none";
/// A digest that no script has.
const NO_SCRIPT: &str = "0000000000000000000000000000000000000000";

const CACHE: &str = "the cache";
const LOCKS: &str = "locks";
const ALL: &str = "the cache and locks";

/// Those that are sent, and those that the scripts call.
pub(super) const NEEDED: &[Needed] = &[
    needed("GET", ALL, || of_key("GET")),
    needed("GETDEL", CACHE, || of_key("GETDEL")),
    // An expiry that is no number is refused, and nothing is stored.
    needed("SET", ALL, || of_key("SET").word("").word("PX").word(NO_NUMBER)),
    needed("EXISTS", CACHE, || of_key("EXISTS")),
    needed("STRLEN", CACHE, || of_key("STRLEN")),
    needed("GETRANGE", CACHE, || of_key("GETRANGE").integer(0).integer(0)),
    needed("INCRBY", CACHE, || of_key("INCRBY").word(NO_NUMBER)),
    needed("PTTL", ALL, || of_key("PTTL")),
    needed("PEXPIRE", ALL, || of_key("PEXPIRE").word(NO_NUMBER)),
    needed("PERSIST", CACHE, || of_key("PERSIST")),
    needed("UNLINK", CACHE, || of_key("UNLINK")),
    needed("SCAN", "clear", || Command::new("SCAN", 3).integer(0).word("COUNT").integer(1)),
    needed("DEL", LOCKS, || of_key("DEL")),
    needed("TIME", LOCKS, || Command::new("TIME", 0)),
    needed("EVAL", ALL, || Command::new("EVAL", 2).word("return 1").integer(0)),
    needed("EVALSHA", ALL, || Command::new("EVALSHA", 2).word(NO_SCRIPT).integer(0)),
    needed("WAIT", "locks that wait for replicas", || {
        Command::new("WAIT", 2).integer(0).integer(1)
    }),
    // Neither ON nor OFF, so that it is refused.
    needed("CLIENT TRACKING", "change events", || {
        Command::new("CLIENT", 2).word("TRACKING").word(NO_NUMBER)
    }),
];

const fn needed(command: &'static str, by: &'static str, harmless: fn() -> Command) -> Needed {
    Needed { command, by, harmless }
}

fn of_key(name: &'static str) -> Command {
    Command::new(name, 4).word(KEY)
}

/// What is to be sent, and for what.
pub(super) fn probes() -> impl Iterator<Item = (&'static Needed, Command)> {
    NEEDED.iter().map(|needed| (needed, (needed.harmless)()))
}

/// What a refusal says of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// This user may not call the command.
    Right,
    /// The server has no such command, or under another name.
    Command,
    /// This user may not touch the key.
    Key,
}

/// What is missing; an error about arguments is none of it.
pub(super) fn missing(answer: &Answer) -> Option<Missing> {
    let Answer::Error(error) = answer else { return None };
    if &*error.code == "NOPERM" {
        // A user may be called anything but with a space.
        let is_command = error.message.contains("permissions to run the");
        return Some(if is_command { Missing::Right } else { Missing::Key });
    }
    error.message.starts_with("unknown command").then_some(Missing::Command)
}

/// A finding for each command that is missing, in the order in which they were asked for.
pub(super) fn judge<'a>(
    diagnosis: &mut Diagnosis,
    answers: impl Iterator<Item = (&'static Needed, &'a Answer)>,
) {
    let mut is_key_denied = false;
    let before = diagnosis.findings.len();
    for (needed, answer) in answers {
        match missing(answer) {
            None => {}
            Some(Missing::Key) => is_key_denied = true,
            Some(Missing::Right) => diagnosis.push(denied(needed)),
            Some(Missing::Command) => diagnosis.push(unknown(needed)),
        }
    }
    if is_key_denied {
        diagnosis.push(locks_denied());
    }
    if diagnosis.findings.len() == before {
        let found = "this user may call every command that is needed, and may touch locks";
        diagnosis.push(Finding::new("rights", found));
    }
}

fn denied(needed: &Needed) -> Finding {
    let Needed { command, by, .. } = needed;
    let right = command.to_ascii_lowercase().replace(' ', "|");
    problem(format!("{command} is denied to this user"))
        .advice(format!("{by} will fail without it; grant it: ACL SETUSER <user> +{right}"))
}

fn unknown(needed: &Needed) -> Finding {
    let Needed { command, by, .. } = needed;
    problem(format!("{command} is unknown to the server, or renamed there")).advice(format!(
        "{by} will fail without it; use Redis 7.0 or later, or Valkey, and do not rename commands"
    ))
}

fn locks_denied() -> Finding {
    problem(format!("keys that begin with {RESERVED_PREFIX} are denied to this user")).advice(
        format!("locks will fail without them; grant them: ACL SETUSER <user> ~{RESERVED_PREFIX}*"),
    )
}

fn problem(found: String) -> Finding {
    Finding::new("rights", found).severity(Severity::Problem)
}
