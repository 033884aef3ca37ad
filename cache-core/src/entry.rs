//! A stored value with what is known about it.

use std::fmt;

use bytes::Bytes;

use crate::Ttl;

/// A value, what is left of its lifetime, and its version, all of one instant.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The stored bytes.
    pub value: Bytes,
    /// What is left of the lifetime.
    pub ttl: Ttl,
    /// What a later [`Condition::IfVersion`](crate::Condition::IfVersion) compares with.
    pub version: Version,
}

impl Entry {
    /// An entry as it was found.
    pub const fn new(value: Bytes, ttl: Ttl, version: Version) -> Self {
        Self { value, ttl, version }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("value", &format_args!("{} bytes", self.value.len()))
            .field("ttl", &self.ttl)
            .field("version", &self.version)
            .finish()
    }
}

/// Which state of a key an [`Entry`] shows. It can be compared for equality, and nothing else.
///
/// Two states of one key that hold different values never share a version. A write of the value
/// that is there already may keep the version or change it: one backend counts writes, another
/// digests the value. A change of the lifetime alone keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(u128);

impl Version {
    /// A version from what the backend keeps.
    pub const fn from_u128(raw: u128) -> Self {
        Self(raw)
    }

    /// What the backend kept.
    pub const fn to_u128(self) -> u128 {
        self.0
    }
}
