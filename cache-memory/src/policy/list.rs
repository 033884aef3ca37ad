//! Doubly linked lists that run through the nodes of a slab.

use super::slab::{NIL, Slab};

/// The neighbours of a node in one list.
#[derive(Clone, Copy)]
pub(crate) struct Links {
    newer: u32,
    older: u32,
}

impl Links {
    pub(crate) const NONE: Self = Self { newer: NIL, older: NIL };
}

/// Which of a node's links a list runs through.
pub(crate) const QUEUE: usize = 0;
/// See [`QUEUE`].
pub(crate) const DAY: usize = 1;

/// A list from the newest node to the oldest. A node is in one list of a kind at a time.
#[derive(Clone, Copy)]
pub(crate) struct List<const KIND: usize> {
    newest: u32,
    oldest: u32,
}

impl<const KIND: usize> Default for List<KIND> {
    fn default() -> Self {
        Self { newest: NIL, oldest: NIL }
    }
}

impl<const KIND: usize> List<KIND> {
    pub(crate) const fn is_empty(self) -> bool {
        self.oldest == NIL
    }

    pub(crate) const fn oldest(self) -> Option<u32> {
        if self.is_empty() { None } else { Some(self.oldest) }
    }

    /// The oldest node other than `but`.
    pub(crate) fn oldest_but(self, slab: &Slab, but: Option<u32>) -> Option<u32> {
        let oldest = self.oldest()?;
        if but != Some(oldest) {
            return Some(oldest);
        }
        match slab[oldest].links[KIND].newer {
            NIL => None,
            newer => Some(newer),
        }
    }

    pub(crate) fn push(&mut self, slab: &mut Slab, index: u32) {
        slab[index].links[KIND] = Links { newer: NIL, older: self.newest };
        match self.newest {
            NIL => self.oldest = index,
            newest => slab[newest].links[KIND].newer = index,
        }
        self.newest = index;
    }

    pub(crate) fn unlink(&mut self, slab: &mut Slab, index: u32) {
        let Links { newer, older } = slab[index].links[KIND];
        match newer {
            NIL => self.newest = older,
            newer => slab[newer].links[KIND].older = older,
        }
        match older {
            NIL => self.oldest = newer,
            older => slab[older].links[KIND].newer = newer,
        }
        slab[index].links[KIND] = Links::NONE;
    }
}
