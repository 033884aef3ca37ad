//! The units of durations and sizes, and the form in which they are written.
//!
//! A letter may not turn minutes into months, so there is one name for each unit, and its case
//! counts. Checks, messages and the JSON Schema are made of these lists.

/// What may stand behind the number of a duration: nanoseconds to days.
pub(crate) const DURATIONS: &[&str] = &["ns", "us", "ms", "s", "m", "h", "d"];

/// What may stand behind the number of a size: powers of 1000, and with an `i` of 1024.
pub(crate) const SIZES: &[&str] = &["B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"];

/// One or more whole numbers, each with its unit right behind it; a space may stand between two.
#[cfg(feature = "schema")]
pub(crate) fn duration_pattern() -> String {
    let term = format!("[0-9]+({})", DURATIONS.join("|"));
    format!("{term}( ?{term})*")
}

/// A number, whole or with a fraction, and its unit; a space may stand between them.
#[cfg(feature = "schema")]
pub(crate) fn size_pattern() -> String {
    format!("[0-9]+(\\.[0-9]+)? ?({})", SIZES.join("|"))
}

/// Whether it has the form of `duration_pattern`.
pub(crate) fn is_duration(text: &str) -> bool {
    let mut terms = text;
    loop {
        let Some(rest) = after_number(terms) else { return false };
        let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(end);
        if !DURATIONS.contains(&unit) || rest.is_empty() {
            return DURATIONS.contains(&unit);
        }
        terms = rest.strip_prefix(' ').unwrap_or(rest);
    }
}

/// Whether it has the form of `size_pattern`.
pub(crate) fn is_size(text: &str) -> bool {
    let Some(rest) = after_number(text) else { return false };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => after_number(fraction),
        None => Some(rest),
    };
    rest.is_some_and(|rest| SIZES.contains(&rest.strip_prefix(' ').unwrap_or(rest)))
}

/// Whether it is digits and nothing else: a sign is none.
pub(crate) fn is_number(text: &str) -> bool {
    after_number(text) == Some("")
}

fn after_number(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

/// The units as a text names them.
pub(crate) fn listed(units: &[&str]) -> String {
    let quoted: Vec<_> = units.iter().map(|unit| format!("`{unit}`")).collect();
    quoted.join(", ")
}
