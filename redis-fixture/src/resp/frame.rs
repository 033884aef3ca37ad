//! Frames: where each ends, and what it says.

use std::fmt;

/// A reply of the server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `+OK`
    Simple(String),
    /// `-ERR …`, without the dash.
    Error(String),
    /// A number.
    Integer(i64),
    /// Bytes; text of a known format and big numbers are among them.
    Bulk(Vec<u8>),
    /// Nothing, in each of its spellings.
    Nil,
    /// A boolean of RESP3.
    Boolean(bool),
    /// A double of RESP3.
    Double(f64),
    /// An array or a set.
    Array(Vec<Self>),
    /// A map of RESP3.
    Map(Vec<(Self, Self)>),
    /// What the server says without being asked.
    Push(Vec<Self>),
}

impl Value {
    /// The number, where it is one or is written as one.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => self.text()?.parse().ok(),
        }
    }

    /// The text of a string, an error or a number; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Simple(text) | Self::Error(text) => Some(text.clone()),
            Self::Bulk(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Self::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The members of an array or a push; of a map, keys and values in turn.
    #[must_use]
    pub fn members(self) -> Vec<Self> {
        match self {
            Self::Array(members) | Self::Push(members) => members,
            Self::Map(pairs) => pairs.into_iter().flat_map(|(key, value)| [key, value]).collect(),
            _ => Vec::new(),
        }
    }
}

/// A command, word by word.
pub(crate) type Words = Vec<Vec<u8>>;

/// A frame that follows no rule of the protocol.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes that are no RESP")
    }
}

/// A command as the server reads it.
pub(crate) fn encode<A: AsRef<[u8]>>(arguments: &[A]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", arguments.len()).into_bytes();
    for argument in arguments {
        let argument = argument.as_ref();
        bytes.extend(format!("${}\r\n", argument.len()).into_bytes());
        bytes.extend(argument);
        bytes.extend(b"\r\n");
    }
    bytes
}

/// The words of the first command of a buffer and its length in bytes; `None` where its end is
/// still to come. A line without the marks of the protocol is a command, too.
pub(crate) fn command(bytes: &[u8]) -> Result<Option<(Words, usize)>, Malformed> {
    match bytes.first() {
        None => Ok(None),
        Some(b'*') => {
            let Some((value, length)) = value(bytes)? else { return Ok(None) };
            let words = value.members().into_iter().map(|word| match word {
                Value::Bulk(bytes) => Ok(bytes),
                _ => Err(Malformed),
            });
            Ok(Some((words.collect::<Result<_, _>>()?, length)))
        }
        // A handshake of TLS begins with 0x16; no line that people type does.
        Some(first) if first.is_ascii_graphic() || first.is_ascii_whitespace() => {
            let Some((line, length)) = line(bytes) else { return Ok(None) };
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            Ok(Some((words.map(<[u8]>::to_vec).collect(), length)))
        }
        Some(_) => Err(Malformed),
    }
}

/// The first reply of a buffer and its length in bytes; `None` where its end is still to come.
pub(crate) fn value(bytes: &[u8]) -> Result<Option<(Value, usize)>, Malformed> {
    let mut reader = Reader { bytes, read: 0 };
    match reader.value(0) {
        Ok(value) => Ok(Some((value, reader.read))),
        Err(Stop::Incomplete) => Ok(None),
        Err(Stop::Malformed) => Err(Malformed),
    }
}

/// The first line of a buffer without its end, and its length with it.
fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

/// Why there is no value.
enum Stop {
    Incomplete,
    Malformed,
}

struct Reader<'a> {
    bytes: &'a [u8],
    read: usize,
}

/// Replies of a server are not nested deeper by far; a buffer of garbage may look as if.
const DEEPEST: usize = 64;

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, Stop> {
        if depth > DEEPEST {
            return Err(Stop::Malformed);
        }
        let (line, length) = line(&self.bytes[self.read..]).ok_or(Stop::Incomplete)?;
        self.read += length;
        let (kind, rest) = line.split_first().ok_or(Stop::Malformed)?;
        let rest = std::str::from_utf8(rest).map_err(|_| Stop::Malformed)?;
        Ok(match kind {
            b'+' => Value::Simple(rest.to_owned()),
            b'-' => Value::Error(rest.to_owned()),
            b':' => Value::Integer(number(rest)?),
            b'(' => Value::Bulk(rest.as_bytes().to_vec()),
            b',' => Value::Double(number(rest)?),
            b'#' => Value::Boolean(rest == "t"),
            b'_' => Value::Nil,
            b'$' | b'*' | b'%' | b'~' | b'>' | b'=' | b'!' | b'|' if rest == "-1" => Value::Nil,
            b'$' => Value::Bulk(self.bulk(number(rest)?)?),
            // Text of a known format: three letters and a colon stand in front.
            b'=' => {
                let bytes = self.bulk(number(rest)?)?;
                Value::Bulk(bytes.get(4..).ok_or(Stop::Malformed)?.to_vec())
            }
            b'!' => {
                let bytes = self.bulk(number(rest)?)?;
                Value::Error(String::from_utf8_lossy(&bytes).into_owned())
            }
            b'*' | b'~' => Value::Array(self.values(number(rest)?, depth)?),
            b'>' => Value::Push(self.values(number(rest)?, depth)?),
            b'%' => Value::Map(self.pairs(number(rest)?, depth)?),
            // Attributes stand before the value that they belong to.
            b'|' => {
                self.pairs(number(rest)?, depth)?;
                self.value(depth + 1)?
            }
            _ => return Err(Stop::Malformed),
        })
    }

    fn bulk(&mut self, length: usize) -> Result<Vec<u8>, Stop> {
        let end = self.read.checked_add(length).ok_or(Stop::Malformed)?;
        let bytes = self.bytes.get(self.read..end).ok_or(Stop::Incomplete)?.to_vec();
        match self.bytes.get(end..end + 2) {
            Some(b"\r\n") => self.read = end + 2,
            Some(_) => return Err(Stop::Malformed),
            None => return Err(Stop::Incomplete),
        }
        Ok(bytes)
    }

    /// Grows as members are found: a length that garbage claims reserves nothing.
    fn values(&mut self, length: usize, depth: usize) -> Result<Vec<Value>, Stop> {
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(self.value(depth + 1)?);
        }
        Ok(values)
    }

    fn pairs(&mut self, length: usize, depth: usize) -> Result<Vec<(Value, Value)>, Stop> {
        let mut pairs = Vec::new();
        for _ in 0..length {
            pairs.push((self.value(depth + 1)?, self.value(depth + 1)?));
        }
        Ok(pairs)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Stop> {
    text.parse().map_err(|_| Stop::Malformed)
}
