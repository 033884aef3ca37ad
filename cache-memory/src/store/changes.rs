//! What an operation has removed, kept until its locks are released.

use std::sync::Arc;

use super::Slot;
use crate::RemovalCause;

/// An entry that is out of the map.
pub(crate) struct Gone {
    pub(crate) slot: Slot,
    pub(crate) cause: RemovalCause,
}

impl Gone {
    /// Its key, for those who are told.
    pub(crate) fn key(&self) -> Arc<str> {
        // What was text is text: nothing is replaced.
        String::from_utf8_lossy(self.slot.key()).into()
    }
}

/// What an operation has removed. Listeners hear of it, and memory is freed, after the locks are
/// released. One removal, the common case, allocates nothing.
#[derive(Default)]
pub(crate) struct Changes {
    first: Option<Gone>,
    others: Vec<Gone>,
}

impl Changes {
    pub(crate) fn removed(&mut self, slot: Slot, cause: RemovalCause) {
        let gone = Gone { slot, cause };
        if self.first.is_none() {
            self.first = Some(gone);
        } else {
            self.others.push(gone);
        }
    }
}

impl IntoIterator for Changes {
    type Item = Gone;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Gone>, std::vec::IntoIter<Gone>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.others)
    }
}
