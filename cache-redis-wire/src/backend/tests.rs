use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, Condition, Cursor, ErrorKind, Key, LockBackend, LockName,
    LockRequest, RESERVED_MARKER, SetOptions, Token, Ttl,
};

use super::*;
use crate::command::Command;
use crate::fake::{Fake, bytes, error, redis, slow};
use crate::reply::{Answer, Lost};

fn key() -> Key<'static> {
    Key::new("k").unwrap()
}

fn lost(_: &Command) -> Result<Answer, Lost> {
    Err(Lost::Broken)
}

#[tokio::test]
async fn script_that_the_server_does_not_know_is_sent_once_more_with_its_text() {
    let (redis, sent) = redis(|command| match command.name() {
        "EVALSHA" => Ok(error("NOSCRIPT No matching script. Please use EVAL.")),
        _ => Ok(Answer::Integer(1)),
    });
    assert!(redis.delete(key()).await.unwrap());
    assert_eq!(sent.take(), [["EVALSHA [delete] 1 k"], ["EVAL [delete] 1 k"]]);
}

#[tokio::test]
async fn script_that_is_not_known_with_its_text_is_an_error() {
    let (redis, sent) = redis(|_| Ok(error("NOSCRIPT No matching script. Please use EVAL.")));
    let error = redis.increment(key(), 1, Ttl::Never).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Server, Effect::NotApplied));
    assert_eq!(error.server_code(), Some("NOSCRIPT"));
    assert_eq!(sent.take().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn script_that_turns_out_late_to_be_unknown_has_what_is_left_of_the_deadline() {
    let server = |command: &Command| match command.name() {
        "EVALSHA" => Ok(error("NOSCRIPT No matching script. Please use EVAL.")),
        _ => Ok(Answer::Integer(1)),
    };
    let (redis, sent) = slow(server, |command| match command.name() {
        "EVALSHA" => Duration::from_millis(900),
        _ => Duration::from_secs(3600),
    });
    let start = clock::now();
    let error = redis.delete(key()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    assert!(clock::now() - start <= Duration::from_millis(1_002), "{:?}", clock::now() - start);
    assert_eq!(sent.take().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn clear_has_one_deadline_for_all_that_a_step_sends() {
    let server = |command: &Command| match command.name() {
        "SCAN" => Ok(Answer::Array(vec![bytes("0"), Answer::Array(vec![bytes("k")])])),
        _ => Ok(Answer::Integer(1)),
    };
    let (redis, sent) = slow(server, |command| match command.name() {
        "SCAN" => Duration::from_millis(900),
        _ => Duration::from_secs(3600),
    });
    let start = clock::now();
    let error = redis.clear(ClearScope::All, Cursor::START).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    assert!(clock::now() - start <= Duration::from_millis(1_002), "{:?}", clock::now() - start);
    assert_eq!(sent.take().len(), 2);
}

#[tokio::test]
async fn no_other_error_of_a_script_sends_it_again() {
    for line in ["ERR no such script", "BUSY running", "OOM command not allowed", "PROXYERR x"] {
        let (redis, sent) = redis(move |_| Ok(error(line)));
        redis.increment(key(), 1, Ttl::Never).await.unwrap_err();
        assert_eq!(sent.take().len(), 1, "{line}");
    }
}

/// Calls a method by its name.
async fn called(redis: &Redis<Fake>, operation: &str) -> Result<(), Error> {
    let name = LockName::new("j").unwrap();
    let (token, second) = (Token::from_bytes([1; 16]), Duration::from_secs(1));
    match operation {
        "get" => redis.get(key()).await.map(drop),
        "contains" => redis.contains(key()).await.map(drop),
        "entry" => redis.entry(key()).await.map(drop),
        "ttl" => redis.ttl(key()).await.map(drop),
        "inspect" => redis.inspect(name).await.map(drop),
        "set" => redis.set(key(), Bytes::new(), SetOptions::new()).await.map(drop),
        "delete" => redis.delete(key()).await.map(drop),
        "take" => redis.take(key()).await.map(drop),
        "touch" => redis.touch(key(), Ttl::Never).await.map(drop),
        "increment" => redis.increment(key(), 1, Ttl::Never).await.map(drop),
        "acquire" => redis.acquire(LockRequest::new(name, token, second)).await.map(drop),
        "extend" => redis.extend(name, token, second).await.map(drop),
        "release" => redis.release(name, token).await.map(drop),
        other => panic!("there is no method {other}"),
    }
}

const READS: [&str; 5] = ["get", "contains", "entry", "ttl", "inspect"];
const WRITES: [&str; 8] =
    ["set", "delete", "take", "touch", "increment", "acquire", "extend", "release"];

#[tokio::test]
async fn lost_answer_leaves_a_write_unknown_and_a_read_without_effect() {
    for operation in READS.into_iter().chain(WRITES) {
        let (redis, sent) = redis(lost);
        let error = called(&redis, operation).await.unwrap_err();
        let is_read = READS.contains(&operation);
        let effect = if is_read { Effect::NotApplied } else { Effect::Unknown };
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, effect), "{error}");
        assert_eq!((error.operation(), error.backend()), (Some(operation), Some("fake")));
        assert!(error.to_string().contains("key \""), "{error}");
        assert_eq!(sent.take().len(), 1, "{operation} is sent once");
    }
}

#[tokio::test]
async fn answer_that_is_none_leaves_a_write_unknown_and_a_read_without_effect() {
    let (redis, _) = redis(|_| Ok(Answer::Array(vec![Answer::Nil])));
    let error = redis.get(key()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Corrupt, Effect::NotApplied));
    let error = redis.set(key(), Bytes::new(), SetOptions::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Corrupt, Effect::Unknown));
}

#[tokio::test]
async fn what_is_refused_is_not_sent() {
    let (redis, sent) = redis(lost);
    let zero = Duration::ZERO;
    let marked = Bytes::from_static(RESERVED_MARKER);
    let brief = SetOptions::new().ttl(zero);
    let name = LockName::new("j").unwrap();
    let token = Token::from_bytes([1; 16]);
    let errors = [
        redis.set(key(), marked, SetOptions::new()).await.unwrap_err(),
        redis.set(key(), Bytes::new(), brief.condition(Condition::IfAbsent)).await.unwrap_err(),
        redis.touch(key(), zero.into()).await.unwrap_err(),
        redis.increment(key(), 1, zero.into()).await.unwrap_err(),
        redis.clear(ClearScope::Prefix(""), Cursor::START).await.unwrap_err(),
        redis.acquire(LockRequest::new(name, token, zero)).await.unwrap_err(),
        redis.extend(name, token, zero).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::NotApplied));
        assert_eq!(error.backend(), Some("fake"));
    }
    assert!(sent.take().is_empty());
}

#[tokio::test]
async fn dropped_stop_stops_what_is_asked_afterwards() {
    let (redis, sent) = redis(lost);
    drop(redis.stop());
    let marked = Bytes::from_static(RESERVED_MARKER);
    let errors = [
        redis.get(key()).await.unwrap_err(),
        redis.set(key(), marked, SetOptions::new()).await.unwrap_err(),
        redis.get_many(&[]).await.unwrap_err(),
        redis.clear(ClearScope::Prefix(""), Cursor::START).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Stopped);
    }
    assert!(sent.take().is_empty());
    redis.stop().await.unwrap();
}

fn scanned(next: &'static str, keys: &[&'static str]) -> Answer {
    let keys = keys.iter().map(|key| bytes(key)).collect();
    Answer::Array(vec![bytes(next), Answer::Array(keys)])
}

#[tokio::test]
async fn clear_removes_what_a_step_found_and_counts_it() {
    let (redis, sent) = redis(|command| match command.name() {
        "SCAN" => Ok(scanned("7", &["a", "__cache__:lock:{a}", "b"])),
        _ => Ok(Answer::Integer(1)),
    });
    let step = redis.clear(ClearScope::All, Cursor::START).await.unwrap();
    assert_eq!((step.removed, step.next.unwrap().as_bytes()), (1, &b"7"[..]));
    let expected = [["SCAN 0 COUNT 1000 TYPE string"], ["UNLINK a b"]];
    assert_eq!(sent.take(), expected);
    assert_eq!(redis.statistics().unwrap().removals.cleared, 1);
}

#[tokio::test]
async fn clear_that_finds_nothing_removes_nothing() {
    let (redis, sent) = redis(|_| Ok(scanned("0", &["__cache__:lock:{a}"])));
    let step = redis.clear(ClearScope::Prefix("__"), Cursor::START).await.unwrap();
    assert_eq!((step.removed, step.next), (0, None));
    assert_eq!(sent.take(), [["SCAN 0 MATCH __* COUNT 1000 TYPE string"]]);
}

#[tokio::test]
async fn clear_has_no_effect_until_it_removes() {
    let effect = |at: &'static str| async move {
        let (redis, _) = redis(move |command| match command.name() {
            name if name == at => Err(Lost::Broken),
            _ => Ok(scanned("0", &["a"])),
        });
        redis.clear(ClearScope::All, Cursor::START).await.unwrap_err().effect()
    };
    assert_eq!(effect("SCAN").await, Effect::NotApplied);
    assert_eq!(effect("UNLINK").await, Effect::Unknown);
}

#[tokio::test]
async fn reads_and_writes_are_counted() {
    let (redis, _) = redis(|command| match (command.name(), &command.arguments()[0]) {
        ("GET" | "GETDEL", crate::Argument::Bytes(key)) if key == "k" => Ok(bytes("v")),
        ("GET" | "GETDEL", _) => Ok(Answer::Nil),
        ("SET", _) => Ok(bytes("OK")),
        _ => Ok(Answer::Integer(0)),
    });
    let absent = Key::new("absent").unwrap();
    redis.get(key()).await.unwrap();
    redis.get_many(&[key(), absent, key()]).await.unwrap();
    redis.take(key()).await.unwrap();
    redis.take(absent).await.unwrap();
    redis.delete(key()).await.unwrap();
    redis.set(key(), Bytes::new(), SetOptions::new()).await.unwrap();
    let if_absent = SetOptions::new().condition(Condition::IfAbsent);
    redis.set(key(), Bytes::new(), if_absent).await.unwrap();
    let statistics = redis.statistics().unwrap();
    assert_eq!((statistics.hits, statistics.misses), (4, 2));
    assert_eq!((statistics.inserts, statistics.removals.deleted), (1, 1));
}

#[test]
fn debug_shows_no_password() {
    let settings =
        crate::Options::new().url("redis://u:sentinel-7f3a9c@127.0.0.1").check().unwrap();
    let redis = Redis::new(Arc::new(settings), Fake::new(lost));
    let text = format!("{redis:?}");
    assert!(!text.contains("sentinel"), "{text}");
}
