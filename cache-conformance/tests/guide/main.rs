//! The backend of the guide in `cache-core`, as it is written there, passes the suite.

mod chapter;
mod conformance;
#[expect(unreachable_pub, reason = "in the chapter it is a crate of its own")]
#[expect(clippy::disallowed_methods, reason = "in the chapter it is its clock file too")]
mod small;

use cache_core::{CacheBackend, Key, SetOptions};

#[test]
fn clones_of_small_share_the_entries_on_the_real_clock() {
    let small = small::Small::new();
    let key = Key::new("key").unwrap();
    small.set(key, "value".into(), SetOptions::new()).try_ready().unwrap().unwrap();
    let found = small.clone().get(key).try_ready().unwrap().unwrap();
    assert_eq!(found.as_deref(), Some(&b"value"[..]));
}
