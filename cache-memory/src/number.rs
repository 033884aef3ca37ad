//! Numbers as Redis writes them.

/// Reads what Redis' `INCR` accepts: `-` or nothing, then digits without a leading zero, within
/// `i64`. What it writes it reads again, byte for byte.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if canonical { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_canonical_numbers_are_read() {
        for text in ["", "-", "+1", " 1", "1 ", "01", "-0", "-01", "1.0", "1e3", "abc", "1\0"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(b"9223372036854775808"), None);
        assert_eq!(parse(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse(b"0"), Some(0));
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_it_was_written(number: i64) {
            prop_assert_eq!(parse(number.to_string().as_bytes()), Some(number));
        }

        #[test]
        fn whatever_is_read_is_written_the_same(text in "[-+ 0-9.]{0,21}") {
            if let Some(number) = parse(text.as_bytes()) {
                prop_assert_eq!(number.to_string(), text);
            }
        }
    }
}
