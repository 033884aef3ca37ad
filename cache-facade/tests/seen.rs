//! What the features `tracing` and `metrics` show of a cache that settings opened.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache_facade::memory::{Memory, Options};
use cache_facade::recipes::{Chaos, names};
use cache_facade::{Cache, Condition, OnError, Settings};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use pollster::block_on;
use tokio::runtime::Builder;
use tracing_subscriber::fmt::format::FmtSpan;

const SECOND: Duration = Duration::from_secs(1);
const SECRET: &str = "sentinel-secret";

/// What a subscriber has written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, written: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(written);
        Ok(written.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is written at the level TRACE while `act` runs.
fn log(act: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, act);
    let written = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(written).unwrap()
}

/// The counters that are recorded while `act` runs: name, labels and sum, sorted.
fn counters(act: impl FnOnce()) -> Vec<String> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, act);
    let recorded = snapshotter.snapshot().into_vec().into_iter();
    let mut lines: Vec<_> = recorded
        .filter_map(|(key, _, _, value)| {
            let DebugValue::Counter(sum) = value else { return None };
            let labels = key.key().labels();
            let labels: Vec<_> = labels.map(|l| format!("{}={}", l.key(), l.value())).collect();
            Some(format!("{}{{{}}} {sum}", key.key().name(), labels.join(",")))
        })
        .collect();
    lines.sort();
    lines
}

fn down() -> Cache {
    let memory = Memory::open(Options::new()).unwrap().into_backend();
    let chaos = Chaos::new(memory, 1);
    chaos.control().begin_outage();
    Cache::from_backend(chaos.into_backend()).with_on_error(OnError::Miss)
}

#[test]
fn calls_of_an_opened_cache_are_counted_its_opening_included() {
    let lines = counters(|| {
        let cache = block_on(cache_facade::open(Settings::new())).unwrap();
        block_on(cache.get("k")).unwrap();
    });
    assert_eq!(
        lines,
        [
            "cache_calls_total{backend=memory,operation=contains,outcome=ok} 1",
            "cache_calls_total{backend=memory,operation=get,outcome=ok} 1",
            "cache_misses_total{backend=memory,operation=get} 1",
        ]
    );
}

#[test]
fn failure_that_is_a_miss_is_counted_with_the_labels_of_the_list() {
    let lines = counters(|| assert_eq!(block_on(down().get("k")), Ok(None)));
    assert_eq!(lines, ["cache_failures_as_misses_total{backend=memory,operation=get} 1"]);
    let listed = names::ALL.iter().find(|name| name.name == names::FAILURES_AS_MISSES).unwrap();
    assert_eq!(listed.labels, ["backend", "operation"]);
}

#[test]
fn failure_that_is_a_miss_is_logged_as_a_warning_with_its_reason() {
    let written = log(|| assert_eq!(block_on(down().get("user:1")), Ok(None)));
    assert_eq!(
        written.trim(),
        "WARN cache: failed read answered as a miss error=get on memory, key \"user:1\": \
         unavailable: made up by Chaos; the backend was not asked failures=1"
    );
}

#[test]
fn outage_is_one_line_a_second_with_the_number_of_failures() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let written = log(|| {
        runtime.block_on(async {
            let cache = down();
            let namespace = cache.namespace("a").unwrap();
            for _ in 0..1_000 {
                assert_eq!(cache.get("k").await, Ok(None));
                assert_eq!(namespace.get("k").await, Ok(None));
            }
            tokio::time::advance(SECOND).await;
            for _ in 0..3 {
                assert_eq!(cache.get("k").await, Ok(None));
            }
            assert_eq!(cache.failures_as_misses(), 2_003);
        });
    });
    let failures: Vec<_> =
        written.lines().filter_map(|line| line.split("failures=").nth(1)).collect();
    assert_eq!(failures, ["1", "2000"]);
}

/// A memory whose answers take an hour, opened as by settings.
fn late() -> Cache {
    let memory = Memory::open(Options::new()).unwrap().into_backend();
    let chaos = Chaos::new(memory, 1).latency(3_600 * SECOND..=3_600 * SECOND);
    let backend = cache_facade::recipes::observe(chaos.into_backend());
    Cache::from_backend(backend).with_deadline(SECOND)
}

#[test]
fn deadline_that_passes_is_counted_and_logged_as_a_timeout() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let mut lines = Vec::new();
    let written = log(|| {
        lines = counters(|| {
            runtime.block_on(async {
                assert!(late().get("k").await.is_err());
                assert!(late().get_many(["k", "l"]).await.unwrap()[0].is_err());
            });
        });
    });
    assert_eq!(
        lines,
        [
            "cache_calls_total{backend=memory,operation=get,outcome=timeout} 1",
            "cache_calls_total{backend=memory,operation=get_many,outcome=timeout} 1",
        ]
    );
    let failed = written.lines().filter(|line| line.contains(names::FAILED_EVENT));
    assert_eq!(failed.filter(|line| line.contains("deadline of 1s")).count(), 2, "{written}");
    assert!(!written.contains("dropped"), "{written}");
}

#[test]
fn future_that_the_program_drops_is_counted_as_dropped() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let lines = counters(|| {
        runtime.block_on(async {
            let cache = late();
            let mut call = Box::pin(cache.get("k"));
            let polled =
                std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context)));
            assert!(polled.await.is_pending());
        });
    });
    assert_eq!(lines, ["cache_calls_total{backend=memory,operation=get,outcome=dropped} 1"]);
}

#[test]
fn failure_that_is_an_error_is_not_logged_as_a_miss() {
    let cache = down().with_on_error(OnError::Fail);
    let written = log(|| drop(block_on(cache.get("k")).unwrap_err()));
    assert_eq!(written, "");
}

/// Everything that a handle offers, with a secret as value.
async fn call_everything(cache: &Cache) {
    let second = Duration::from_secs(1);
    let condition = Condition::IfEquals(SECRET.into());
    drop(cache.set("k", SECRET).await);
    drop(cache.set_with("k", SECRET, condition).await);
    drop(cache.add("k", SECRET).await);
    drop(cache.replace("k", SECRET).await);
    drop(cache.get("k").await);
    drop(cache.contains("k").await);
    drop(cache.entry("k").await);
    drop(cache.ttl("k").await);
    drop(cache.touch("k", second).await);
    drop(cache.increment("k", 1).await);
    drop(cache.take("k").await);
    drop(cache.delete("k").await);
    drop(cache.set_many([("a", SECRET), ("", SECRET)]).await);
    drop(cache.get_many(["a", "b"]).await);
    drop(cache.delete_many(["a", "b"]).await);
    drop(cache.clear_prefix("k").await);
    drop(cache.clear_all().await);
    drop(cache.watch_key("k").await);
    drop(cache.stop().await);
    drop(cache.set("k", SECRET).await);
}

#[test]
fn no_span_log_line_or_label_shows_a_value() {
    let opened = block_on(cache_facade::open(Settings::new())).unwrap();
    for cache in [opened, down()] {
        let mut lines = Vec::new();
        let written = log(|| lines = counters(|| block_on(call_everything(&cache))));
        assert!(!written.is_empty() && !lines.is_empty(), "nothing was seen");
        assert!(!written.contains("sentinel"), "{written}");
        assert!(!format!("{lines:?} {cache:?}").contains("sentinel"), "{lines:?}");
    }
}

/// Opening with secrets in the options: well, wrongly, and by a factory that refuses them.
#[cfg(feature = "config")]
mod opening {
    use cache_facade::{Backend, Error, ErrorKind, RegisteredSettings, Registry};

    use super::*;

    #[derive(serde::Deserialize)]
    struct Login {
        password: String,
        #[serde(default)]
        port: u16,
    }

    fn registry() -> Registry {
        let mut registry = Registry::new();
        let memory = || Memory::open(Options::new()).unwrap().into_backend();
        let open = move |login: Login| async move {
            assert!(login.password.contains(SECRET) && login.port == 0);
            Ok::<_, Error>(memory())
        };
        registry.register("opens", open).unwrap();
        let down = move |login: Login| async move {
            assert!(login.password.contains(SECRET));
            let chaos = Chaos::new(memory(), 1);
            chaos.control().begin_outage();
            Ok::<_, Error>(chaos.into_backend())
        };
        registry.register("down", down).unwrap();
        let refuses = |login: Login| async move {
            assert!(login.password.contains(SECRET));
            let problem = "the password is too long; give at most 8 bytes";
            Err::<Backend, _>(Error::not_applied(ErrorKind::Config, problem))
        };
        registry.register("refuses", refuses).unwrap();
        registry
    }

    fn settings(name: &str, options: &[(&str, &str)]) -> Settings {
        let options: std::collections::BTreeMap<_, _> = options.iter().copied().collect();
        Settings::new().backend(RegisteredSettings::new(name, &options).unwrap())
    }

    #[test]
    fn no_span_log_line_label_or_error_of_opening_shows_an_option() {
        let cases = [
            (settings("opens", &[("password", SECRET)]), true),
            (settings("down", &[("password", SECRET)]), false),
            (settings("refuses", &[("password", SECRET)]), false),
            (settings("opens", &[("password", SECRET), ("port", SECRET)]), false),
            (settings("opens", &[("password", SECRET), ("pasword", SECRET)]), false),
            (settings("unknown", &[("password", SECRET)]), false),
        ];
        let (mut lines, mut told) = (Vec::new(), String::new());
        let written = log(|| {
            lines = counters(|| {
                for (settings, opens) in cases {
                    told += &format!("{settings:?} ");
                    let opened = block_on(cache_facade::open_with(&registry(), settings));
                    assert_eq!(opened.is_ok(), opens, "{opened:?}");
                    told += &format!("{opened:?} ");
                    if let Err(error) = opened {
                        told += &format!("{error} ");
                    }
                }
            });
        });
        assert!(
            written.contains("cache_call") && written.contains(names::FAILED_EVENT),
            "{written}"
        );
        assert!(lines.len() >= 2, "{lines:?}");
        for shown in [written, format!("{lines:?}"), told] {
            assert!(!shown.contains("sentinel"), "{shown}");
        }
    }
}
