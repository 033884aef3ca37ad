use super::*;

fn parse(line: &str) -> Error {
    ServerError::from_line(line).to_error()
}

// Lines as servers sent them: Redis 7.0, 8.0 and Valkey 9.1, or from their source.
const LINES: &[(&str, ErrorKind, &str)] = &[
    (
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        ErrorKind::WrongType,
        "WRONGTYPE",
    ),
    (
        "WRONGTYPE Operation against a key holding the wrong kind of value script: cca3049b44b5, on \
         @user_script:6.",
        ErrorKind::WrongType,
        "WRONGTYPE",
    ),
    (
        "ERR value is not an integer or out of range script: cca3049b44b5, on @user_script:26.",
        ErrorKind::WrongType,
        "ERR",
    ),
    ("ERR increment or decrement would overflow script: on", ErrorKind::InvalidInput, "ERR"),
    ("OOM command not allowed when used memory > 'maxmemory'.", ErrorKind::OutOfMemory, "OOM"),
    ("READONLY You can't write against a read only replica.", ErrorKind::ReadOnly, "READONLY"),
    (
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist",
        ErrorKind::ReadOnly,
        "MISCONF",
    ),
    ("NOREPLICAS Not enough good replicas to write.", ErrorKind::NotReplicated, "NOREPLICAS"),
    ("LOADING Redis is loading the dataset in memory", ErrorKind::Busy, "LOADING"),
    ("BUSY Redis is busy running a script.", ErrorKind::Busy, "BUSY"),
    ("UNKILLABLE Sorry the script already executed write commands", ErrorKind::Busy, "UNKILLABLE"),
    ("MASTERDOWN Link with MASTER is down", ErrorKind::Busy, "MASTERDOWN"),
    (
        "ERR Can not execute the command on a stale replica script: 1f64ae769611, on @user_script:6.",
        ErrorKind::Busy,
        "ERR",
    ),
    ("CLUSTERDOWN The cluster is down", ErrorKind::Busy, "CLUSTERDOWN"),
    ("TRYAGAIN Multiple keys request during rehashing of slot", ErrorKind::Busy, "TRYAGAIN"),
    ("ERR max number of clients reached", ErrorKind::Busy, "ERR"),
    ("MOVED 3999 127.0.0.1:6381", ErrorKind::Config, "MOVED"),
    ("ASK 3999 127.0.0.1:6381", ErrorKind::Config, "ASK"),
    ("CROSSSLOT Keys in request don't hash to the same slot", ErrorKind::Config, "CROSSSLOT"),
    ("NOAUTH Authentication required.", ErrorKind::Denied, "NOAUTH"),
    (
        "WRONGPASS invalid username-password pair or user is disabled.",
        ErrorKind::Denied,
        "WRONGPASS",
    ),
    ("NOPERM User u has no permissions to run the 'set' command", ErrorKind::Denied, "NOPERM"),
    ("NOPERM No permissions to access a key", ErrorKind::Denied, "NOPERM"),
    ("DENIED Redis is running in protected mode", ErrorKind::Denied, "DENIED"),
    (
        "ERR The user executing the script can't run this command or subcommand script: 3d12fac0, on \
         @user_script:61.",
        ErrorKind::Denied,
        "ERR",
    ),
    (
        "ERR ACL failure in script: User u has no permissions to run the 'set' command script: on \
         @user_script:61.",
        ErrorKind::Denied,
        "ERR",
    ),
    (
        "ERR AUTH <password> called without any password configured for the default user.",
        ErrorKind::Denied,
        "ERR",
    ),
    ("ERR DB index is out of range", ErrorKind::Config, "ERR"),
    ("ERR SELECT is not allowed in cluster mode", ErrorKind::Config, "ERR"),
    ("NOPROTO unsupported protocol version", ErrorKind::Config, "NOPROTO"),
    ("ERR unknown command 'GETDEL', with args beginning with: 'k'", ErrorKind::Unsupported, "ERR"),
    ("ERR Unknown Redis command called from script", ErrorKind::Unsupported, "ERR"),
    ("ERR Unknown command called from script script: on", ErrorKind::Unsupported, "ERR"),
    (
        "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        ErrorKind::InvalidInput,
        "ERR",
    ),
    ("NOSCRIPT No matching script. Please use EVAL.", ErrorKind::Server, "NOSCRIPT"),
    ("ERR wrong number of arguments for 'set' command", ErrorKind::Server, "ERR"),
    ("ERR syntax error", ErrorKind::Server, "ERR"),
    ("ERR invalid expire time in 'set' command", ErrorKind::Server, "ERR"),
];

#[test]
fn every_known_line_has_its_kind_and_has_changed_nothing() {
    for (line, kind, code) in LINES {
        let error = parse(line);
        assert_eq!((error.kind(), error.effect()), (*kind, Effect::NotApplied), "{line}");
        assert_eq!(error.server_code(), Some(*code), "{line}");
    }
}

#[test]
fn every_code_of_the_table_is_tested_and_stands_once() {
    for (index, (code, ..)) in CODES.iter().enumerate() {
        assert!(LINES.iter().any(|(line, ..)| line.starts_with(&format!("{code} "))), "{code}");
        assert!(index == 0 || CODES[index - 1].0 < *code, "{code} is out of order");
    }
    for (part, ..) in TEXTS {
        let is_tested = LINES.iter().any(|(line, ..)| line.to_ascii_lowercase().contains(part));
        assert!(is_tested || *part == "invalid db index", "{part}");
    }
}

#[test]
fn what_nobody_knows_may_have_been_applied() {
    for line in [
        "PROXYERR the backend went away",
        // Proxies, of a server that was asked and did not answer: twemproxy and Envoy.
        "ERR Connection timed out",
        "upstream failure",
        "ERR syntax error script: 3d12fac0, on @user_script:61.",
        "ERR Error running script (call to f_1): @user_script:3: attempt to index nil",
        "ERR user_script:3: attempt to call a nil value script: on @user_script:3.",
    ] {
        let error = parse(line);
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Server, Effect::Unknown), "{line}");
    }
}

#[test]
fn text_of_the_server_is_never_shown() {
    for line in ["ERR sentinel-7f3a9c", "sentinel-7f3a9c is lower case", "X1 sentinel-7f3a9c", ""] {
        let error = ServerError::from_line(line);
        let text = format!("{} {:?}", error.to_error(), error);
        assert!(!text.contains("sentinel"), "{text}");
    }
}

#[test]
fn line_without_a_code_is_an_err() {
    let error = ServerError::from_line("attempt to index nil");
    assert_eq!((&*error.code, &*error.message), ("ERR", "attempt to index nil"));
    assert_eq!(&*ServerError::from_line("OOM").code, "OOM");
}
