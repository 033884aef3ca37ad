//! Both drivers beside the reference model, locks included.

use std::time::Duration;

use cache_conformance::{Harness, Time, differential};
use cache_facade::cache_core::Reply;
use cache_facade::{Backend, RedisSettings};
use redis_fixture::Lease;

use crate::support::settings;

const OPERATIONS: u64 = 1_500;
/// How exactly the server measures, and what a round trip on one machine may add.
const RESOLUTION: Duration = Duration::from_millis(2);

/// What settings open, each time on a database of its own.
struct Opened {
    kind: &'static str,
    server: Lease,
}

impl Opened {
    fn new(kind: &'static str) -> Self {
        Self { kind, server: pollster::block_on(redis_fixture::lease()) }
    }
}

impl Harness for Opened {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::pending(async {
            let url = self.server.database_url(self.server.next_database());
            let settings = settings(self.kind, RedisSettings::new().url(url));
            Ok(cache_facade::open(settings).await?.backend().clone())
        })
    }

    fn advance(&self, _by: Duration) -> Reply<'_, ()> {
        unreachable!("in real time nothing is compared that ends")
    }

    fn time(&self) -> Time {
        Time::real(RESOLUTION)
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

#[test]
fn redis_answers_random_operations_as_the_model_does() {
    differential(Opened::new("redis"), 11, OPERATIONS);
}

#[test]
fn fred_answers_random_operations_as_the_model_does() {
    differential(Opened::new("fred"), 11, OPERATIONS);
}
