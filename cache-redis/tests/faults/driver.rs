//! The only file here that differs between the drivers.

use crate::table::{Cell, DOWN, LOST};

pub(crate) use cache_redis::{Options, Protocol, open};

/// Where the table holds something else for this driver: the condition, the operation, the cell.
///
/// redis-rs waits for the whole answer to a batch before it tells of what was wrong with the first of it;
/// then its connection has ended, and that is all it tells.
pub(crate) const DIFFERENCES: &[(&str, &str, Cell)] =
    &[("garbage", "get_many", DOWN), ("garbage", "set_many", LOST)];
