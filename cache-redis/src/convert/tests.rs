use redis::{VerbatimFormat, parse_redis_value};

use super::*;

fn read(line: &[u8]) -> Result<Answer, Lost> {
    answer(parse_redis_value(line).unwrap())
}

fn bytes(text: &'static str) -> Answer {
    Answer::Bytes(Bytes::from_static(text.as_bytes()))
}

#[test]
fn command_is_packed_byte_for_byte() {
    let command = Command::new("SET", 4).bytes(&b"k\r\n\0"[..]).bytes(&b""[..]).word("PX");
    assert_eq!(
        request(&command.integer(i64::MIN)).get_packed_command(),
        b"*5\r\n$3\r\nSET\r\n$4\r\nk\r\n\0\r\n$0\r\n\r\n$2\r\nPX\r\n$20\r\n-9223372036854775808\r\n"
    );
}

#[test]
fn commands_of_a_pipeline_keep_their_order() {
    let commands = [Command::new("GET", 1).bytes(&b"a"[..]), Command::new("PING", 0)];
    assert_eq!(
        requests(&commands).get_packed_pipeline(),
        b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n"
    );
}

#[test]
fn both_protocols_answer_the_same() {
    let pairs: [(&[u8], &[u8], Answer); 4] = [
        (b"$-1\r\n", b"_\r\n", Answer::Nil),
        (b"*-1\r\n", b"_\r\n", Answer::Nil),
        (b":1\r\n", b"#t\r\n", Answer::Integer(1)),
        (
            b"*2\r\n+k\r\n:7\r\n",
            b"%1\r\n+k\r\n:7\r\n",
            Answer::Array(vec![bytes("k"), Answer::Integer(7)]),
        ),
    ];
    for (two, three, expected) in pairs {
        assert_eq!(read(two), Ok(expected.clone()));
        assert_eq!(read(three), Ok(expected));
    }
}

#[test]
fn strings_of_every_kind_are_bytes() {
    for line in [&b"+OK\r\n"[..], b"$2\r\nOK\r\n", b"=6\r\ntxt:OK\r\n"] {
        assert_eq!(read(line), Ok(bytes("OK")), "{line:?}");
    }
    assert_eq!(read(b"$3\r\n\xff\0\n\r\n"), Ok(Answer::Bytes(Bytes::from_static(b"\xff\0\n"))));
}

#[test]
fn value_is_taken_over_and_not_copied() {
    let value = vec![7; 100_000];
    let there = value.as_ptr();
    let Ok(Answer::Bytes(bytes)) = answer(Value::BulkString(value)) else { panic!("not bytes") };
    assert_eq!(bytes.as_ptr(), there);
}

#[test]
fn error_of_the_server_is_an_answer_with_its_code() {
    let expected = |code: &str, message: &str| {
        Answer::Error(ServerError { code: code.into(), message: message.into() })
    };
    assert_eq!(read(b"-ERR no such key\r\n"), Ok(expected("ERR", "no such key")));
    assert_eq!(read(b"-OOM command not allowed\r\n"), Ok(expected("OOM", "command not allowed")));
    assert_eq!(read(b"-LOADING\r\n"), Ok(expected("LOADING", "")));
    // An error in an array, as a script may answer, stays at its place.
    assert_eq!(
        read(b"*2\r\n:1\r\n-WRONGTYPE Operation\r\n"),
        Ok(Answer::Array(vec![Answer::Integer(1), expected("WRONGTYPE", "Operation")]))
    );
}

#[test]
fn what_answers_no_command_is_garbage() {
    assert_eq!(read(b">2\r\n+message\r\n+x\r\n"), Err(Lost::Garbage));
    assert_eq!(read(b"*1\r\n>2\r\n+message\r\n+x\r\n"), Err(Lost::Garbage));
}

#[test]
fn text_with_a_format_loses_the_format() {
    let value =
        Value::VerbatimString { format: VerbatimFormat::Markdown, text: String::from("text") };
    assert_eq!(answer(value), Ok(bytes("text")));
}

#[test]
fn invalidation_tells_its_keys() {
    let keys =
        Value::Array(vec![Value::BulkString(b"a".to_vec()), Value::BulkString(b"\xff\0".to_vec())]);
    assert_eq!(
        invalidated(vec![keys]),
        Some(vec![Bytes::from_static(b"a"), Bytes::from_static(b"\xff\0")])
    );
}

#[test]
fn invalidation_of_everything_tells_no_keys() {
    assert_eq!(invalidated(vec![Value::Nil]), None);
    assert_eq!(invalidated(vec![]), None);
    assert_eq!(invalidated(vec![Value::Array(vec![Value::Int(1)])]), None);
}
