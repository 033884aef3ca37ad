use std::num::NonZeroU64;
use std::time::Duration;

use cache_core::{
    Acquired, ClearScope, Condition, Cursor, Effect, Extended, Fence, LockName, LockRequest,
    Released, SetOptions, SetOutcome, Token, Ttl, Version,
};
use proptest::prelude::*;

use super::*;
use crate::fake::{bytes, error, shown};

fn key() -> Bytes {
    Bytes::from_static(b"k")
}

fn set_text(options: &SetOptions) -> String {
    shown(&entries::set(key(), Bytes::from("v"), options).unwrap().command)
}

// What both drivers send, word for word: a change here is a change of what lies on servers.
#[test]
fn entries_are_asked_for_as_published() {
    assert_eq!(shown(&entries::get(key()).command), "GET k");
    assert_eq!(shown(&entries::take(key()).command), "GETDEL k");
    assert_eq!(shown(&entries::contains(key()).command), "EVALSHA [contains] 1 k");
    assert_eq!(shown(&entries::entry(key()).command), "EVALSHA [entry] 1 k");
    assert_eq!(shown(&entries::ttl(key()).command), "EVALSHA [ttl] 1 k");
    assert_eq!(shown(&entries::delete(key()).command), "EVALSHA [delete] 1 k");
    let touch = |ttl| shown(&entries::touch(key(), ttl).unwrap().command);
    assert_eq!(touch(Ttl::Never), "EVALSHA [touch] 1 k 0");
    assert_eq!(touch(Duration::from_nanos(1).into()), "EVALSHA [touch] 1 k 1");
    let increment = entries::increment(key(), i64::MIN, Duration::MAX.into()).unwrap();
    let longest = "EVALSHA [increment] 1 k -9223372036854775808 3153600000000";
    assert_eq!(shown(&increment.command), longest);
}

#[test]
fn writes_are_asked_for_as_published() {
    assert_eq!(set_text(&SetOptions::new()), "SET k v");
    let second = SetOptions::new().ttl(Duration::from_micros(999_001));
    assert_eq!(set_text(&second), "SET k v PX 1000");
    let under = |condition| set_text(&second.clone().condition(condition));
    assert_eq!(under(Condition::IfAbsent), "EVALSHA [set] 1 k v 1000 absent");
    assert_eq!(under(Condition::IfPresent), "EVALSHA [set] 1 k v 1000 present");
    let equals = Condition::IfEquals(Bytes::from("o"));
    assert_eq!(under(equals), "EVALSHA [set] 1 k v 1000 equals o");
    let version = Condition::IfVersion(Version::from_u128(0xab));
    let digits = "000000000000000000000000000000ab";
    assert_eq!(under(version), format!("EVALSHA [set] 1 k v 1000 version {digits}"));
}

#[test]
fn locks_are_asked_for_as_published() {
    let (name, token) = (LockName::new("j").unwrap(), Token::from_bytes([0xab; 16]));
    let digits = "ab".repeat(16);
    let request =
        LockRequest::new(name, token, Duration::from_secs(1)).holder("h").min_fence(Fence::new(7));
    let lease = request.check().unwrap();
    let (lock, fence) = ("__cache__:lock:{j}", "__cache__:fence:{j}");
    assert_eq!(
        shown(&locks::acquire(&request, lease).command),
        format!("EVALSHA [acquire] 2 {lock} {fence} {digits} 1000 7 604801000 h")
    );
    assert_eq!(
        shown(&locks::extend(name, token, Duration::from_nanos(1)).unwrap().command),
        format!("EVALSHA [extend] 2 {lock} {fence} {digits} 1 604800001")
    );
    let release = format!("EVALSHA [release] 1 {lock} {digits}");
    assert_eq!(shown(&locks::release(name, token).command), release);
    assert_eq!(shown(&locks::inspect(name).command), format!("EVALSHA [inspect] 1 {lock}"));
    assert_eq!(shown(&locks::wait(2, Duration::from_millis(750))), "WAIT 2 750");
    // Zero would be for ever.
    assert_eq!(shown(&locks::wait(2, Duration::ZERO)), "WAIT 2 1");
    assert_eq!(shown(&locks::left(name)), format!("PTTL {lock}"));
}

#[test]
fn clear_asks_for_strings_of_the_prefix_from_the_cursor_on() {
    let scan = |scope, cursor: &Cursor| {
        let prefix = clear::prefix(scope)?;
        clear::scan(prefix, cursor).map(|request| shown(&request.command))
    };
    let all = scan(ClearScope::All, &Cursor::START).unwrap();
    assert_eq!(all, "SCAN 0 COUNT 1000 TYPE string");
    let cursor = Cursor::from_bytes(Bytes::from_static(b"18446744073709551615"));
    let some = scan(ClearScope::Prefix("a*"), &cursor).unwrap();
    assert_eq!(some, r"SCAN 18446744073709551615 MATCH a\\** COUNT 1000 TYPE string");
    assert_eq!(shown(&clear::unlink(vec![key(), key()]).command), "UNLINK k k");
    for foreign in ["x", "-1", "1 ", "184467440737095516150", "\0\0\0\0"] {
        let cursor = Cursor::from_bytes(Bytes::from(foreign));
        let error = scan(ClearScope::All, &cursor).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{foreign:?}");
    }
    let error = scan(ClearScope::Prefix(""), &Cursor::START).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn scan_is_read_without_what_is_reserved() {
    let request = clear::scan("", &Cursor::START).unwrap();
    let found = Answer::Array(vec![bytes("a"), bytes("__cache__:lock:{a}"), bytes("__cache__")]);
    let scanned = (request.decode)(Answer::Array(vec![bytes("17"), found])).unwrap();
    assert_eq!(scanned.keys, ["a", "__cache__"]);
    assert_eq!(scanned.next, Some(Cursor::from_bytes(Bytes::from("17"))));
    let scanned = (request.decode)(Answer::Array(vec![bytes("0"), Answer::Array(vec![])])).unwrap();
    assert!(scanned.keys.is_empty() && scanned.next.is_none());
}

#[test]
fn value_with_the_marker_reads_as_absent() {
    let marked = Answer::Bytes(Bytes::from([RESERVED_MARKER, b"x"].concat()));
    let begun = Bytes::from_static(&RESERVED_MARKER[..RESERVED_MARKER.len() - 1]);
    for decode in [entries::get(key()).decode, entries::take(key()).decode] {
        assert_eq!(decode(marked.clone()).unwrap(), None);
        assert_eq!(decode(Answer::Nil).unwrap(), None);
        assert_eq!(decode(Answer::Bytes(begun.clone())).unwrap(), Some(begun.clone()));
    }
}

#[test]
fn answers_about_entries_are_read() {
    let ttl = entries::ttl(key()).decode;
    assert_eq!(ttl(Answer::Integer(-2)).unwrap(), None);
    assert_eq!(ttl(Answer::Integer(-1)).unwrap(), Some(Ttl::Never));
    let left = Some(Ttl::After(Duration::from_millis(1_500)));
    assert_eq!(ttl(Answer::Integer(1_500)).unwrap(), left);
    let sum = entries::increment(key(), 1, Ttl::Never).unwrap().decode;
    assert_eq!(sum(bytes("-9223372036854775808")).unwrap(), i64::MIN);
    let set = entries::set(key(), Bytes::new(), &SetOptions::new()).unwrap().decode;
    assert_eq!(set(bytes("OK")).unwrap(), SetOutcome::Stored);
    let options = SetOptions::new().condition(Condition::IfAbsent);
    let set = entries::set(key(), Bytes::new(), &options).unwrap().decode;
    assert_eq!(set(Answer::Integer(0)).unwrap(), SetOutcome::ConditionNotMet);
    assert_eq!(set(Answer::Integer(1)).unwrap(), SetOutcome::Stored);
}

#[test]
fn version_is_the_head_of_the_digest() {
    let decode = entries::entry(key()).decode;
    assert_eq!(decode(Answer::Array(vec![])).unwrap(), None);
    let sha1 = bytes("00000000000000000000000000000000ffffffff");
    let found = decode(Answer::Array(vec![Answer::Integer(7), sha1, bytes("v")])).unwrap().unwrap();
    assert_eq!((found.value, found.version), (Bytes::from("v"), Version::from_u128(0)));
    assert_eq!(found.ttl, Ttl::After(Duration::from_millis(7)));
}

#[test]
fn answers_about_locks_are_read() {
    let name = LockName::new("j").unwrap();
    let request = LockRequest::new(name, Token::from_bytes([1; 16]), Duration::from_secs(1));
    let asked = |items| (locks::acquire(&request, NonZeroU64::MIN).decode)(Answer::Array(items));
    let second = Duration::from_secs(1);
    let granted = asked(vec![Answer::Integer(1), bytes("9007199254740991")]).unwrap();
    assert_eq!(granted, locks::Asked::Granted { fence: Fence::MAX, is_new: true });
    assert_eq!(granted.acquired(second), Acquired::granted(Some(Fence::MAX), second));
    let again = asked(vec![Answer::Integer(2), bytes("5")]).unwrap();
    assert_eq!(again, locks::Asked::Granted { fence: Fence::new(5), is_new: false });
    let held = asked(vec![Answer::Integer(0), Answer::Integer(0)]).unwrap();
    assert_eq!(held.acquired(second), Acquired::held(Duration::from_millis(1)));
    let inspected = locks::inspect(name).decode;
    let state = vec![Answer::Integer(1), bytes("5"), Answer::Integer(7), bytes("h")];
    let state = inspected(Answer::Array(state)).unwrap().unwrap();
    assert_eq!((state.fence, &*state.holder), (Some(Fence::new(5)), "h"));
    assert_eq!(inspected(Answer::Array(vec![Answer::Integer(0)])).unwrap(), None);
    let later = vec![Answer::Integer(-5), Answer::Integer(7)];
    assert_eq!(inspected(Answer::Array(later)).unwrap().unwrap().fence, None);
    let token = Token::from_bytes([1; 16]);
    let extended = locks::extend(name, token, second).unwrap().decode;
    assert_eq!(extended(Answer::Integer(0)).unwrap(), Extended::NotOwner);
    let released = locks::release(name, token).decode;
    assert_eq!(released(Answer::Integer(1)).unwrap(), Released::Released);
}

#[test]
fn what_is_no_lock_is_of_the_wrong_type() {
    let name = LockName::new("j").unwrap();
    let request = LockRequest::new(name, Token::from_bytes([1; 16]), Duration::from_secs(1));
    let acquire = locks::acquire(&request, NonZeroU64::MIN).decode;
    for state in [-1, -2, -3, -4] {
        let error = acquire(Answer::Array(vec![Answer::Integer(state)])).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::WrongType, Effect::NotApplied));
    }
    let error = (locks::release(name, request.token).decode)(Answer::Integer(-1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
}

#[test]
fn script_that_is_not_known_is_seen() {
    assert!(is_unknown_script(&error("NOSCRIPT No matching script.")));
    assert!(!is_unknown_script(&error("ERR NOSCRIPT")) && !is_unknown_script(&Answer::Nil));
}

/// Every way to read an answer.
fn decode_all(answer: &Answer) -> Vec<Result<(), Error>> {
    fn read<T>(Request { decode, .. }: Request<T>, answer: &Answer) -> Result<(), Error> {
        decode(answer.clone()).map(drop)
    }
    let (name, token) = (LockName::new("j").unwrap(), Token::from_bytes([1; 16]));
    let lock = LockRequest::new(name, token, Duration::from_secs(1));
    let if_absent = SetOptions::new().condition(Condition::IfAbsent);
    let set = |options| entries::set(key(), Bytes::new(), &options).unwrap();
    vec![
        read(entries::get(key()), answer),
        read(entries::contains(key()), answer),
        read(entries::entry(key()), answer),
        read(entries::ttl(key()), answer),
        read(entries::increment(key(), 1, Ttl::Never).unwrap(), answer),
        read(set(SetOptions::new()), answer),
        read(set(if_absent), answer),
        read(clear::scan("", &Cursor::START).unwrap(), answer),
        read(clear::unlink(vec![]), answer),
        read(locks::acquire(&lock, NonZeroU64::MIN), answer),
        read(locks::extend(name, token, Duration::from_secs(1)).unwrap(), answer),
        read(locks::release(name, token), answer),
        read(locks::inspect(name), answer),
        locks::acknowledged(answer.clone()).map(drop),
        locks::lease_left(answer.clone()).map(drop),
    ]
}

#[test]
fn error_of_the_server_is_the_answer_of_every_operation() {
    let oom = error("OOM command not allowed");
    for read in decode_all(&oom) {
        assert_eq!(read.unwrap_err().kind(), ErrorKind::OutOfMemory);
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let leaf = prop_oneof![
        Just(Answer::Nil),
        (-6_i64..6).prop_map(Answer::Integer),
        any::<i64>().prop_map(Answer::Integer),
        "(OK|QUEUED|[0-9a-f]{0,40}|.{0,8})".prop_map(|text| Answer::Bytes(Bytes::from(text))),
        any::<Vec<u8>>().prop_map(|bytes| Answer::Bytes(Bytes::from(bytes))),
    ];
    leaf.prop_recursive(2, 12, 5, |inner| {
        proptest::collection::vec(inner, 0..6).prop_map(Answer::Array)
    })
}

proptest! {
    // No panic, and what is not understood is corrupt: it may have been applied.
    #[test]
    fn no_answer_is_misread_by_a_panic(answer in any_answer()) {
        for read in decode_all(&answer) {
            if let Err(error) = read {
                let known = [ErrorKind::Corrupt, ErrorKind::WrongType];
                prop_assert!(known.contains(&error.kind()), "{error}");
                let is_unsure = error.effect() == Effect::Unknown;
                prop_assert_eq!(error.kind() == ErrorKind::Corrupt, is_unsure);
            }
        }
    }
}
