//! Numbered cells for what the policy knows of an entry.

use super::calendar::Page;
use super::list::Links;
use super::print::Print;

/// No cell.
pub(crate) const NIL: u32 = u32::MAX;

/// What the policy knows of an entry.
pub(crate) struct Node {
    /// The hash of its key: the map finds it by this and its number.
    pub(crate) hash: u64,
    pub(crate) weight: u64,
    /// Its neighbours in its queue, and on its page of the calendar.
    pub(super) links: [Links; 2],
    /// On which page of the calendar it stands.
    pub(super) page: Page,
    /// Whether it is in the main queue, or still in the window.
    pub(super) in_main: bool,
}

impl Node {
    /// What the sketch and the lists of those that left know it by.
    pub(super) const fn print(&self) -> Print {
        Print::new(self.hash)
    }
}

/// Nodes by a number that stays theirs until they are removed.
#[derive(Default)]
pub(crate) struct Slab {
    cells: Vec<Cell>,
    /// Vacant cells, the last one freed first.
    vacant: Vec<u32>,
}

/// `None` where vacant.
type Cell = Option<Node>;

impl Slab {
    pub(crate) fn insert(&mut self, node: Node) -> u32 {
        if let Some(index) = self.vacant.pop() {
            self.cells[index as usize] = Some(node);
            return index;
        }
        let index = u32::try_from(self.cells.len()).expect("a shard has fewer than 2^32 entries");
        if self.cells.len() == self.cells.capacity() {
            // By an eighth, where a vector doubles: room that nobody uses is memory all the same.
            self.cells.reserve_exact(self.cells.len() / 8 + 64);
        }
        self.cells.push(Some(node));
        index
    }

    pub(crate) fn remove(&mut self, index: u32) -> Node {
        let node = self.cells[index as usize].take().expect("a node is removed once");
        self.vacant.push(index);
        if self.vacant.len() == self.cells.len() {
            // Empty: the memory goes back, however large the slab was.
            *self = Self::default();
        }
        node
    }

    /// The node in a cell; `None` where it is vacant or was never there.
    pub(crate) fn find(&self, index: u32) -> Option<&Node> {
        self.cells.get(index as usize)?.as_ref()
    }

    /// How many cells there are, vacant ones included.
    pub(crate) fn cells(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// Every node with its number.
    pub(crate) fn into_nodes(self) -> impl Iterator<Item = (u32, Node)> {
        (0..).zip(self.cells).filter_map(|(index, cell)| Some((index, cell?)))
    }

    /// Whether so few cells are occupied that it is worth giving them new numbers: few beside the
    /// vacant ones, and few enough to be done in a millisecond or two.
    pub(crate) fn is_sparse(&self) -> bool {
        const SPARSE: usize = 8;
        const LEAST: usize = 1024;
        const MOST_MOVED: usize = 16 * 1024;
        self.len() <= MOST_MOVED && self.cells.len() > SPARSE * self.len() + LEAST
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len() - self.vacant.len()
    }
}

impl std::ops::Index<u32> for Slab {
    type Output = Node;

    fn index(&self, index: u32) -> &Node {
        self.cells[index as usize].as_ref().expect("an index names an occupied cell")
    }
}

impl std::ops::IndexMut<u32> for Slab {
    fn index_mut(&mut self, index: u32) -> &mut Node {
        self.cells[index as usize].as_mut().expect("an index names an occupied cell")
    }
}
