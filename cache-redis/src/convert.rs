//! Commands and answers, from our types to the driver's and back.

use bytes::Bytes;
use cache_redis_wire::{Answer, Argument, Command, Lost, ServerError};
use redis::{Cmd, Pipeline, RedisWrite, Value};

/// The digits of the longest integer, with its sign.
const LONGEST_INTEGER: usize = 20;

/// A command as redis-rs packs it.
pub(crate) fn request(command: &Command) -> Cmd {
    let arguments = command.arguments();
    let size = command.name().len() + arguments.iter().map(size_of_argument).sum::<usize>();
    let mut request = Cmd::with_capacity(arguments.len() + 1, size);
    request.write_arg(command.name().as_bytes());
    for argument in arguments {
        match argument {
            Argument::Word(word) => request.write_arg(word.as_bytes()),
            Argument::Bytes(bytes) => request.write_arg(bytes),
            Argument::Integer(integer) => request.write_arg_fmt(integer),
        }
    }
    request
}

/// Commands that go to the server in one go.
pub(crate) fn requests(commands: &[Command]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command(request(command));
    }
    pipeline
}

fn size_of_argument(argument: &Argument) -> usize {
    match argument {
        Argument::Word(word) => word.len(),
        Argument::Bytes(bytes) => bytes.len(),
        Argument::Integer(_) => LONGEST_INTEGER,
    }
}

/// An answer in no driver's types. The bytes of a value are taken over, not copied.
///
/// # Errors
/// [`Lost::Garbage`] for what no command of ours is answered with.
pub(crate) fn answer(value: Value) -> Result<Answer, Lost> {
    Ok(match value {
        Value::Nil => Answer::Nil,
        Value::Int(integer) => Answer::Integer(integer),
        Value::Boolean(boolean) => Answer::Integer(boolean.into()),
        Value::BulkString(bytes) => Answer::Bytes(bytes.into()),
        Value::Okay => Answer::Bytes(Bytes::from_static(b"OK")),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => {
            Answer::Bytes(text.into_bytes().into())
        }
        Value::Double(double) => Answer::Bytes(double.to_string().into_bytes().into()),
        Value::Array(items) | Value::Set(items) => Answer::Array(answers(items)?),
        Value::Map(pairs) => {
            Answer::Array(answers(pairs.into_iter().flat_map(<[Value; 2]>::from))?)
        }
        Value::Attribute { data, .. } => answer(*data)?,
        Value::ServerError(error) => Answer::Error(server_error(&error)),
        // Push messages do not answer commands, and numbers beyond 64 bits answer none of ours.
        _ => return Err(Lost::Garbage),
    })
}

/// One answer to each of several commands.
///
/// # Errors
/// [`Lost::Garbage`] where any of them is.
pub(crate) fn answers(values: impl IntoIterator<Item = Value>) -> Result<Vec<Answer>, Lost> {
    values.into_iter().map(answer).collect()
}

fn server_error(error: &redis::ServerError) -> ServerError {
    match error.details() {
        Some(details) => ServerError::from_line(&format!("{} {details}", error.code())),
        None => ServerError::from_line(error.code()),
    }
}

/// The keys of an invalidation message; `None` for the message that everything went, and for one
/// that cannot be read: what was meant may be any key.
pub(crate) fn invalidated(mut data: Vec<Value>) -> Option<Vec<Bytes>> {
    let Some(Value::Array(keys)) = data.pop() else { return None };
    let bytes = keys.into_iter().map(|key| match key {
        Value::BulkString(bytes) => Some(bytes.into()),
        Value::SimpleString(text) => Some(text.into_bytes().into()),
        _ => None,
    });
    bytes.collect()
}

#[cfg(test)]
mod tests;
