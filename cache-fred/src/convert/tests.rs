use fred::bytes_utils::Str;

use super::*;

fn blob(data: &'static [u8]) -> Resp3Frame {
    Resp3Frame::BlobString { data: Bytes::from_static(data), attributes: None }
}

fn simple(data: &'static str) -> Resp3Frame {
    Resp3Frame::SimpleString { data: Bytes::from_static(data.as_bytes()), attributes: None }
}

fn number(data: i64) -> Resp3Frame {
    Resp3Frame::Number { data, attributes: None }
}

fn array(data: Vec<Resp3Frame>) -> Resp3Frame {
    Resp3Frame::Array { data, attributes: None }
}

fn failure(line: &'static str) -> Resp3Frame {
    Resp3Frame::SimpleError { data: Str::from_static(line), attributes: None }
}

fn bytes(text: &'static str) -> Answer {
    Answer::Bytes(Bytes::from_static(text.as_bytes()))
}

fn keys(count: usize) -> Command {
    (0..count).fold(Command::new("MGET", count), |command, key| command.bytes(key.to_string()))
}

#[test]
fn command_is_handed_over_word_for_word() {
    let command = Command::new("SET", 4).bytes(&b"k\r\n\0"[..]).bytes(&b""[..]).word("PX");
    let request = request(command.integer(i64::MIN));
    assert_eq!(&*request.command.cmd, "SET");
    assert!(!request.command.blocking);
    assert_eq!(
        request.arguments,
        [
            Value::Bytes(Bytes::from_static(b"k\r\n\0")),
            Value::Bytes(Bytes::new()),
            Value::from_static_str("PX"),
            Value::Integer(i64::MIN),
        ]
    );
}

#[test]
fn value_is_taken_over_and_not_copied() {
    let value = Bytes::from(vec![7; 100_000]);
    let there = value.as_ptr();
    let request = request(Command::new("SET", 2).bytes("key").bytes(value));
    let [_, Value::Bytes(sent)] = &request.arguments[..] else { panic!("not bytes") };
    assert_eq!(sent.as_ptr(), there);
    let frame = Resp3Frame::BlobString { data: sent.clone(), attributes: None };
    let Ok(Answer::Bytes(received)) = answer(frame) else { panic!("not bytes") };
    assert_eq!(received.as_ptr(), there);
}

#[test]
fn answer_that_fred_may_take_for_a_message_is_made_longer() {
    for count in 0..10 {
        let request = request(keys(count));
        let sent = request.arguments.len();
        assert!(!(SHORTEST_MESSAGE..BEYOND_MESSAGES).contains(&sent), "{count} keys");
        assert_eq!(sent - request.surplus, count);
        let received = array((0..sent).map(|item| number(item.try_into().unwrap())).collect());
        let Answer::Array(items) = cut(answer(received).unwrap(), request.surplus) else {
            panic!("not an array")
        };
        assert_eq!(items.len(), count);
    }
    assert_eq!(request(Command::new("EVAL", 3).word("").word("").word("")).surplus, 0);
}

#[test]
fn strings_of_every_kind_are_bytes() {
    for frame in [simple("OK"), blob(b"OK")] {
        assert_eq!(answer(frame), Ok(bytes("OK")));
    }
    assert_eq!(answer(blob(b"\xff\0\n")), Ok(Answer::Bytes(Bytes::from_static(b"\xff\0\n"))));
}

#[test]
fn both_protocols_answer_the_same() {
    assert_eq!(answer(Resp3Frame::Null), Ok(Answer::Nil));
    let yes = Resp3Frame::Boolean { data: true, attributes: None };
    assert_eq!(answer(yes), Ok(Answer::Integer(1)));
    let data = [(simple("k"), number(7))].into_iter().collect();
    let map = Resp3Frame::Map { data, attributes: None };
    let expected = Ok(Answer::Array(vec![bytes("k"), Answer::Integer(7)]));
    assert_eq!(answer(map), expected);
    assert_eq!(answer(array(vec![simple("k"), number(7)])), expected);
}

#[test]
fn error_of_the_server_is_an_answer_with_its_code() {
    let expected = |code: &str, message: &str| {
        Answer::Error(ServerError { code: code.into(), message: message.into() })
    };
    assert_eq!(answer(failure("ERR no such key")), Ok(expected("ERR", "no such key")));
    assert_eq!(answer(failure("OOM not allowed")), Ok(expected("OOM", "not allowed")));
    assert_eq!(answer(failure("LOADING")), Ok(expected("LOADING", "")));
    let long =
        Resp3Frame::BlobError { data: Bytes::from_static(b"MISCONF \xff"), attributes: None };
    assert_eq!(answer(long), Ok(expected("MISCONF", "\u{fffd}")));
    // An error in an array, as a script may answer, stays at its place.
    assert_eq!(
        answer(array(vec![number(1), failure("WRONGTYPE Operation")])),
        Ok(Answer::Array(vec![Answer::Integer(1), expected("WRONGTYPE", "Operation")]))
    );
}

#[test]
fn what_answers_no_command_is_garbage() {
    let push = || Resp3Frame::Push { data: vec![simple("message"), simple("x")], attributes: None };
    assert_eq!(answer(push()), Err(Lost::Garbage));
    assert_eq!(answer(array(vec![push()])), Err(Lost::Garbage));
}

#[test]
fn invalidation_tells_its_keys() {
    let keys = [Bytes::from_static(b"a"), Bytes::from_static(b"\xff\0")];
    assert_eq!(invalidated(invalidation(&keys)), Change::Keys(keys.into()));
}

#[test]
fn invalidation_without_keys_is_one_of_everything() {
    assert_eq!(invalidated(invalidation(&[])), Change::Missed);
}

fn invalidation(keys: &[Bytes]) -> Invalidation {
    let server = fred::types::config::Server::new("cache.example", 6379);
    Invalidation { keys: keys.iter().cloned().map(Key::from).collect(), server }
}

#[test]
fn plain_reads_and_writes_are_told_apart_from_all_other_commands() {
    let (key, value) = (|| Bytes::from_static(b"key"), || Bytes::from_static(b"value"));
    let set = || Command::new("SET", 4).bytes(key()).bytes(value());
    let known_set = |lifetime| Known::Set { key: key(), value: value(), lifetime };
    assert_eq!(known(Command::new("GET", 1).bytes(key())), Ok(Known::Get { key: key() }));
    assert_eq!(known(set()), Ok(known_set(None)));
    let lifetime = set().word("PX").integer(1_500);
    assert_eq!(known(lifetime), Ok(known_set(Some(Expiration::PX(1_500)))));
    for other in [
        Command::new("GETDEL", 1).bytes(key()),
        Command::new("GET", 2).bytes(key()).bytes(key()),
        set().word("NX"),
        set().word("EX").integer(1),
        set().word("PX").integer(1).word("NX"),
    ] {
        assert_eq!(known(other.clone()), Err(other));
    }
}

#[test]
fn answers_to_what_fred_knows_are_values_as_they_are() {
    let text = Value::String("\u{e9}".into());
    assert_eq!(answer_of_known(text), Ok(Answer::Bytes(Bytes::from_static(b"\xc3\xa9"))));
    let bytes = Bytes::from_static(b"\xff");
    assert_eq!(answer_of_known(Value::Bytes(bytes.clone())), Ok(Answer::Bytes(bytes)));
    assert_eq!(answer_of_known(Value::Null), Ok(Answer::Nil));
    assert_eq!(answer_of_known(Value::Array(Vec::new())), Err(Lost::Garbage));
}
