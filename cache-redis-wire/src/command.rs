//! A command on its way to the server, before any driver has seen it.

use std::fmt;

use bytes::Bytes;

/// One command with its arguments, in no driver's types.
///
/// `Debug` shows the name and the number of arguments: keys, values, passwords and tokens are among
/// them.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    name: &'static str,
    arguments: Vec<Argument>,
}

/// One argument of a [`Command`].
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "drivers translate every kind")]
pub enum Argument {
    /// A word of the protocol, such as `PX`, or the text of a script.
    Word(&'static str),
    /// Bytes of the caller: a key, a value, a token.
    Bytes(Bytes),
    /// A number, sent as decimal text.
    Integer(i64),
}

impl Command {
    /// A command without arguments; `capacity` of them are expected.
    pub fn new(name: &'static str, capacity: usize) -> Self {
        Self { name, arguments: Vec::with_capacity(capacity) }
    }

    /// Adds a word of the protocol.
    #[must_use]
    pub fn word(self, word: &'static str) -> Self {
        self.with(Argument::Word(word))
    }

    /// Adds bytes of the caller.
    #[must_use]
    pub fn bytes(self, bytes: impl Into<Bytes>) -> Self {
        self.with(Argument::Bytes(bytes.into()))
    }

    /// Adds a number.
    #[must_use]
    pub fn integer(self, integer: i64) -> Self {
        self.with(Argument::Integer(integer))
    }

    fn with(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// The first word: `SET`, `EVALSHA`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What follows the name.
    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// The same command under another name, with another first argument.
    pub(crate) fn with_beginning(mut self, name: &'static str, first: &'static str) -> Self {
        self.name = name;
        if let Some(argument) = self.arguments.first_mut() {
            *argument = Argument::Word(first);
        }
        self
    }

    /// What follows the name, for a driver that takes it over.
    pub fn into_arguments(self) -> Vec<Argument> {
        self.arguments
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({}, {} arguments)", self.name, self.arguments.len())
    }
}

impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(_) => f.write_str("Word(..)"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Integer(_) => f.write_str("Integer(..)"),
        }
    }
}
