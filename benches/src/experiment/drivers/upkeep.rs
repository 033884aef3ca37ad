//! What is known of how the drivers are looked after, as of November 2026. Whoever updates one of them
//! looks at its row.

use crate::report::Sheet;

const ROWS: [[&str; 4]; 3] = [
    [
        "redis-rs",
        "1.8.1, 2026-10-30",
        "In active development: 2.0.0-rc.2 came out on the same day. BSD-3-Clause.",
        "Carries no time limit, no reconnecting and no retry of its own here: its ConnectionManager \
         stays broken after a login that fails once. Values are copied once, out of its buffer.",
    ],
    [
        "fred",
        "10.1.0, 2025-02-27",
        "No release since, and in August 2026 an open question whether it is still maintained. Old \
         dependencies, such as rand 0.8. MIT.",
        "Retries up to three times by itself, which is turned off here. Commands that it does not know \
         by name are written one by one, so a script costs it a call of the system.",
    ],
    [
        "deadpool-redis",
        "0.23.1",
        "A pool over redis-rs, which it follows. MIT or Apache-2.0.",
        "Asks the server whether a connection is well at every call, which is a round trip more. Not a \
         backend here: it is measured because many programs have it.",
    ],
];

pub(super) fn sheet() -> Sheet {
    let mut sheet = Sheet::new("Upkeep", "What is known of each driver, beside its speed.");
    sheet.head = ["driver", "release", "upkeep", "good to know"].map(str::to_owned).to_vec();
    sheet.rows = ROWS.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
    sheet
}
