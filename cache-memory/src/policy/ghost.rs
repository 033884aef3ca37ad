//! Keys that were evicted of late.

use std::collections::{HashMap, VecDeque};

/// The hashes of the keys that were evicted last, up to a limit given at each insert.
#[derive(Default)]
pub(crate) struct Ghost {
    /// Oldest first, each with the number of its insert.
    order: VecDeque<(u64, u64)>,
    /// The number of the latest insert of a hash; a place in the order with another is void.
    members: HashMap<u64, u64>,
    inserts: u64,
}

impl Ghost {
    pub(crate) fn insert(&mut self, hash: u64, limit: usize) {
        self.inserts += 1;
        self.members.insert(hash, self.inserts);
        self.order.push_back((hash, self.inserts));
        while self.order.len() > limit {
            let Some((hash, number)) = self.order.pop_front() else { return };
            if self.members.get(&hash) == Some(&number) {
                self.members.remove(&hash);
            }
        }
    }

    /// Whether the key was there; it is no more.
    pub(crate) fn take(&mut self, hash: u64) -> bool {
        self.members.remove(&hash).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_members_go_first_and_a_new_insert_renews() {
        let mut ghost = Ghost::default();
        for hash in [1, 2, 1, 3] {
            ghost.insert(hash, 2);
        }
        assert!(!ghost.take(2));
        assert!(ghost.take(1) && !ghost.take(1));
        ghost.insert(1, 3);
        ghost.insert(4, 3);
        assert!(ghost.take(3) && ghost.take(1) && ghost.take(4));
        assert!(ghost.members.is_empty() && ghost.order.len() <= 3);
    }
}
