//! Access sequences, from files and standard input.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use cache_facade::cache_core::Key;

use crate::Failure;
use crate::synthetic::Synthetic;

/// The keys of a sequence, one an access.
#[derive(Debug, PartialEq)]
pub(crate) enum Keys {
    Numbers(Vec<u32>),
    Lines(Vec<String>),
}

/// A sequence that was read whole, so that it is known to be good before the replay begins.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) name: String,
    pub(crate) keys: Keys,
}

/// Where a sequence comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Input,
    Binary(PathBuf),
    Text(PathBuf),
    Synthetic(String, Synthetic),
}

impl Source {
    /// Reads the TRACE of the command line.
    pub(crate) fn parse(trace: OsString) -> Result<Self, Failure> {
        if let Some(text) = trace.to_str() {
            if text == "-" {
                return Ok(Self::Input);
            }
            if let Some(synthetic) = Synthetic::parse(text) {
                return Ok(Self::Synthetic(text.to_owned(), synthetic?));
            }
        }
        let path = PathBuf::from(trace);
        let binary = path.extension().is_some_and(|extension| extension == "u32");
        Ok(if binary { Self::Binary(path) } else { Self::Text(path) })
    }

    /// Reads or makes the sequence.
    pub(crate) fn read(&self, input: &mut dyn BufRead) -> Result<Trace, Failure> {
        let (name, keys) = match self {
            Self::Input => ("standard input".to_owned(), lines("standard input", input)?),
            Self::Binary(path) => (shown(path), numbers(&shown(path), &mut open(path)?)?),
            Self::Text(path) => (shown(path), lines(&shown(path), &mut open(path)?)?),
            Self::Synthetic(name, synthetic) => (name.clone(), Keys::Numbers(synthetic.keys())),
        };
        if keys.is_empty() {
            return Err(format!("{name}: there is no key in it").into());
        }
        Ok(Trace { name, keys })
    }
}

impl Keys {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Lines(lines) => lines.len(),
        }
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path);
    Ok(BufReader::new(file.map_err(|error| format!("{}: cannot be opened: {error}", shown(path)))?))
}

fn numbers(name: &str, file: &mut dyn Read) -> Result<Keys, Failure> {
    let mut bytes = Vec::new();
    if let Err(error) = file.read_to_end(&mut bytes) {
        return Err(
            format!("{name}: cannot be read at byte offset {}: {error}", bytes.len()).into()
        );
    }
    let (keys, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        let (offset, length) = (bytes.len() - rest.len(), rest.len());
        return Err(format!(
            "{name}: truncated: the key at byte offset {offset} has {length} of its 4 bytes"
        )
        .into());
    }
    Ok(Keys::Numbers(keys.iter().map(|key| u32::from_le_bytes(*key)).collect()))
}

fn lines(name: &str, file: &mut dyn BufRead) -> Result<Keys, Failure> {
    let mut keys = Vec::new();
    for (line, key) in (1..).zip(file.lines()) {
        let key = key.map_err(|error| format!("{name}: line {line}: cannot be read: {error}"))?;
        Key::new(&key).map_err(|error| format!("{name}: line {line}: {}", error.detail()))?;
        keys.push(key);
    }
    Ok(Keys::Lines(keys))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn parse(trace: &str) -> Source {
        Source::parse(trace.into()).unwrap()
    }

    fn text(trace: &[u8]) -> Result<Keys, String> {
        lines("t", &mut &*trace).map_err(|failure| failure.to_string())
    }

    /// Gives some bytes, then fails.
    struct Failing(&'static [u8]);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("the disk is gone")),
                length => Ok(length),
            }
        }
    }

    #[test]
    fn sources_are_told_apart() {
        assert!(matches!(parse("-"), Source::Input));
        assert!(matches!(parse("a/web.u32"), Source::Binary(_)));
        assert!(matches!(parse("a/web.txt"), Source::Text(_)));
        assert!(matches!(parse("loop:10"), Source::Synthetic(..)));
        assert!(Source::parse("loop:many".into()).is_err());
    }

    #[test]
    fn binary_keys_are_little_endian() {
        let keys = numbers("t", &mut &[1, 0, 0, 0, 0, 1, 0, 0, 255, 255, 255, 255][..]).unwrap();
        assert_eq!(keys, Keys::Numbers(vec![1, 256, u32::MAX]));
    }

    #[test]
    fn truncated_binary_trace_is_refused_with_the_offset() {
        for length in 1..4 {
            let failure = numbers("t", &mut &[0; 11][..8 + length]).unwrap_err().to_string();
            let expected = format!("the key at byte offset 8 has {length} of its 4 bytes");
            assert!(failure.contains(&expected), "{failure}");
        }
    }

    #[test]
    fn unreadable_binary_trace_is_refused_with_the_offset() {
        let failure = numbers("t", &mut Failing(&[0; 6])).unwrap_err().to_string();
        assert_eq!(failure, "t: cannot be read at byte offset 6: the disk is gone");
    }

    #[test]
    fn lines_are_keys_whatever_ends_them() {
        let keys = ["a", "b c", "é"].map(str::to_owned).to_vec();
        assert_eq!(text("a\nb c\r\né".as_bytes()), Ok(Keys::Lines(keys)));
    }

    #[test]
    fn bad_line_is_refused_with_its_number() {
        assert!(text(b"a\n\nb\n").unwrap_err().starts_with("t: line 2: the key is empty"));
        assert!(text(b"a\nb\n\xff\n").unwrap_err().starts_with("t: line 3: cannot be read"));
        assert!(text(b"__cache__:x").unwrap_err().starts_with("t: line 1: keys that begin with"));
    }

    #[test]
    fn missing_and_empty_traces_are_refused() {
        let read = |trace: &str| parse(trace).read(&mut io::empty()).unwrap_err().to_string();
        assert!(read("no/such/file.u32").starts_with("no/such/file.u32: cannot be opened"));
        assert!(read("no/such/file").starts_with("no/such/file: cannot be opened"));
        assert_eq!(read("-"), "standard input: there is no key in it");
    }
}
