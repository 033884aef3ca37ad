//! What may go wrong on the way, and with which command.

use std::time::Duration;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Break {
    /// In order: the peer reads its end.
    Close,
    /// By a reset: the peer's next call fails, and what was not read yet is lost.
    Reset,
}

/// What happens to a command, or to its reply.
///
/// "Applied" means that the server has executed the command. Commands that subscribe have no reply
/// of their own in RESP3: of these faults they know those that happen before the server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Not applied: the connection ends instead.
    BreakBefore(Break),
    /// Not applied, and never answered: from here on the client hears nothing on this connection.
    DropCommand,
    /// Not applied: the server gets this many bytes of it, and then the connection ends.
    CutCommand(usize),
    /// Applied later, even if the client has gone away meanwhile. What follows it waits, too.
    DelayCommand(Duration),
    /// Not applied: these bytes are the reply. See [`Fault::error`].
    Answer(Vec<u8>),
    /// Applied, and these bytes are the reply instead of the server's.
    AnswerAfter(Vec<u8>),
    /// Applied; the connection ends instead of the reply.
    BreakAfter(Break),
    /// Applied; from here on the client hears nothing on this connection, which stays open.
    DropReply,
    /// Applied; this many bytes of the reply arrive, at most all but one, and the connection ends.
    CutReply(usize, Break),
    /// Applied; this many bytes of the reply arrive, at most all but one, and nothing after them.
    StallReply(usize),
    /// Applied; the reply arrives in pieces of this many bytes, with a pause before each.
    DripReply(usize, Duration),
    /// Applied; the reply, and what follows it, arrives this much later.
    DelayReply(Duration),
}

impl Fault {
    /// An error in place of the server's reply, without its dash: `LOADING the data set`.
    #[must_use]
    pub fn error(text: &str) -> Self {
        Self::Answer(format!("-{text}\r\n").into_bytes())
    }

    /// Applied, and the reply is nothing that any server says.
    #[must_use]
    pub fn garbage() -> Self {
        Self::AnswerAfter(b"\x00\xff?garbage\r\n".to_vec())
    }
}

/// Which commands a fault is for. Commands are counted from when the fault was given.
#[derive(Debug, Clone)]
#[must_use]
pub struct When {
    /// In upper case.
    name: Option<String>,
    connection: Option<u64>,
    skipped: u64,
    times: u64,
}

impl When {
    /// Every command.
    pub fn any() -> Self {
        Self { name: None, connection: None, skipped: 0, times: u64::MAX }
    }

    /// Every command of a name: `SET`, or with its second word, `CLIENT TRACKING`.
    pub fn command(name: &str) -> Self {
        Self { name: Some(name.to_ascii_uppercase()), ..Self::any() }
    }

    /// The `number`th of them alone, counted from 1.
    pub fn nth(self, number: u64) -> Self {
        Self { skipped: number.saturating_sub(1), times: 1, ..self }
    }

    /// The first `count` of them.
    pub fn first(self, count: u64) -> Self {
        Self { skipped: 0, times: count, ..self }
    }

    /// Those of one connection: the `number`th that the proxy accepted, counted from 1.
    pub fn on_connection(self, number: u64) -> Self {
        Self { connection: Some(number), ..self }
    }
}

/// A fault, and what is still to be counted before it happens.
#[derive(Debug)]
pub(super) struct Rule {
    when: When,
    seen: u64,
    fault: Fault,
}

impl Rule {
    pub(super) fn new(when: When, fault: Fault) -> Self {
        Self { when, seen: 0, fault }
    }

    /// Counts a command, and says whether the fault happens to it.
    pub(super) fn strikes(&mut self, connection: u64, name: &Name) -> Option<Fault> {
        let when = &self.when;
        let named = when.name.as_ref().is_none_or(|wanted| name.is(wanted));
        if !named || when.connection.is_some_and(|wanted| wanted != connection) {
            return None;
        }
        self.seen += 1;
        let hit = self.seen > when.skipped && self.seen - when.skipped <= when.times;
        hit.then(|| self.fault.clone())
    }
}

/// How a command is called: by its first word, or by its first two.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) first: String,
    pub(super) both: String,
}

impl Name {
    pub(super) fn of(words: &[Vec<u8>]) -> Self {
        let word = |index: usize| {
            let word = words.get(index).map_or(&[][..], Vec::as_slice);
            String::from_utf8_lossy(word).to_ascii_uppercase()
        };
        let first = word(0);
        let both = format!("{first} {}", word(1));
        Self { first, both }
    }

    fn is(&self, wanted: &str) -> bool {
        wanted == self.first || wanted == self.both
    }

    /// Whether it is one of those whose confirmation comes like a message.
    pub(super) fn subscribes(&self) -> bool {
        self.first.ends_with("SUBSCRIBE")
    }

    /// Whether its second word says what it does, so that both are counted.
    pub(super) fn has_two_words(&self) -> bool {
        matches!(self.first.as_str(), "ACL" | "CLIENT" | "CLUSTER" | "CONFIG" | "SCRIPT")
    }
}
