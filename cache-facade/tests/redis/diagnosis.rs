//! What `diagnose` finds on real servers.

use std::time::Duration;

use cache_facade::cache_core::{LockBackend, LockName, LockRequest, Token};
use cache_facade::memory::{Memory, Options};
use cache_facade::{Cache, Condition, Diagnosis, ErrorKind, Finding, RedisSettings, Severity, Ttl};
use redis_fixture::{Certificates, Endpoint, Server, ServerOptions, Value};

use crate::support::{SECRET, TYPES, open, settings};

const FINE: Severity = Severity::Fine;
const NOTE: Severity = Severity::Note;
const WARNING: Severity = Severity::Warning;
const PROBLEM: Severity = Severity::Problem;

async fn diagnose(redis: RedisSettings) -> Diagnosis {
    let mut diagnoses = Vec::new();
    for kind in TYPES {
        let cache = cache_facade::open(settings(kind, redis.clone())).await.unwrap();
        diagnoses.push(cache.diagnose().await.unwrap());
    }
    assert!(!format!("{diagnoses:?}").contains(SECRET), "{diagnoses:?}");
    let [redis, fred] = diagnoses.try_into().unwrap();
    let steady = |diagnosis: &Diagnosis| {
        let findings = diagnosis.findings.iter().cloned();
        let is_measured = |finding: &Finding| ["round trip", "clock"].contains(&finding.subject);
        findings.filter(|finding| !is_measured(finding)).collect::<Vec<_>>()
    };
    assert_eq!(steady(&redis), steady(&fred), "the drivers find the same");
    redis
}

async fn diagnose_url(url: impl Into<String>) -> Diagnosis {
    diagnose(RedisSettings::new().url(url.into())).await
}

/// A user with all rights but those that the rules take.
async fn diagnose_as(server: &Endpoint, rules: &str) -> Diagnosis {
    let password = format!(">{SECRET}");
    let command = ["ACL", "SETUSER", "shop", "reset", "on", &password, "~*", "&*", "+@all"];
    let command: Vec<_> = command.into_iter().chain(rules.split_whitespace()).collect();
    server.admin(&command).await.unwrap();
    diagnose_url(server.user_url("shop", SECRET)).await
}

#[track_caller]
fn find<'a>(diagnosis: &'a Diagnosis, subject: &str) -> &'a Finding {
    let found = diagnosis.findings.iter().find(|finding| finding.subject == subject);
    found.unwrap_or_else(|| panic!("nothing of {subject} in:\n{diagnosis}"))
}

fn rights(diagnosis: &Diagnosis) -> Vec<(Severity, &str)> {
    let rights = diagnosis.findings.iter().filter(|finding| finding.subject == "rights");
    rights.map(|finding| (finding.severity, &*finding.found)).collect()
}

async fn config(server: &Endpoint, name: &str, value: &str) {
    server.admin(&["CONFIG", "SET", name, value]).await.unwrap();
}

#[tokio::test]
async fn healthy_server_is_told_with_its_kind_and_version() {
    let server = redis_fixture::lease().await;
    let diagnosis = diagnose_url(server.url()).await;
    let version = server.version().await.unwrap();
    assert_eq!(find(&diagnosis, "address").found, server.address());
    assert_eq!(find(&diagnosis, "protocol").found, "RESP3 without TLS");
    assert_eq!(find(&diagnosis, "server").found, format!("{version}, standalone"));
    assert_eq!(find(&diagnosis, "role").found, "primary with 0 replicas");
    assert_eq!(find(&diagnosis, "eviction").found, "noeviction, no memory limit");
    assert_eq!(rights(&diagnosis).len(), 1);
    for subject in ["address", "protocol", "server", "role", "eviction", "rights"] {
        assert_eq!(find(&diagnosis, subject).severity, FINE, "{diagnosis}");
    }
    assert!(diagnosis.worst() <= NOTE, "{diagnosis}");
    let clock = &find(&diagnosis, "clock").found;
    assert!(clock.contains("this machine"), "{clock}");
}

#[tokio::test]
async fn protocol_is_the_one_that_was_chosen() {
    let server = redis_fixture::lease().await;
    let diagnosis = diagnose_url(format!("{}?protocol=2", server.url())).await;
    assert_eq!(find(&diagnosis, "protocol").found, "RESP2 without TLS");
    assert_eq!(rights(&diagnosis)[0].0, FINE);
}

#[tokio::test]
async fn tls_is_told() {
    let certificates = Certificates::valid().unwrap();
    let server = ServerOptions::new().tls(&certificates).start().await.unwrap();
    let mut redis = RedisSettings::new().url(server.tls_url());
    redis.tls_ca_file = Some(certificates.ca_file());
    let diagnosis = diagnose(redis).await;
    assert_eq!(find(&diagnosis, "protocol").found, "RESP3 with TLS");
}

/// What a look could change: how many keys, what is in them, and the server's own count of changes.
async fn state(server: &Endpoint, database: u32) -> Vec<Value> {
    let info = server.admin(&["INFO", "persistence"]).await.unwrap().text().unwrap();
    let changes = info.lines().find(|line| line.starts_with("rdb_changes_since_last_save"));
    let changes = Value::Simple(changes.unwrap().trim().to_owned());
    let mut state = vec![changes, server.admin(&["INFO", "keyspace"]).await.unwrap()];
    for key in ["text", "list", "__cache__:lock:{job}"] {
        state.push(server.admin_in(database, &["DUMP", key]).await.unwrap());
        state.push(server.admin_in(database, &["PTTL", key]).await.unwrap());
    }
    state
}

#[tokio::test]
async fn look_changes_nothing_on_the_server() {
    let server = redis_fixture::lease().await;
    let database = server.next_database();
    for command in [
        ["SET", "text", "v"],
        ["RPUSH", "list", "v"],
        ["SET", "__cache__:lock:{job}", "v1:00000000000000000000000000000000:1:me"],
    ] {
        server.admin_in(database, &command).await.unwrap();
    }
    let before = state(&server, database).await;
    diagnose_url(server.database_url(database)).await;
    assert_eq!(state(&server, database).await, before);
}

#[tokio::test]
async fn eviction_is_a_warning_where_memory_is_limited_and_a_note_where_not() {
    let server = redis_fixture::lease().await;
    for (policy, limit, severity, advice) in [
        ("allkeys-lru", "100mb", WARNING, "a lock that is held too"),
        ("volatile-ttl", "100mb", WARNING, "every lock has one"),
        ("allkeys-lru", "0", NOTE, "nothing is evicted while there is no limit"),
        ("noeviction", "100mb", NOTE, "`OutOfMemory`"),
        ("noeviction", "0", FINE, ""),
    ] {
        config(&server, "maxmemory", limit).await;
        config(&server, "maxmemory-policy", policy).await;
        let diagnosis = diagnose_url(server.url()).await;
        let eviction = find(&diagnosis, "eviction");
        assert!(eviction.found.starts_with(policy), "{eviction}");
        assert_eq!(eviction.severity, severity, "{eviction}");
        assert!(eviction.advice.contains(advice), "{eviction}");
    }
}

#[tokio::test]
async fn denied_config_is_a_note_and_info_takes_its_place() {
    let server = redis_fixture::lease().await;
    config(&server, "maxmemory", "100mb").await;
    config(&server, "maxmemory-policy", "allkeys-lru").await;
    let diagnosis = diagnose_as(&server, "-config").await;
    assert_eq!(find(&diagnosis, "settings").severity, NOTE);
    assert_eq!(find(&diagnosis, "eviction").found, "allkeys-lru at 104857600 bytes");
    assert_eq!(find(&diagnosis, "eviction").severity, WARNING);
    assert_eq!(rights(&diagnosis)[0].0, FINE);
}

#[tokio::test]
async fn denied_info_is_a_note_and_config_tells_of_eviction() {
    let server = redis_fixture::lease().await;
    let diagnosis = diagnose_as(&server, "-info").await;
    assert_eq!(find(&diagnosis, "server").found, "INFO was refused");
    assert_eq!(find(&diagnosis, "eviction").found, "noeviction, no memory limit");
    assert_eq!(diagnosis.worst(), NOTE, "{diagnosis}");
    let diagnosis = diagnose_as(&server, "-info -config").await;
    assert_eq!(find(&diagnosis, "eviction").found, "unknown");
    assert_eq!(diagnosis.worst(), NOTE, "{diagnosis}");
}

#[tokio::test]
async fn missing_rights_are_told_by_command() {
    let server = redis_fixture::lease().await;
    let diagnosis = diagnose_as(&server, "-scan -evalsha -client").await;
    let expected = ["SCAN", "EVALSHA", "CLIENT TRACKING"]
        .map(|command| format!("{command} is denied to this user"));
    let found: Vec<_> = rights(&diagnosis).into_iter().map(|(_, found)| found).collect();
    assert_eq!(found, expected, "{diagnosis}");
    assert_eq!(diagnosis.worst(), PROBLEM);
    assert!(find(&diagnosis, "rights").advice.ends_with("ACL SETUSER <user> +scan"), "{diagnosis}");
}

#[tokio::test]
async fn every_command_is_told_by_its_own_name_where_none_is_allowed() {
    let server = redis_fixture::lease().await;
    let diagnosis = diagnose_as(&server, "-@all +hello +auth +select").await;
    assert!(rights(&diagnosis).len() > 15, "{diagnosis}");
    for (severity, found) in rights(&diagnosis) {
        assert_eq!(severity, PROBLEM);
        assert!(found.ends_with("is denied to this user"), "{found}");
    }
    assert_eq!(find(&diagnosis, "clock").found, "TIME was refused");
}

#[tokio::test]
async fn user_of_some_keys_alone_may_use_the_cache_and_not_locks() {
    let server = redis_fixture::lease().await;
    let diagnosis = diagnose_as(&server, "resetkeys ~shop:*").await;
    let denied = "keys that begin with __cache__: are denied to this user";
    assert_eq!(rights(&diagnosis), [(PROBLEM, denied)], "{diagnosis}");
    let diagnosis = diagnose_as(&server, "resetkeys ~shop:* ~__cache__:*").await;
    assert_eq!(rights(&diagnosis)[0].0, FINE, "{diagnosis}");
}

/// The rights that `docs/redis.md` tells to give.
fn documented_rules() -> String {
    let guide = include_str!("../../../docs/redis.md");
    let line = guide.lines().find(|line| line.starts_with("ACL SETUSER shop ")).unwrap();
    line.trim_start_matches("ACL SETUSER shop on >PASSWORD ").to_owned()
}

#[tokio::test]
async fn rights_of_the_guide_are_all_that_is_needed() {
    let server = redis_fixture::lease().await;
    let rules = format!("reset on >{SECRET} {}", documented_rules());
    let command: Vec<_> = ["ACL", "SETUSER", "shop"].into_iter().chain(rules.split(' ')).collect();
    server.admin(&command).await.unwrap();
    let url = server.user_url("shop", SECRET);
    for url in [url.clone(), format!("{url}?protocol=2")] {
        let diagnosis = diagnose_url(url.as_str()).await;
        assert_eq!(rights(&diagnosis)[0].0, FINE, "{diagnosis}");
        assert!(diagnosis.worst() <= NOTE, "{diagnosis}");
        for kind in TYPES {
            let cache = open(kind, url.as_str()).await;
            use_everything(&cache.namespace("shop").unwrap()).await;
        }
    }
}

/// One call of each kind.
async fn use_everything(cache: &Cache) {
    let mut events = cache.watch_key("k").await.unwrap();
    cache.set_with("k", "v", Duration::from_secs(60)).await.unwrap();
    assert!(events.next().await.is_some());
    cache.get_many(["k", "none"]).await.unwrap();
    let entry = cache.entry("k").await.unwrap().unwrap();
    let unchanged = Condition::IfVersion(entry.version);
    assert!(cache.set_with("k", "w", unchanged).await.unwrap().is_stored());
    assert!(!cache.add("k", "x").await.unwrap());
    assert!(cache.contains("k").await.unwrap());
    assert!(cache.touch("k", Ttl::Never).await.unwrap());
    cache.ttl("k").await.unwrap();
    cache.increment("n", 1).await.unwrap();
    assert!(cache.take("k").await.unwrap().is_some());
    assert!(cache.delete("n").await.unwrap());
    cache.clear_namespace().await.unwrap();
    use_locks(&**cache.backend().locks.as_ref().unwrap()).await;
    cache.stop().await.unwrap();
}

async fn use_locks(locks: &dyn LockBackend) {
    let (name, token) = (LockName::new("job").unwrap(), Token::from_bytes([7; 16]));
    let minute = Duration::from_secs(60);
    locks.acquire(LockRequest::new(name, token, minute)).await.unwrap();
    locks.extend(name, token, minute).await.unwrap();
    locks.inspect(name).await.unwrap();
    locks.release(name, token).await.unwrap();
}

async fn replica() -> Server {
    let server = ServerOptions::new().start().await.unwrap();
    // Of a primary that is not there: what is asked here is answered all the same.
    server.admin(&["REPLICAOF", "127.0.0.1", "1"]).await.unwrap();
    server
}

#[tokio::test]
async fn replica_is_a_problem_and_its_refusals_are_no_missing_rights() {
    let server = replica().await;
    let diagnosis = diagnose_url(server.url()).await;
    let role = find(&diagnosis, "role");
    assert_eq!(
        (role.severity, &*role.found),
        (PROBLEM, "replica, its link to the primary is down")
    );
    assert!(role.advice.contains("name the primary"), "{role}");
    assert_eq!(rights(&diagnosis)[0].0, FINE, "{diagnosis}");
}

#[tokio::test]
async fn server_that_does_not_let_us_in_is_an_error() {
    let server = redis_fixture::lease().await;
    for kind in TYPES {
        let cache = open(kind, server.user_url("nobody", SECRET)).await;
        let error = cache.diagnose().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Denied, Some("diagnose")));
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
}

/// A program may put a cache and locks together that do not belong together.
#[tokio::test]
async fn locks_of_one_process_are_a_warning_where_the_cache_is_shared() {
    let server = redis_fixture::lease().await;
    for kind in TYPES {
        let shared = open(kind, server.url()).await;
        let own = shared.diagnose().await.unwrap();
        assert!(own.findings.iter().all(|finding| finding.subject != "locks"), "{kind}: {own}");

        let memory = Memory::open(Options::new()).unwrap().into_backend();
        let mixed = shared.backend().clone().with_locks(memory.locks.unwrap());
        let diagnosis = Cache::from_backend(mixed).diagnose().await.unwrap();
        let told = find(&diagnosis, "locks");
        assert_eq!(told.severity, WARNING, "{diagnosis}");
        for part in ["`memory`", "this process alone", &format!("`{kind}`")] {
            assert!(told.found.contains(part), "{part} is missing in: {told}");
        }
        assert_eq!(diagnosis.findings.len(), own.findings.len() + 1, "{diagnosis}");
    }
}
