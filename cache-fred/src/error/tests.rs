use fred::error::Error as FredError;

use super::*;

const ADDRESS: &str = "cache.example:6379";

fn io(kind: io::ErrorKind) -> FredError {
    io::Error::from(kind).into()
}

fn system(number: i32) -> FredError {
    io::Error::from_raw_os_error(number).into()
}

fn said(kind: FredKind, text: &'static str) -> FredError {
    FredError::new(kind, text)
}

#[test]
fn lost_answers_by_what_fred_says() {
    let table = [
        // Of commands that it has not taken from its queue.
        (FredKind::Canceled, Lost::NotSent),
        (FredKind::Backpressure, Lost::NotSent),
        (FredKind::Protocol, Lost::Garbage),
        (FredKind::Parse, Lost::Garbage),
        (FredKind::IO, Lost::Broken),
        (FredKind::Timeout, Lost::Broken),
        // Its queue is gone, or the channel by which it would have answered.
        (FredKind::Unknown, Lost::Broken),
        (FredKind::Routing, Lost::Broken),
        (FredKind::Auth, Lost::Broken),
        (FredKind::Cluster, Lost::Broken),
        (FredKind::Config, Lost::Broken),
        (FredKind::InvalidArgument, Lost::Broken),
        (FredKind::InvalidCommand, Lost::Broken),
        (FredKind::NotFound, Lost::Broken),
        (FredKind::Sentinel, Lost::Broken),
        (FredKind::Url, Lost::Broken),
    ];
    for (kind, expected) in table {
        assert_eq!(lost(&said(kind.clone(), "")), expected, "{kind:?}");
    }
}

#[test]
fn error_of_the_server_is_told_from_fred_s_own() {
    let answer = |kind, text| last_answer(&said(kind, text)).map(|error| error.code);
    assert_eq!(answer(FredKind::Cluster, "CLUSTERDOWN Hash slot"), Some("CLUSTERDOWN".into()));
    assert_eq!(answer(FredKind::Unknown, "READONLY You can't"), Some("READONLY".into()));
    assert_eq!(answer(FredKind::Auth, "NOAUTH"), Some("NOAUTH".into()));
    for text in
        ["", "channel closed", "Client is not initialized.", "Failed to send", "No response!"]
    {
        assert_eq!(answer(FredKind::Unknown, text), None, "{text}");
    }
    assert_eq!(answer(FredKind::IO, "CLUSTERDOWN"), None);
}

#[test]
fn dial_that_fred_gave_up_has_its_kind() {
    let server = |text| said(FredKind::Unknown, text);
    let table = [
        (
            said(FredKind::Auth, "WRONGPASS invalid username-password pair"),
            ErrorKind::Denied,
            "password",
        ),
        (said(FredKind::Auth, "NOAUTH HELLO must be called"), ErrorKind::Denied, "wants a login"),
        (server("NOPERM no permissions"), ErrorKind::Denied, "lacks a right"),
        (server("LOADING Redis is loading"), ErrorKind::Busy, "loading"),
        (server("MASTERDOWN Link with MASTER"), ErrorKind::Busy, "primary"),
        (server("NOPROTO unsupported"), ErrorKind::Config, "protocol"),
        (server("ERR max number of clients reached"), ErrorKind::Busy, "maxclients"),
        (server("DENIED Redis is running"), ErrorKind::Denied, "protected mode"),
        (said(FredKind::Protocol, "garbage"), ErrorKind::Config, "does not answer as Redis"),
        (io(io::ErrorKind::ConnectionRefused), ErrorKind::Unavailable, "cannot be reached"),
        (said(FredKind::IO, "Connection closed."), ErrorKind::Unavailable, "closed the connection"),
        (server("channel closed"), ErrorKind::Unavailable, "closed the connection"),
    ];
    for (error, kind, part) in table {
        let found = refused(ADDRESS, &error);
        assert_eq!(found.kind(), kind, "{error}");
        assert_eq!(found.effect(), Effect::NotApplied, "{error}");
        assert!(found.detail().starts_with(ADDRESS), "{error}: {found}");
        assert!(found.detail().contains(part), "{error}: {found}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn socket_without_a_server_is_unavailable_and_named() {
    // ENOENT, EACCES, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH, and one that nobody knows.
    let numbers = [
        (2, "see its name"),
        (13, "see its rights"),
        (104, "closed the connection"),
        (110, "does not answer"),
        (111, "is the server running?"),
        (113, "cannot be reached"),
        (9999, "cannot be reached"),
    ];
    for (number, part) in numbers {
        let error = refused(ADDRESS, &system(number));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{number}");
        assert!(error.is_retryable() && error.effect() == Effect::NotApplied, "{number}");
        assert!(error.detail().starts_with(ADDRESS) && error.detail().contains(part), "{error}");
    }
}

#[test]
fn login_that_broke_off_changed_nothing() {
    for (lost, kind) in [
        (Lost::NotSent, ErrorKind::Unavailable),
        (Lost::Broken, ErrorKind::Unavailable),
        (Lost::Garbage, ErrorKind::Config),
    ] {
        let error = broken_off(ADDRESS, lost);
        assert_eq!((error.kind(), error.effect()), (kind, Effect::NotApplied));
        assert!(error.detail().starts_with(ADDRESS), "{error}");
    }
}

#[test]
fn what_the_server_said_is_not_repeated() {
    let error = said(FredKind::Auth, "WRONGPASS s3ntinel-pw is wrong");
    assert!(!format!("{:?}", refused(ADDRESS, &error)).contains("s3ntinel-pw"));
}
