//! The example `doctor` on real servers: what it prints, and how it ends.

use redis_fixture::Endpoint;
use serde_json::Value;

use crate::programs::{example, finish, folder};
use crate::support::{SECRET, TYPES};

/// How it ends, and what it says on standard output and on standard error.
fn doctor(kind: &str, url: &str, arguments: &[&str]) -> (i32, String, String) {
    let settings = format!(
        "type = '{kind}'\ndeadline = '20s'\n[config]\nurl = '{url}'\nconnect_timeout = '20s'"
    );
    let folder = folder(&settings);
    let (output, out, error) = finish(example("doctor", folder.path(), arguments), b"");
    assert!(!format!("{out}{error}").contains(SECRET), "{out}{error}");
    (output.status.code().unwrap(), out, error)
}

async fn user(server: &Endpoint, rules: &str) -> String {
    let password = format!(">{SECRET}");
    let command = ["ACL", "SETUSER", "shop", "reset", "on", &password, "~*", "&*", "+@all"];
    let command: Vec<_> = command.into_iter().chain(rules.split_whitespace()).collect();
    server.admin(&command).await.unwrap();
    server.user_url("shop", SECRET)
}

#[tokio::test]
async fn healthy_server_ends_with_0_and_a_denied_config_too() {
    let server = redis_fixture::lease().await;
    let version = server.version().await.unwrap();
    for kind in TYPES {
        let (code, out, error) = doctor(kind, &server.url(), &[]);
        assert_eq!((code, &*error), (0, ""), "{out}");
        assert!(out.contains(&format!("fine     server: {version}, standalone\n")), "{out}");
        let (code, out, _) = doctor(kind, &user(&server, "-config").await, &[]);
        assert_eq!(code, 0, "{out}");
        assert!(out.contains("note     settings: CONFIG was refused\n"), "{out}");
    }
}

#[tokio::test]
async fn warning_ends_with_1_and_a_problem_with_2() {
    let server = redis_fixture::lease().await;
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        server.admin(&["CONFIG", "SET", name, value]).await.unwrap();
    }
    for kind in TYPES {
        let (code, out, _) = doctor(kind, &server.url(), &[]);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains("warning  eviction: allkeys-lru at 104857600 bytes\n"), "{out}");
        let (code, out, _) = doctor(kind, &user(&server, "-scan").await, &[]);
        assert_eq!(code, 2, "{out}");
        assert!(out.contains("problem  rights: SCAN is denied to this user\n"), "{out}");
    }
}

#[tokio::test]
async fn json_holds_the_findings_in_their_order() {
    let server = redis_fixture::lease().await;
    for kind in TYPES {
        let (code, out, error) = doctor(kind, &user(&server, "-evalsha").await, &["--json"]);
        assert_eq!((code, &*error), (2, ""), "{out}");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["worst"], "problem");
        assert_eq!(report["findings"][0]["subject"], "address");
        assert_eq!(report["findings"][0]["found"], server.address());
        let last = report["findings"].as_array().unwrap().last().unwrap();
        assert_eq!(last["found"], "EVALSHA is denied to this user");
        assert!(last["advice"].as_str().unwrap().contains("+evalsha"), "{last}");
    }
}

#[tokio::test]
async fn no_answer_ends_with_3_and_what_to_do() {
    let server = redis_fixture::lease().await;
    for kind in TYPES {
        let (code, out, error) = doctor(kind, &server.user_url("nobody", SECRET), &[]);
        assert_eq!((code, &*out), (3, ""), "{error}");
        let expected = "the user or the password is wrong; see the settings";
        assert!(error.starts_with("doctor: ") && error.contains(expected), "{error}");
        let (code, _, error) = doctor(kind, "redis://127.0.0.1:1", &[]);
        assert_eq!(code, 3);
        assert!(error.contains("127.0.0.1:1"), "{error}");
    }
}
