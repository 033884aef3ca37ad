//! What an operation has removed, kept until its locks are released.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Removal, RemovalCause};

/// What an operation has removed. Listeners hear of it, and values are freed, after the locks are
/// released. One removal, the common case, allocates nothing.
#[derive(Default)]
pub(crate) struct Changes {
    /// Whether somebody listens: then a replaced entry is told of too.
    listened: bool,
    first: Option<Removal>,
    others: Vec<Removal>,
    /// The value of a replaced entry that nobody is told of, to be freed later.
    unheard: Bytes,
}

impl Changes {
    pub(crate) fn new(listened: bool) -> Self {
        Self { listened, ..Self::default() }
    }

    pub(crate) fn removed(&mut self, key: Arc<str>, value: Bytes, cause: RemovalCause) {
        let removal = Removal::new(key, value, cause);
        if self.first.is_none() {
            self.first = Some(removal);
        } else {
            self.others.push(removal);
        }
    }

    /// A value that another was written over. Its key is shared only where somebody listens.
    pub(crate) fn replaced(&mut self, key: &Arc<str>, value: Bytes) {
        if self.listened {
            self.removed(Arc::clone(key), value, RemovalCause::Replaced);
        } else {
            self.unheard = value;
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
