use super::*;

const ADDRESS: &str = "cache.example:6379";

fn io(kind: io::ErrorKind) -> io::Error {
    kind.into()
}

fn answered(line: &[u8]) -> RedisError {
    let value = redis::parse_redis_value(line).unwrap();
    value.extract_error().unwrap_err()
}

#[test]
fn lost_answers_by_what_redis_rs_says() {
    let garbage = redis::parse_redis_value(b"HTTP/1.1 400\r\n").unwrap_err();
    let table: [(RedisError, Lost); 7] = [
        (garbage, Lost::Garbage),
        ((redis::ErrorKind::UnexpectedReturnType, "").into(), Lost::Garbage),
        (io(io::ErrorKind::BrokenPipe).into(), Lost::Broken),
        (io(io::ErrorKind::ConnectionReset).into(), Lost::Broken),
        // That of a connection that was handed over with a limit of its own.
        (io(io::ErrorKind::TimedOut).into(), Lost::Broken),
        (io(io::ErrorKind::UnexpectedEof).into(), Lost::Broken),
        ((redis::ErrorKind::Client, "").into(), Lost::Broken),
    ];
    for (error, expected) in table {
        assert_eq!(lost(&error), expected, "{error}");
    }
}

#[test]
fn dial_that_redis_rs_gave_up_has_its_kind() {
    let table: [(RedisError, ErrorKind, &str); 12] = [
        (answered(b"-WRONGPASS invalid username-password pair\r\n"), ErrorKind::Denied, "password"),
        (answered(b"-NOAUTH HELLO must be called\r\n"), ErrorKind::Denied, "wants a login"),
        (answered(b"-NOPERM no permissions\r\n"), ErrorKind::Denied, "lacks a right"),
        (answered(b"-LOADING Redis is loading\r\n"), ErrorKind::Busy, "loading"),
        (answered(b"-MASTERDOWN Link with MASTER\r\n"), ErrorKind::Busy, "primary"),
        (answered(b"-NOPROTO unsupported\r\n"), ErrorKind::Config, "protocol"),
        (answered(b"-ERR max number of clients reached\r\n"), ErrorKind::Busy, "maxclients"),
        (answered(b"-DENIED Redis is running\r\n"), ErrorKind::Denied, "protected mode"),
        ((redis::ErrorKind::AuthenticationFailed, "").into(), ErrorKind::Denied, "password"),
        ((redis::ErrorKind::InvalidClientConfig, "").into(), ErrorKind::Config, "handed over"),
        (io(io::ErrorKind::ConnectionRefused).into(), ErrorKind::Unavailable, "running"),
        (io(io::ErrorKind::BrokenPipe).into(), ErrorKind::Unavailable, "closed the connection"),
    ];
    for (error, kind, part) in table {
        let found = refused(ADDRESS, &error);
        assert_eq!(found.kind(), kind, "{error}");
        assert_eq!(found.effect(), Effect::NotApplied, "{error}");
        assert!(found.detail().contains(part), "{error}: {found}");
        if kind != ErrorKind::Config {
            assert!(found.detail().starts_with(ADDRESS), "{error}: {found}");
        }
    }
}

#[test]
fn socket_without_a_server_is_unavailable_and_named() {
    let kinds = [
        (io::ErrorKind::ConnectionRefused, "is the server running?"),
        (io::ErrorKind::NotFound, "see its name"),
        (io::ErrorKind::PermissionDenied, "see its rights"),
        (io::ErrorKind::TimedOut, "does not answer"),
        (io::ErrorKind::ConnectionReset, "closed the connection"),
        (io::ErrorKind::UnexpectedEof, "closed the connection"),
        (io::ErrorKind::HostUnreachable, "cannot be reached"),
        (io::ErrorKind::Other, "cannot be reached"),
    ];
    for (kind, part) in kinds {
        let error = unreachable(ADDRESS, &io(kind));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{kind}");
        assert!(error.is_retryable() && error.effect() == Effect::NotApplied, "{kind}");
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
    let error = answered(b"-WRONGPASS s3ntinel-pw is wrong\r\n");
    assert!(!format!("{:?}", refused(ADDRESS, &error)).contains("s3ntinel-pw"));
}
