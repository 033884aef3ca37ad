//! Text that is never shown.

use std::fmt;

/// A password, or what holds one. `Debug` shows `..`; there is no `Display`.
///
/// ```
/// use cache_core::Secret;
///
/// let password = Secret::from("s3cret");
/// assert_eq!(format!("{password:?}"), "..");
/// assert_eq!(password.expose(), "s3cret");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text, for the login and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl<T: Into<Box<str>>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_not_shown_by_debug() {
        assert_eq!(format!("{:?} {:#?}", Secret::new("s3ntinel-pw"), Some(Secret::new("x"))), {
            ".. Some(\n    ..,\n)"
        });
    }
}
