//! The examples do the same on a server as in memory.

use redis_fixture::Endpoint;

use crate::programs::{example, folder, succeed};
use crate::support::TYPES;

fn settings(kind: &str, server: &Endpoint) -> String {
    let url = server.database_url(server.next_database());
    format!("type = '{kind}'\ndeadline = '20s'\n[config]\nurl = '{url}'\nconnect_timeout = '20s'")
}

fn run(name: &str, arguments: &[&str], settings: &str, input: &[u8]) -> String {
    let folder = folder("a file that is not read");
    std::fs::write(folder.path().join("named.toml"), settings).unwrap();
    let arguments = [&["--config", "named.toml"], arguments].concat();
    succeed(example(name, folder.path(), &arguments), input)
}

#[tokio::test]
async fn quickstart_tells_the_same_but_for_the_name_of_the_backend() {
    let server = redis_fixture::lease().await;
    let in_memory = run("quickstart", &[], "type = 'memory'", b"");
    for kind in TYPES {
        let told = run("quickstart", &[], &settings(kind, &server), b"");
        assert_eq!(told.replacen(kind, "memory", 1), in_memory);
    }
}

#[tokio::test]
async fn replay_counts_the_same_hits() {
    let server = redis_fixture::lease().await;
    let report = |settings: &str| -> serde_json::Value {
        let told = run("replay", &["-", "--json"], settings, b"a\nb\na\na\nc\nb\na\nd\n");
        serde_json::from_str(&told).unwrap()
    };
    let in_memory = report("type = 'memory'");
    assert_eq!((&in_memory["requests"], &in_memory["hits"]), (&8.into(), &4.into()));
    for kind in TYPES {
        let report = report(&settings(kind, &server));
        assert_eq!(report["backend"], kind);
        assert_eq!(
            (&report["requests"], &report["hits"]),
            (&in_memory["requests"], &in_memory["hits"])
        );
        // The server evicts, and nobody here counts it.
        assert!(report["evictions"].is_null(), "{report}");
    }
}

#[tokio::test]
async fn replay_leaves_nothing_behind_on_the_server() {
    let server = redis_fixture::lease().await;
    for kind in TYPES {
        run("replay", &["loop:300,20", "--json"], &settings(kind, &server), b"");
    }
    let keyspace = server.admin(&["INFO", "keyspace"]).await.unwrap().text().unwrap();
    assert!(!keyspace.contains("keys="), "{keyspace}");
}

/// Workers that are processes contend on a server; one is killed, and another takes over.
#[cfg(feature = "locks")]
mod locks {
    use super::*;

    /// Runs an example whose workers are processes; what it has told, line by line, without the times.
    fn play(name: &str, settings: &str) -> Vec<String> {
        let told = run(name, &[], settings, b"");
        assert!(told.contains("workers, each a process, on named.toml"), "{told}");
        let line = |line: &str| line.split_once(" s  ").expect("a time").1.to_owned();
        told.lines().map(line).collect()
    }

    /// The first line with this in it, from a place on; where it is.
    #[track_caller]
    fn after(lines: &[String], from: usize, part: &str) -> usize {
        let found = lines[from..].iter().position(|line| line.contains(part));
        from + found.unwrap_or_else(|| panic!("no {part:?} from line {from} on: {lines:#?}"))
    }

    /// Which worker a line is of.
    fn worker(line: &str) -> &str {
        line.split(' ').nth(1).expect("a line that begins with `worker N`")
    }

    /// The number behind a word.
    #[track_caller]
    fn number(line: &str, word: &str) -> u64 {
        let (_, rest) = line.split_once(word).unwrap_or_else(|| panic!("no {word:?} in {line:?}"));
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or_else(|_| panic!("no number after {word:?} in {line:?}"))
    }

    /// One was killed who held something under a number, and another took over under a larger one.
    #[track_caller]
    fn is_taken_over(lines: &[String], word: &str) {
        let killed = after(lines, 0, "is killed; its lease goes on");
        let who = worker(&lines[killed]);
        let of_it = |line: &&String| worker(line) == who && line.contains(word);
        let held = lines[..killed].iter().rfind(of_it).expect("what it held");
        let next = &lines[after(lines, killed, word)];
        assert_ne!(worker(next), who, "{lines:#?}");
        assert!(number(next, word) > number(held, word), "{lines:#?}");
    }

    #[tokio::test]
    async fn locks_are_taken_over_by_other_processes() {
        let server = redis_fixture::lease().await;
        for kind in TYPES {
            let lines = play("lock", &settings(kind, &server));
            is_taken_over(&lines, ", fence ");
            after(&lines, after(&lines, 0, "is killed"), " took over ");
            assert_eq!(lines.last().unwrap(), "all have had their turns");
            let grants = lines.iter().filter(|line| line.contains("fence "));
            assert!(grants.map(|line| number(line, "fence ")).is_sorted(), "{lines:#?}");

            let lines = play("leader", &settings(kind, &server));
            is_taken_over(&lines, ", term ");
            let resigned = after(&lines, 0, "resigns; nobody waits");
            assert!(after(&lines, resigned, " leads ") > resigned);

            let lines = play("fenced_store", &settings(kind, &server));
            is_taken_over(&lines, ", fence ");
            refuses_the_late_writer(&lines);
        }
    }

    /// The store has seen the fence of the next holder when the one before it writes.
    #[track_caller]
    fn refuses_the_late_writer(lines: &[String]) {
        let suspended = after(lines, 0, "is suspended");
        let next = after(lines, suspended, "holds the lock");
        let refused = after(lines, next, "REFUSED, as the store has seen");
        assert_eq!(worker(&lines[refused]), worker(&lines[suspended]), "{lines:#?}");
        let (late, seen) =
            (number(&lines[refused], "with fence "), number(&lines[refused], "has seen "));
        assert_eq!(late, number(&lines[suspended - 1], "fence "), "{lines:#?}");
        assert_eq!(seen, number(&lines[next], "fence "), "{lines:#?}");
        assert!(late < seen, "{lines:#?}");
        assert!(lines[after(lines, refused, "hears")].ends_with("hears NotOwner"), "{lines:#?}");
        assert_eq!(lines.last().unwrap(), "the store holds \"in its turn\"");
    }
}
