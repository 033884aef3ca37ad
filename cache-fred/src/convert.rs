//! Commands and answers, from our types to the driver's and back.

use bytes::Bytes;
use cache_redis_wire::{Answer, Argument, Change, Command, Lost, ServerError};
use fred::types::client::Invalidation;
use fred::types::{ClusterHash, CustomCommand, Expiration, Key, Resp3Frame, Value};
use fred::util::static_str;

/// The shortest answer that fred takes for a message of publish and subscribe, whatever the command
/// was, if it begins with a word such as `message`. The answer then never arrives, and every later one
/// arrives at the wrong command.
const SHORTEST_MESSAGE: usize = 3;

/// The first length beyond the longest such answer.
const BEYOND_MESSAGES: usize = 6;

/// A command as fred sends it.
pub(crate) struct Request {
    pub(crate) command: CustomCommand,
    pub(crate) arguments: Vec<Value>,
    /// How many items at the end of the answer were not asked for.
    pub(crate) surplus: usize,
}

/// A command that fred knows, and so writes together with those that wait behind it. It writes any
/// other at once: a call of the system each.
#[derive(Debug, PartialEq)]
pub(crate) enum Known {
    Get { key: Bytes },
    Set { key: Bytes, value: Bytes, lifetime: Option<Expiration> },
}

/// A plain `GET` or `SET`, or the command itself.
pub(crate) fn known(command: Command) -> Result<Known, Command> {
    use Argument::{Bytes, Integer, Word};
    match (command.name(), command.arguments()) {
        ("GET", [Bytes(key)]) => Ok(Known::Get { key: key.clone() }),
        ("SET", [Bytes(key), Bytes(value)]) => {
            Ok(Known::Set { key: key.clone(), value: value.clone(), lifetime: None })
        }
        ("SET", [Bytes(key), Bytes(value), Word("PX"), Integer(lifetime)]) => {
            let lifetime = Some(Expiration::PX(*lifetime));
            Ok(Known::Set { key: key.clone(), value: value.clone(), lifetime })
        }
        _ => Err(command),
    }
}

/// The answer to a command that fred knows.
///
/// # Errors
/// [`Lost::Garbage`] for what no such command is answered with.
pub(crate) fn answer_of_known(value: Value) -> Result<Answer, Lost> {
    Ok(match value {
        Value::Null => Answer::Nil,
        Value::Bytes(bytes) => Answer::Bytes(bytes),
        Value::String(text) => Answer::Bytes(text.into_inner()),
        Value::Integer(integer) => Answer::Integer(integer),
        _ => return Err(Lost::Garbage),
    })
}

/// A command as fred sends it. Keys and values are taken over, not copied.
pub(crate) fn request(command: Command) -> Request {
    let name = command.name();
    let mut arguments: Vec<Value> = command.into_arguments().into_iter().map(argument).collect();
    let surplus = surplus(name, arguments.len());
    if let Some(last) = arguments.last().cloned() {
        arguments.extend(std::iter::repeat_n(last, surplus));
    }
    // The policy of hashing is looked at for clusters alone.
    let command = CustomCommand::new_static(name, ClusterHash::FirstKey, false);
    Request { command, arguments, surplus }
}

/// How many keys to ask for once more, so that no value at the head of the answer is taken for the
/// head of a message. `MGET` is the one command whose answer begins with bytes of a user.
fn surplus(name: &str, keys: usize) -> usize {
    let in_danger = name == "MGET" && (SHORTEST_MESSAGE..BEYOND_MESSAGES).contains(&keys);
    if in_danger { BEYOND_MESSAGES - keys } else { 0 }
}

fn argument(argument: Argument) -> Value {
    match argument {
        Argument::Word(word) => Value::String(static_str(word)),
        Argument::Bytes(bytes) => Value::Bytes(bytes),
        Argument::Integer(integer) => Value::Integer(integer),
    }
}

/// An answer in no driver's types. The bytes of a value are taken over, not copied.
///
/// # Errors
/// [`Lost::Garbage`] for what no command of ours is answered with.
pub(crate) fn answer(frame: Resp3Frame) -> Result<Answer, Lost> {
    Ok(match frame {
        Resp3Frame::Null => Answer::Nil,
        Resp3Frame::Number { data, .. } => Answer::Integer(data),
        Resp3Frame::Boolean { data, .. } => Answer::Integer(data.into()),
        Resp3Frame::BlobString { data, .. }
        | Resp3Frame::SimpleString { data, .. }
        | Resp3Frame::VerbatimString { data, .. } => Answer::Bytes(data),
        Resp3Frame::Double { data, .. } => Answer::Bytes(data.to_string().into_bytes().into()),
        Resp3Frame::Array { data, .. } => Answer::Array(answers(data)?),
        Resp3Frame::Set { data, .. } => Answer::Array(answers(data)?),
        Resp3Frame::Map { data, .. } => {
            Answer::Array(answers(data.into_iter().flat_map(<[Resp3Frame; 2]>::from))?)
        }
        Resp3Frame::SimpleError { data, .. } => Answer::Error(ServerError::from_line(&data)),
        Resp3Frame::BlobError { data, .. } => {
            Answer::Error(ServerError::from_line(&String::from_utf8_lossy(&data)))
        }
        // Push messages do not answer commands, and numbers beyond 64 bits answer none of ours.
        _ => return Err(Lost::Garbage),
    })
}

/// One answer to each of several commands.
///
/// # Errors
/// [`Lost::Garbage`] where any of them is.
pub(crate) fn answers(frames: impl IntoIterator<Item = Resp3Frame>) -> Result<Vec<Answer>, Lost> {
    frames.into_iter().map(answer).collect()
}

/// An answer without what was not asked for.
pub(crate) fn cut(mut answer: Answer, surplus: usize) -> Answer {
    if let Answer::Array(items) = &mut answer {
        items.truncate(items.len().saturating_sub(surplus));
    }
    answer
}

/// What an invalidation message tells. fred makes a list without keys of the message that everything
/// went, and of one of whose keys it can read none: what was meant may be any key.
pub(crate) fn invalidated(message: Invalidation) -> Change {
    if message.keys.is_empty() {
        return Change::Missed;
    }
    Change::Keys(message.keys.into_iter().map(Key::into_bytes).collect())
}

#[cfg(test)]
mod tests;
