use std::collections::BTreeSet;

use cache_core::{Diagnose, Diagnosis, Finding, Key, LockName, Severity};

use super::info::Info;
use super::rights::{KEY, Missing};
use super::{ROUNDS, judge, rights};
use crate::command::Command;
use crate::fake::{self, bytes, error};
use crate::layout;
use crate::options::Options;
use crate::reply::Answer;

fn judged(judge: impl FnOnce(&mut Diagnosis)) -> Finding {
    let mut diagnosis = Diagnosis::new();
    judge(&mut diagnosis);
    diagnosis.findings.remove(0)
}

fn eviction(info: &str) -> Finding {
    judged(|diagnosis| judge::eviction(diagnosis, Some(&Info::read(info)), None))
}

#[test]
fn info_is_read_by_name_whatever_the_line_ends() {
    let info = Info::read("# Server\r\nredis_version:7.0.15\r\nexecutable:/a:b\nempty:\n\nbroken");
    assert_eq!(info.get("redis_version"), Some("7.0.15"));
    assert_eq!(info.get("executable"), Some("/a:b"));
    assert_eq!((info.get("empty"), info.get("broken")), (Some(""), None));
}

#[test]
fn eviction_of_locks_is_a_warning_where_memory_is_limited() {
    for (info, severity) in [
        ("maxmemory:0\nmaxmemory_policy:noeviction", Severity::Fine),
        ("maxmemory:100\nmaxmemory_policy:noeviction", Severity::Note),
        ("maxmemory:0\nmaxmemory_policy:allkeys-lru", Severity::Note),
        ("maxmemory:100\nmaxmemory_policy:allkeys-lru", Severity::Warning),
        ("maxmemory:100\nmaxmemory_policy:volatile-ttl", Severity::Warning),
        ("", Severity::Note),
    ] {
        assert_eq!(eviction(info).severity, severity, "{info}");
    }
    assert!(
        eviction("maxmemory:1\nmaxmemory_policy:volatile-lru")
            .advice
            .contains("every lock has one")
    );
}

#[test]
fn settings_count_more_than_what_info_shows() {
    let info = Info::read("maxmemory:0\nmaxmemory_policy:noeviction");
    let pairs = ["maxmemory", "100", "maxmemory-policy", "allkeys-lru"];
    let config = Info::of_pairs(&pairs.map(|text| Answer::Bytes(text.into())));
    let found = judged(|diagnosis| judge::eviction(diagnosis, Some(&info), Some(&config)));
    assert_eq!(found.severity, Severity::Warning);
}

#[test]
fn replica_a_cluster_and_an_old_server_are_told() {
    let of = |info: &str| {
        let mut diagnosis = Diagnosis::new();
        judge::server(&mut diagnosis, Some(&Info::read(info)));
        (diagnosis.findings[0].severity, diagnosis.findings[1].severity)
    };
    let good = "redis_version:7.0.15\nredis_mode:standalone\nrole:master\nconnected_slaves:2";
    assert_eq!(of(good), (Severity::Fine, Severity::Fine));
    assert_eq!(of("redis_version:6.2.14\nrole:master").0, Severity::Warning);
    assert_eq!(of("redis_version:8.0.0\nredis_mode:cluster\nrole:master").0, Severity::Problem);
    assert_eq!(of("valkey_version:9.1.0\nserver_mode:standalone\nrole:slave").1, Severity::Problem);
}

#[test]
fn what_may_not_be_read_is_a_note() {
    for finding in [
        judged(|diagnosis| judge::server(diagnosis, None)),
        judged(|diagnosis| judge::config(diagnosis, false)),
        judged(|diagnosis| judge::clock(diagnosis, None)),
    ] {
        assert_eq!(finding.severity, Severity::Note, "{finding}");
    }
}

#[test]
fn failed_save_is_a_problem_and_none_at_all_a_note() {
    let of = |info: &str| {
        judged(|diagnosis| judge::persistence(diagnosis, Some(&Info::read(info)), None)).severity
    };
    assert_eq!(of("aof_enabled:1\nrdb_last_bgsave_status:ok"), Severity::Fine);
    assert_eq!(of("aof_enabled:0"), Severity::Note);
    assert_eq!(of("aof_enabled:1\nrdb_last_bgsave_status:err"), Severity::Problem);
}

#[test]
fn clocks_that_are_apart_are_a_warning_both_ways() {
    let of = |before, server, after| {
        judged(|it| judge::clock(it, Some(judge::Clocks { before, server, after })))
    };
    for (server, severity) in [
        (10_000, Severity::Fine),
        (10_500, Severity::Fine),
        (10_501, Severity::Warning),
        (9_499, Severity::Warning),
        (i64::MIN, Severity::Warning),
        (i64::MAX, Severity::Warning),
    ] {
        assert_eq!(of(10_000, server, 10_000).severity, severity, "{server}");
    }
    // Half of the way there and back is in doubt.
    let slow = of(10_000, 10_000, 12_000);
    assert_eq!(slow.found, "1000 ms behind this machine, give or take 1000 ms");
    assert_eq!(slow.severity, Severity::Fine);
}

#[test]
fn loading_is_a_problem_for_as_long_as_it_lasts() {
    let found = |info: &str| {
        let mut diagnosis = Diagnosis::new();
        judge::server(&mut diagnosis, Some(&Info::read(info)));
        diagnosis.findings.into_iter().find(|finding| finding.subject == "state")
    };
    assert_eq!(found("redis_version:8.0.2\nloading:0"), None);
    assert_eq!(found("redis_version:8.0.2\nloading:1").unwrap().severity, Severity::Problem);
}

#[test]
fn login_over_a_network_without_tls_is_a_warning() {
    let of = |options: Options| {
        let settings = options.check().unwrap();
        let mut diagnosis = Diagnosis::new();
        judge::connection(&mut diagnosis, &settings, std::time::Duration::ZERO);
        let shown = diagnosis.to_string();
        assert!(!shown.contains("s3ntinel"), "{shown}");
        (diagnosis.findings[1].found.clone().into_owned(), diagnosis.findings[1].severity)
    };
    let url = |url: &str| of(Options::new().url(url));
    let plain = |severity| ("RESP3 without TLS".to_owned(), severity);
    assert_eq!(url("redis://:s3ntinel@cache.example"), plain(Severity::Warning));
    assert_eq!(url("redis://:s3ntinel@127.0.0.1"), plain(Severity::Fine));
    assert_eq!(url("redis://:s3ntinel@[::1]"), plain(Severity::Fine));
    assert_eq!(url("redis://cache.example"), plain(Severity::Fine));
    let secure = ("RESP2 with TLS".to_owned(), Severity::Fine);
    assert_eq!(url("rediss://:s3ntinel@cache.example?protocol=2"), secure);
    let given = "as the client that was handed over has it".to_owned();
    assert_eq!(of(Options::of_client()), (given, Severity::Fine));
}

#[test]
fn time_is_read_and_nonsense_is_not() {
    let time = |parts: &[&str]| {
        let bytes = parts.iter().map(|part| Answer::Bytes((*part).to_owned().into()));
        judge::server_millis(&Answer::Array(bytes.collect()))
    };
    assert_eq!(time(&["1700000000", "123456"]), Some(1_700_000_000_123));
    assert_eq!(time(&["1700000000"]), None);
    assert_eq!(time(&["9223372036854775807", "0"]), None);
    assert_eq!(judge::server_millis(&Answer::Nil), None);
}

fn missing(line: &str) -> Option<Missing> {
    rights::missing(&error(line))
}

#[test]
fn denied_command_is_told_from_a_denied_key_whatever_the_user_is_called() {
    for denied in [
        "NOPERM User shop has no permissions to run the 'scan' command",
        "NOPERM User monkey has no permissions to run the 'client|tracking' command",
        "NOPERM this user has no permissions to run the 'eval' command or its subcommand",
    ] {
        assert_eq!(missing(denied), Some(Missing::Right), "{denied}");
    }
    let unknown = "ERR unknown command 'WAIT', with args beginning with: ";
    assert_eq!(missing(unknown), Some(Missing::Command));
    for key in [
        "NOPERM No permissions to access a key",
        "NOPERM this user has no permissions to access one of the keys used as arguments",
    ] {
        assert_eq!(missing(key), Some(Missing::Key), "{key}");
    }
    for refused in [
        "ERR value is not an integer or out of range",
        "READONLY You can't write against a read only replica.",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "NOSCRIPT No matching script. Please use EVAL.",
    ] {
        assert_eq!(missing(refused), None, "{refused}");
    }
    assert_eq!(rights::missing(&Answer::Nil), None);
}

/// The names after an opening, up to a quote.
fn named<'a>(text: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(opening).skip(1).filter_map(|rest| rest.split(['\'', '"']).next())
}

#[test]
fn exactly_the_commands_that_are_sent_and_called_are_asked_for() {
    let scripts = [
        include_str!("../lua/acquire.lua"),
        include_str!("../lua/contains.lua"),
        include_str!("../lua/delete.lua"),
        include_str!("../lua/entries.lua"),
        include_str!("../lua/entry.lua"),
        include_str!("../lua/extend.lua"),
        include_str!("../lua/increment.lua"),
        include_str!("../lua/inspect.lua"),
        include_str!("../lua/locks.lua"),
        include_str!("../lua/release.lua"),
        include_str!("../lua/set.lua"),
        include_str!("../lua/touch.lua"),
        include_str!("../lua/ttl.lua"),
    ];
    let code = [
        include_str!("../operation/clear.rs"),
        include_str!("../operation/entries.rs"),
        include_str!("../operation/locks.rs"),
    ];
    let called = scripts.iter().flat_map(|text| named(text, "redis.call('"));
    let sent = code.iter().flat_map(|text| named(text, "Command::new(\""));
    // The scripts themselves, and what a driver's listener sends.
    let all = called.chain(sent).chain(["EVAL", "EVALSHA", "CLIENT TRACKING"]);
    let asked = rights::NEEDED.iter().map(|needed| needed.command);
    assert_eq!(asked.collect::<BTreeSet<_>>(), all.collect::<BTreeSet<_>>());
}

#[test]
fn each_needed_command_is_asked_by_its_own_name() {
    for (needed, command) in rights::probes() {
        let name = format!("{} ", fake::shown(&command));
        assert!(name.starts_with(&format!("{} ", needed.command)), "{name}");
    }
}

#[test]
fn key_that_is_asked_with_is_where_no_lock_and_no_entry_can_be() {
    assert_eq!(layout::lock_key(LockName::new("job").unwrap()), KEY.replace("{}", "{job}"));
    assert!(LockName::new("").is_err());
    assert!(Key::new(KEY).is_err());
}

/// A server that has everything, but for what `refuse` says.
fn server(refuse: impl Fn(&str) -> Option<&'static str>) -> impl Fn(&Command) -> Answer {
    move |command| match refuse(command.name()) {
        Some(line) => error(line),
        None => match command.name() {
            "INFO" => bytes("redis_version:8.0.2\r\nredis_mode:standalone\r\nrole:master\r\n"),
            "CONFIG" => Answer::Array(vec![bytes("maxmemory-policy"), bytes("noeviction")]),
            "TIME" => Answer::Array(vec![bytes("1700000000"), bytes("0")]),
            _ => bytes("OK"),
        },
    }
}

async fn diagnose(refuse: fn(&str) -> Option<&'static str>) -> (Diagnosis, Vec<Vec<String>>) {
    let answer = server(refuse);
    let (redis, sent) = fake::redis(move |command| Ok(answer(command)));
    (redis.diagnose().await.unwrap(), sent.take())
}

#[tokio::test]
async fn look_takes_ten_round_trips_and_the_rights_one_of_them() {
    let (diagnosis, sent) = diagnose(|_| None).await;
    assert_eq!(sent.len(), ROUNDS + 4, "{sent:?}");
    assert_eq!(sent.last().unwrap().len(), rights::NEEDED.len());
    let subjects: Vec<_> = diagnosis.findings.iter().map(|finding| finding.subject).collect();
    let expected = [
        "address",
        "protocol",
        "round trip",
        "server",
        "role",
        "eviction",
        "persistence",
        "clock",
        "rights",
    ];
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn every_denied_command_is_a_problem_with_the_right_to_grant() {
    let (diagnosis, _) = diagnose(|name| match name {
        "SCAN" => Some("NOPERM User a has no permissions to run the 'scan' command"),
        "CLIENT" => Some("NOPERM User a has no permissions to run the 'client|tracking' command"),
        "WAIT" => Some("ERR unknown command 'WAIT', with args beginning with: '0' '1'"),
        "GET" => Some("NOPERM No permissions to access a key"),
        _ => None,
    })
    .await;
    let rights = diagnosis.findings.iter().filter(|finding| finding.subject == "rights");
    let told: Vec<_> = rights.map(|it| (it.severity, &*it.found, &*it.advice)).collect();
    let problem = Severity::Problem;
    let clear = "clear will fail without it; grant it: ACL SETUSER <user> +scan";
    let events =
        "change events will fail without it; grant it: ACL SETUSER <user> +client|tracking";
    let replicas = "locks that wait for replicas will fail without it; use Redis 7.0 or later, or \
                    Valkey, and do not rename commands";
    let locks = "locks will fail without them; grant them: ACL SETUSER <user> ~__cache__:*";
    let expected = [
        (problem, "SCAN is denied to this user", clear),
        (problem, "WAIT is unknown to the server, or renamed there", replicas),
        (problem, "CLIENT TRACKING is denied to this user", events),
        (problem, "keys that begin with __cache__: are denied to this user", locks),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_an_administrator_alone_may_see_is_a_note_where_it_is_refused() {
    let (diagnosis, _) = diagnose(|name| match name {
        "INFO" => Some("NOPERM User a has no permissions to run the 'info' command"),
        "CONFIG" => Some("ERR unknown command 'CONFIG', with args beginning with: 'GET'"),
        _ => None,
    })
    .await;
    let of = |subject| {
        let finding = diagnosis.findings.iter().find(|finding| finding.subject == subject);
        finding.map(|finding| (finding.severity, &*finding.found))
    };
    assert_eq!(of("server"), Some((Severity::Note, "INFO was refused")));
    assert_eq!(of("settings"), Some((Severity::Note, "CONFIG was refused")));
    assert_eq!(of("eviction"), Some((Severity::Note, "unknown")));
    assert_eq!(of("role"), None);
}
