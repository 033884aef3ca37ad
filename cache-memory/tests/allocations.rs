//! A hit costs no allocation.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{CacheBackend, Key, SetOptions};
use cache_memory::{Memory, Options};

#[test]
fn a_hit_through_the_trait_object_allocates_nothing() {
    let cache: Arc<dyn CacheBackend> = Arc::new(Memory::open(Options::new()).unwrap());
    let lasting = Key::new("lasting").unwrap();
    let expiring = Key::new("expiring").unwrap();
    let hour = SetOptions::new().ttl(Duration::from_secs(3_600));
    cache.set(lasting, vec![1; 128].into(), SetOptions::new()).try_ready().unwrap().unwrap();
    cache.set(expiring, vec![1; 128].into(), hour).try_ready().unwrap().unwrap();
    let hits = |rounds: u32| {
        for _ in 0..rounds {
            for key in [lasting, expiring] {
                let value = black_box(cache.get(key)).try_ready().unwrap().unwrap();
                assert_eq!(value.unwrap().len(), 128);
            }
        }
    };
    hits(1);
    let counted = allocation_counter::measure(|| hits(1_000));
    assert_eq!(counted.count_total, 0);
    let counted = allocation_counter::measure(|| drop(black_box(Box::new(1))));
    assert_eq!(counted.count_total, 1, "the counter counts");
}
