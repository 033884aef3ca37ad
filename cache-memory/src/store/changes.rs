//! What an operation has removed, kept until its locks are released.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Removal, RemovalCause};

/// What an operation has removed. Listeners hear of it, and values are freed, after the locks are
/// released. One removal, the common case, allocates nothing.
#[derive(Default)]
pub(crate) struct Changes {
    first: Option<Removal>,
    others: Vec<Removal>,
}

impl Changes {
    pub(crate) fn removed(&mut self, key: Arc<str>, value: Bytes, cause: RemovalCause) {
        let removal = Removal::new(key, value, cause);
        if self.first.is_none() {
            self.first = Some(removal);
        } else {
            self.others.push(removal);
        }
    }
}

impl IntoIterator for Changes {
    type Item = Removal;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Removal>, std::vec::IntoIter<Removal>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.others)
    }
}
