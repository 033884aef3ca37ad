use cache_core::{
    CacheBackend, Condition, Effect, ErrorKind, Key, RESERVED_MARKER, SetItem, SetOptions,
    SetOutcome,
};

use super::*;
use crate::fake::{bytes, cluster, error, redis};
use crate::reply::Lost;

fn key(text: &str) -> Key<'_> {
    Key::new(text).unwrap()
}

fn item<'a>(at: &'a str, value: &'static [u8], condition: Condition) -> SetItem<'a> {
    let options = SetOptions::new().condition(condition);
    SetItem::new(key(at), Bytes::from_static(value), options)
}

#[tokio::test]
async fn batch_is_one_round_trip() {
    let (redis, sent) = redis(|_| Ok(bytes("v")));
    let found = redis.get_many(&[key("a"), key("b"), key("a")]).await.unwrap();
    assert_eq!(found, [(); 3].map(|()| Ok(Some(Bytes::from("v")))));
    assert_eq!(sent.take(), [["GET a", "GET b", "GET a"]]);
}

#[tokio::test]
async fn first_call_of_a_script_carries_its_text() {
    let (redis, sent) = redis(|_| Ok(Answer::Integer(1)));
    let deleted = redis.delete_many(&[key("a"), key("b"), key("a")]).await.unwrap();
    assert_eq!(deleted, [Ok(true), Ok(true), Ok(true)]);
    let commands = ["EVAL [delete] 1 a", "EVALSHA [delete] 1 b", "EVALSHA [delete] 1 a"];
    assert_eq!(sent.take(), [commands]);
    redis.delete_many(&[key("a")]).await.unwrap();
    // Another batch may meet another server, or one that was restarted.
    assert_eq!(sent.take(), [["EVAL [delete] 1 a"]]);
}

#[tokio::test]
async fn refused_item_is_not_sent_and_fails_alone() {
    let (redis, sent) = redis(|command| match command.name() {
        "SET" => Ok(bytes("OK")),
        _ => Ok(Answer::Integer(0)),
    });
    let items = vec![
        item("a", b"1", Condition::Always),
        item("bad", RESERVED_MARKER, Condition::Always),
        item("b", b"2", Condition::IfAbsent),
        item("c", b"3", Condition::IfPresent),
    ];
    let answers = redis.set_many(items).await.unwrap();
    assert_eq!(answers[0], Ok(SetOutcome::Stored));
    let error = answers[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("set_many")));
    assert!(error.to_string().contains("\"bad\""), "{error}");
    assert_eq!(answers[2..], [Ok(SetOutcome::ConditionNotMet), Ok(SetOutcome::ConditionNotMet)]);
    let conditional = ["EVAL [set] 1 b 2 0 absent", "EVALSHA [set] 1 c 3 0 present"];
    assert_eq!(sent.take(), [["SET a 1", conditional[0], conditional[1]]]);
}

#[tokio::test]
async fn batch_of_refused_items_is_not_sent() {
    let (redis, sent) = redis(|_| Err(Lost::Broken));
    let items = vec![item("bad", RESERVED_MARKER, Condition::Always)];
    assert!(redis.set_many(items).await.unwrap()[0].is_err());
    assert!(redis.set_many(vec![]).await.unwrap().is_empty());
    assert!(sent.take().is_empty());
}

#[tokio::test]
async fn error_of_the_server_is_of_its_key_alone() {
    let (redis, _) = redis(|command| match &command.arguments()[0] {
        crate::Argument::Bytes(key) if key == "list" => Ok(error("WRONGTYPE Operation against")),
        _ => Ok(Answer::Nil),
    });
    let found = redis.get_many(&[key("a"), key("list"), key("b")]).await.unwrap();
    assert_eq!((&found[0], &found[2]), (&Ok(None), &Ok(None)));
    let error = found[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::WrongType, Some("get_many")));
    assert!(error.to_string().contains("\"list\""), "{error}");
}

#[tokio::test]
async fn lost_batch_is_unknown_key_by_key() {
    let (redis, sent) = redis(|_| Err(Lost::Broken));
    let items = vec![item("a", b"1", Condition::Always), item("b", b"2", Condition::Always)];
    for (answer, at) in redis.set_many(items).await.unwrap().into_iter().zip(["\"a\"", "\"b\""]) {
        let error = answer.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::Unknown));
        assert!(error.to_string().contains(at), "{error}");
    }
    assert_eq!(sent.take(), [["SET a 1", "SET b 2"]]);
}

#[tokio::test]
async fn lost_batch_of_reads_has_no_effect() {
    let (redis, _) = redis(|_| Err(Lost::Broken));
    let found = redis.get_many(&[key("a")]).await.unwrap();
    let error = found[0].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
}

#[tokio::test]
async fn cluster_has_a_round_trip_for_each_slot_and_keeps_the_order() {
    let (redis, sent) = cluster(|command| match &command.arguments()[0] {
        crate::Argument::Bytes(key) => Ok(Answer::Bytes(key.clone())),
        _ => Ok(Answer::Integer(1)),
    });
    let texts = ["{x}1", "y", "{x}2", "y", "{x}1"];
    let found = redis.get_many(&texts.map(key)).await.unwrap();
    let values: Vec<_> = found.into_iter().map(|found| found.unwrap().unwrap()).collect();
    assert_eq!(values, texts);
    let mut groups = sent.take();
    groups.sort();
    assert_eq!(groups, [vec!["GET y"; 2], vec!["GET {x}1", "GET {x}2", "GET {x}1"]]);
    redis.delete_many(&[key("{x}1"), key("y")]).await.unwrap();
    let mut groups = sent.take();
    groups.sort();
    assert_eq!(groups, [["EVAL [delete] 1 y"], ["EVAL [delete] 1 {x}1"]]);
}
