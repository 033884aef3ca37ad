use proptest::prelude::*;

use super::*;

const SENTINEL: &str = "s3ntinel-pw";

fn parsed(url: &str) -> Parsed {
    parse(url).unwrap_or_else(|problem| panic!("{url}: {problem}"))
}

fn place(url: &str) -> Server {
    parsed(url).server
}

fn tcp(host: &str, port: u16) -> Server {
    Server::Tcp { host: host.to_owned(), port }
}

#[test]
fn schemes_say_whether_tls_is_spoken_and_case_does_not_matter() {
    for (scheme, tls) in [("redis", false), ("valkey", false), ("REDISS", true), ("valkeys", true)]
    {
        let parsed = parsed(&format!("{scheme}://h"));
        assert_eq!((parsed.server, parsed.tls), (tcp("h", 6379), tls));
    }
}

#[test]
fn hosts_are_names_and_addresses() {
    assert_eq!(place("redis://cache.example:1"), tcp("cache.example", 1));
    assert_eq!(place("redis://10.0.0.1:65535/"), tcp("10.0.0.1", 65535));
    assert_eq!(place("redis://[::1]:6380/3"), tcp("::1", 6380));
    assert_eq!(place("redis://[2001:db8::1]"), tcp("2001:db8::1", 6379));
}

#[test]
fn login_is_decoded_and_ends_at_the_last_at_sign() {
    let login = |url| {
        let Parsed { username, password, .. } = parsed(url);
        (username, password.map(|password| password.expose().to_owned()))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(login("redis://h"), (None, None));
    assert_eq!(login("redis://:p%40%2F%23w@h"), (None, some("p@/#w")));
    assert_eq!(login("redis://us%3Aer:p@h"), (some("us:er"), some("p")));
    assert_eq!(login("redis://user@h"), (some("user"), None));
    assert_eq!(login("redis://user:a:b@c@h"), (some("user"), some("a:b@c")));
    assert_eq!(login("redis://:@h"), (None, None));
    assert_eq!(login("redis://:p+w%C3%A9@h"), (None, some("p+wé")));
}

#[test]
fn socket_has_its_login_and_database_in_the_query() {
    for scheme in ["unix", "redis+unix"] {
        let parsed =
            parsed(&format!("{scheme}:///run/re%20dis.sock?db=4&user=u&pass=p%26&protocol=2"));
        assert_eq!(parsed.server, Server::Unix("/run/re dis.sock".into()));
        assert_eq!((parsed.username.as_deref(), parsed.database), (Some("u"), Some(4)));
        assert_eq!(parsed.password, Some(Secret::new("p&")));
        assert_eq!(parsed.protocol, Some(Protocol::Resp2));
    }
}

#[test]
fn malformed_urls_are_refused_with_what_to_do_and_nothing_of_their_text() {
    for (url, advice) in [
        ("", "scheme"),
        ("s3ntinel-pw", "scheme"),
        ("http://s3ntinel-pw@h", "scheme"),
        ("s3ntinel-pw://h", "scheme"),
        ("redis:h", "scheme"),
        ("rediss://:s3ntinel-pw@h/#insecure", "`#insecure` is not supported"),
        ("redis://:s3ntinel-pw#x@h", "`%23`"),
        ("redis://:s3ntinel-pw@h:0", "the port is 0"),
        ("redis://:s3ntinel-pw@h:65536", "1 to 65535"),
        ("redis://:s3ntinel-pw@h:+1", "1 to 65535"),
        ("redis://:s3ntinel-pw@h:", "1 to 65535"),
        ("redis://:s3ntinel-pw/x@h", "percent-encode"),
        ("redis://:s3ntinel-pw?x@h", "percent-encode"),
        ("redis://:s3ntinel-pw@", "no host"),
        ("redis:///1", "no host"),
        ("redis://:s3ntinel-pw@::1", "1 to 65535"),
        ("redis://:s3ntinel-pw@[::1", "IPv6"),
        ("redis://:s3ntinel-pw@[::1]x", "IPv6"),
        ("redis://:s3ntinel-pw@[h]", "IPv6"),
        ("redis://:s3ntinel-pw@h h", "space"),
        ("redis://:s3ntinel-pw@h\n", "control"),
        ("redis://:s3ntinel-pw@h%", "the host is no name"),
        ("redis://:s3ntinel-pw@a,b", "the host is no name"),
        ("redis://:s3ntinel-pw@h/x", "the database is no number"),
        ("redis://:s3ntinel-pw@h/-1", "the database is no number"),
        ("redis://:s3ntinel-pw@h/0/1", "the database is no number"),
        ("redis://:s3ntinel-pw@h/4294967296", "the database is no number"),
        ("redis://:s3ntinel-pw%zz@h", "`%25`"),
        ("redis://:s3ntinel-pw%ff@h", "UTF-8"),
        ("redis://:s3ntinel-pw%00@h", "NUL"),
        ("redis://:s3ntinel-pw@h?s3ntinel-pw", "query"),
        ("redis://:s3ntinel-pw@h?db=1", "query"),
        ("redis://:s3ntinel-pw@h?protocol=4", "neither 2 nor 3"),
        ("redis://:s3ntinel-pw@h?protocol=2&protocol=3", "twice"),
        ("unix://run/s3ntinel-pw", "absolute"),
    ] {
        let problem = parse(url).expect_err(url);
        assert!(problem.contains(advice), "{url}: {problem}");
        assert!(!problem.contains(SENTINEL), "{url}: {problem}");
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

proptest! {
    #[test]
    fn what_was_written_into_a_url_is_read_from_it(
        tls: bool,
        username in "\\PC{0,8}",
        password in "\\PC{0,8}",
        host in "[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?",
        port in 1_u16..,
        database: Option<u32>,
        protocol in prop::option::of(prop::sample::select(vec![Protocol::Resp2, Protocol::Resp3])),
    ) {
        let mut url = format!(
            "{}://{}:{}@{host}:{port}",
            if tls { "rediss" } else { "redis" },
            encoded(&username),
            encoded(&password),
        );
        if let Some(database) = database {
            url += &format!("/{database}");
        }
        if let Some(protocol) = protocol {
            url += &format!("?protocol={}", protocol.number());
        }
        let expected = Parsed {
            server: Server::Tcp { host, port },
            tls,
            username: not_empty(username),
            password: not_empty(password).map(Secret::new),
            database,
            protocol,
        };
        prop_assert_eq!(parse(&url), Ok(expected));
    }

    #[test]
    fn socket_paths_are_read_as_they_were_written(path in "/\\PC{0,20}", password in "\\PC{1,8}") {
        prop_assume!(!path.contains('\0'));
        let url = format!("unix://{}?pass={}", encoded(&path), encoded(&password));
        let parsed = parse(&url).unwrap();
        prop_assert_eq!(parsed.server, Server::Unix(path.into()));
        prop_assert_eq!(parsed.password, Some(Secret::new(password)));
    }

    #[test]
    fn no_text_panics_and_none_is_shown(
        before in "\\PC{0,12}",
        after in "\\PC{0,12}",
        scheme in prop::sample::select(vec!["", "redis://", "rediss://u:", "unix:///", "redis://h:"]),
    ) {
        let url = format!("{scheme}{before}{SENTINEL}{after}");
        match parse(&url) {
            Ok(parsed) => {
                // Host, socket and user name are no secrets; what became the password is one.
                let shown = format!("{:?}", parsed.password);
                prop_assert!(!shown.contains(SENTINEL), "{}", shown);
            }
            Err(problem) => prop_assert!(!problem.contains(SENTINEL), "{}", problem),
        }
        let options = Options::new().url(url);
        let shown = format!("{options:?}");
        prop_assert!(!shown.contains(SENTINEL));
        if let Err(error) = options.check() {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(SENTINEL), "{}", error);
        }
    }
}
