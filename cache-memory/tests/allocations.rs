//! A hit costs no allocation.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cache_core::{CacheBackend, Key, SetOptions};
use cache_memory::{Memory, Options};

#[test]
fn a_hit_through_the_trait_object_allocates_nothing_the_first_neither() {
    let cache: Arc<dyn CacheBackend> = Arc::new(Memory::open(Options::new()).unwrap());
    let hour = SetOptions::new().ttl(Duration::from_secs(3_600));
    let values = [
        Bytes::from_static(b"value"),
        Bytes::from(vec![1; 128]),
        Bytes::from("text".to_owned()),
        Bytes::from(vec![1; 5_000]),
        Bytes::from(vec![1; 50_000]),
        Bytes::from(vec![1; 50_000]).slice(1..40_000),
        BytesMut::from(&[1; 300][..]).freeze(),
        Bytes::new(),
    ];
    for options in [SetOptions::new(), hour] {
        for value in &values {
            let key = Key::new("key").unwrap();
            // A copy that shares nothing, as a caller would give it away.
            let given = if value.is_unique() { Bytes::from(value.to_vec()) } else { value.clone() };
            cache.set(key, given, options.clone()).try_ready().unwrap().unwrap();
            let counted = allocation_counter::measure(|| {
                for _ in 0..100 {
                    let found = black_box(cache.get(key)).try_ready().unwrap().unwrap();
                    assert_eq!(found.map(|found| found.len()), Some(value.len()));
                }
            });
            assert_eq!(counted.count_total, 0, "{} bytes", value.len());
        }
    }
    let counted = allocation_counter::measure(|| drop(black_box(Box::new(1))));
    assert_eq!(counted.count_total, 1, "the counter counts");
}
