//! The only file here that differs between the drivers.

use crate::table::{Cell, DOWN, LOST};

pub(crate) use cache_fred::{Options, Protocol, open};

/// Where the table holds something else for this driver: the condition, the operation, the cell.
///
/// fred ends a connection on which the server says `CLUSTERDOWN`. Where several commands were under
/// way, as in a batch, it does not tell which of them it was said to.
pub(crate) const DIFFERENCES: &[(&str, &str, Cell)] =
    &[("clusterdown", "get_many", DOWN), ("clusterdown", "set_many", LOST)];
