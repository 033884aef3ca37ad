//! What each operation answers under each condition: one table, and a test a row.

// By their paths, because the tests of the other driver read this file from where they are.
#[path = "table/conditions.rs"]
mod conditions;
#[path = "table/scene.rs"]
mod scene;

use cache_core::Effect::{self, NotApplied, Unknown};
use cache_core::Error;
use cache_core::ErrorKind::{self, *};

use crate::driver::{DIFFERENCES, Protocol};

/// What an operation answers: an error's kind, its effect, and whether the same call may succeed later;
/// `None` where it works all the same.
pub(crate) type Cell = Option<(ErrorKind, Effect, bool)>;

/// It works as ever.
pub(crate) const WORKS: Cell = None;
/// Nobody was reached, or the answer to a call that only reads was lost.
pub(crate) const DOWN: Cell = Some((Unavailable, NotApplied, true));
/// The connection broke after the write was given to it.
pub(crate) const LOST: Cell = Some((Unavailable, Unknown, true));
/// The deadline passed: of a call that only reads, and of a write.
pub(crate) const LATE: Cell = Some((Timeout, NotApplied, true));
pub(crate) const UNSURE: Cell = Some((Timeout, Unknown, true));
/// The answer is none: to a call that only reads, and to a write.
pub(crate) const NOISE: Cell = Some((Corrupt, NotApplied, false));
pub(crate) const NOISE_W: Cell = Some((Corrupt, Unknown, false));
/// The server refused, and has done nothing.
pub(crate) const DENIED: Cell = Some((Denied, NotApplied, false));
pub(crate) const NO_WRITE: Cell = Some((ReadOnly, NotApplied, true));
pub(crate) const FULL: Cell = Some((OutOfMemory, NotApplied, true));
pub(crate) const LATER: Cell = Some((Busy, NotApplied, true));
pub(crate) const CLUSTER: Cell = Some((Config, NotApplied, false));
pub(crate) const NO_COPY: Cell = Some((NotReplicated, NotApplied, true));
pub(crate) const OTHER: Cell = Some((WrongType, NotApplied, false));
pub(crate) const FORGOT: Cell = Some((Server, NotApplied, false));
/// We refused: too many calls are under way.
pub(crate) const QUEUE: Cell = Some((Overloaded, NotApplied, true));

/// The columns. A batch answers the same for each of its keys.
pub(crate) const OPERATIONS: [&str; 7] =
    ["get", "set", "increment", "get_many", "set_many", "acquire", "release"];

type Row = (&'static str, [Cell; 7]);

#[rustfmt::skip]
const TABLE: [Row; 29] = [
    // condition                  get       set       increment get_many  set_many  acquire   release
    ("refused",                  [DOWN,     DOWN,     DOWN,     DOWN,     DOWN,     DOWN,     DOWN]),
    ("handshake_unanswered",     [DOWN,     DOWN,     DOWN,     DOWN,     DOWN,     DOWN,     DOWN]),
    ("reset_before_the_write",   [DOWN,     DOWN,     DOWN,     DOWN,     DOWN,     DOWN,     DOWN]),
    ("reset_before_it_was_read", [DOWN,     LOST,     LOST,     DOWN,     LOST,     LOST,     LOST]),
    ("reset_after_the_write",    [DOWN,     LOST,     LOST,     DOWN,     LOST,     LOST,     LOST]),
    ("cut_mid_frame",            [DOWN,     LOST,     LOST,     DOWN,     LOST,     LOST,     LOST]),
    ("frozen",                   [LATE,     UNSURE,   UNSURE,   LATE,     UNSURE,   UNSURE,   UNSURE]),
    ("slow_beyond_the_deadline", [LATE,     UNSURE,   UNSURE,   LATE,     UNSURE,   UNSURE,   UNSURE]),
    ("garbage",                  [NOISE,    NOISE_W,  NOISE_W,  NOISE,    NOISE_W,  NOISE_W,  NOISE_W]),
    ("queue_full",               [QUEUE,    QUEUE,    QUEUE,    QUEUE,    QUEUE,    QUEUE,    QUEUE]),
    ("wrong_password",           [DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED]),
    ("no_password",              [DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED]),
    ("max_clients",              [LATER,    LATER,    LATER,    LATER,    LATER,    LATER,    LATER]),
    ("denied_command",           [DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED]),
    ("denied_script",            [WORKS,    WORKS,    DENIED,   WORKS,    WORKS,    DENIED,   DENIED]),
    ("denied_key",               [DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED,   DENIED]),
    ("readonly",                 [WORKS,    NO_WRITE, NO_WRITE, WORKS,    NO_WRITE, NO_WRITE, NO_WRITE]),
    ("oom",                      [WORKS,    FULL,     FULL,     WORKS,    FULL,     FULL,     WORKS]),
    ("misconf",                  [WORKS,    NO_WRITE, NO_WRITE, WORKS,    NO_WRITE, NO_WRITE, NO_WRITE]),
    ("noreplicas",               [WORKS,    NO_COPY,  NO_COPY,  WORKS,    NO_COPY,  NO_COPY,  NO_COPY]),
    ("wrongtype",                [OTHER,    WORKS,    OTHER,    OTHER,    WORKS,    OTHER,    OTHER]),
    ("masterdown",               [LATER,    NO_WRITE, LATER,    LATER,    NO_WRITE,   LATER,    LATER]),
    ("busy",                     [LATER,    LATER,    LATER,    LATER,    LATER,    LATER,    LATER]),
    ("loading",                  [LATER,    LATER,    LATER,    LATER,    LATER,    LATER,    LATER]),
    ("clusterdown",              [LATER,    LATER,    LATER,    LATER,    LATER,    LATER,    LATER]),
    ("tryagain",                 [LATER,    LATER,    LATER,    LATER,    LATER,    LATER,    LATER]),
    ("moved",                    [CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER]),
    ("ask",                      [CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER,  CLUSTER]),
    ("noscript_twice",           [FORGOT,   FORGOT,   FORGOT,   FORGOT,   FORGOT,   FORGOT,   FORGOT]),
];

/// The row of a condition, for this driver.
fn row(condition: &str) -> [Cell; 7] {
    let (_, mut row) = *TABLE.iter().find(|(name, _)| *name == condition).expect("a row");
    for (_, operation, cell) in DIFFERENCES.iter().filter(|(name, ..)| *name == condition) {
        let column = OPERATIONS.iter().position(|name| name == operation).expect("a column");
        row[column] = *cell;
    }
    row
}

/// What was answered, as a cell.
fn cell<T>(outcome: &Result<T, Error>) -> Cell {
    let error = outcome.as_ref().err()?;
    Some((error.kind(), error.effect(), error.is_retryable()))
}

/// A test for each condition and protocol.
macro_rules! conditions {
    ($($condition:ident)*) => {
        const TESTED: &[&str] = &[$(stringify!($condition)),*];

        conditions!(@protocol resp2 Resp2 $($condition)*);
        conditions!(@protocol resp3 Resp3 $($condition)*);
    };
    (@protocol $module:ident $protocol:ident $($condition:ident)*) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test]
                async fn $condition() {
                    conditions::$condition(Protocol::$protocol).await;
                }
            )*
        }
    };
}

conditions! {
    refused handshake_unanswered reset_before_the_write reset_before_it_was_read
    reset_after_the_write cut_mid_frame frozen slow_beyond_the_deadline garbage queue_full
    wrong_password no_password max_clients denied_command denied_script denied_key readonly oom
    misconf noreplicas wrongtype masterdown busy loading clusterdown tryagain moved ask
    noscript_twice
}

#[test]
fn every_row_of_the_table_has_its_test() {
    assert!(TABLE.iter().map(|(condition, _)| condition).eq(TESTED));
    for (condition, operation, _) in DIFFERENCES {
        assert!(TESTED.contains(condition) && OPERATIONS.contains(operation));
    }
}
