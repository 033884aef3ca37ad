//! What may be stored.

use crate::{Error, ErrorKind};

/// The largest value in bytes: 512 MiB, the longest string that Redis takes by default
/// (`proto-max-bulk-len`).
pub const MAX_VALUE_BYTES: usize = 512 * 1024 * 1024;

/// The bytes with which no value may begin.
///
/// A backend may keep such a value for itself, in place of a missing one. It is refused by
/// every write, and where one is found under a key, the key counts as absent.
pub const RESERVED_MARKER: &[u8] = b"\0\xff__cache__\0";

/// Checks what a caller wants to store; every backend calls it before it writes.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for more than [`MAX_VALUE_BYTES`], or a value that begins with the
/// [reserved marker](RESERVED_MARKER).
pub fn check_value(value: &[u8]) -> Result<(), Error> {
    let problem = if value.len() > MAX_VALUE_BYTES {
        format!("the value has {} bytes; store at most {MAX_VALUE_BYTES}", value.len())
    } else if value.starts_with(RESERVED_MARKER) {
        "the value begins with the bytes that mark a missing one; put any byte in front".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::not_applied(ErrorKind::InvalidInput, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marker_is_refused_and_its_beginning_is_not() {
        assert!(check_value(b"").is_ok());
        assert!(check_value(&RESERVED_MARKER[..RESERVED_MARKER.len() - 1]).is_ok());
        assert_eq!(check_value(RESERVED_MARKER).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn largest_value_is_accepted_and_one_byte_more_is_refused() {
        let largest = vec![0_u8; MAX_VALUE_BYTES + 1];
        assert!(check_value(&largest[..MAX_VALUE_BYTES]).is_ok());
        assert_eq!(check_value(&largest).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
