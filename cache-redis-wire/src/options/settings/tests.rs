use std::io::Write as _;

use super::*;

fn checked(options: Options) -> Settings {
    options.check().unwrap()
}

fn refused(options: Options) -> String {
    let error = options.check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!format!("{error} {error:?}").contains("s3ntinel"), "{error}");
    error.to_string()
}

const URL: &str = "redis://u:s3ntinel@h/1?protocol=3";

#[test]
fn defaults_are_a_local_server_without_login() {
    let settings = checked(Options::new());
    assert_eq!(settings.server(), &Server::Tcp { host: "127.0.0.1".to_owned(), port: 6379 });
    assert_eq!((settings.database(), settings.protocol()), (0, Protocol::Resp3));
    assert!(settings.tls().is_none() && !settings.has_login());
    assert_eq!(settings.connections(), Options::CONNECTIONS);
    assert_eq!(settings.deadline(), Duration::from_secs(1));
}

#[test]
fn address_is_shown_as_it_would_be_written() {
    let address = |options: Options| checked(options).address().to_owned();
    assert_eq!(address(Options::new().host("::1").port(1)), "[::1]:1");
    assert_eq!(address(Options::new().url("rediss://:pw@h:7")), "h:7");
    assert_eq!(address(Options::new().unix_socket("/run/redis")), "/run/redis");
    assert_eq!(address(Options::of_client()), "the server of the given client");
}

#[test]
fn what_is_told_twice_is_refused() {
    let url = || Options::new().url(URL);
    assert!(refused(url().host("h")).contains("both `url` and `host`"));
    assert!(refused(url().port(1)).contains("both `url` and `host`"));
    assert!(refused(url().unix_socket("/s")).contains("both `url` and `unix_socket`"));
    assert!(refused(Options::new().unix_socket("/s").host("h")).contains("both `unix_socket`"));
    assert!(refused(url().username("u")).contains("a user name is in"));
    assert!(refused(url().password("s3ntinel")).contains("a password is in"));
    assert!(refused(url().password_file("/f")).contains("a password is in"));
    let twice = Options::new().password("s3ntinel").password_file("/f");
    assert!(refused(twice).contains("a password is in"));
    assert!(refused(url().database(1)).contains("a database is in"));
    assert!(refused(url().protocol(Protocol::Resp3)).contains("a protocol is in"));
}

#[test]
fn values_that_cannot_work_are_refused() {
    assert!(refused(Options::new().port(0)).contains("the port is 0"));
    assert!(refused(Options::new().host("")).contains("no host"));
    assert!(refused(Options::new().host("u:s3ntinel@h")).contains("the host is no name"));
    assert!(refused(Options::new().unix_socket("s")).contains("not absolute"));
    assert!(refused(Options::new().unix_socket("/s").tls(Tls::new())).contains("TLS"));
    assert!(refused(Options::new().password("")).contains("`password` is empty"));
    assert!(refused(Options::new().connections(0)).contains("`connections`"));
    assert!(refused(Options::new().connections(65)).contains("`connections`"));
    assert!(refused(Options::new().max_in_flight(0)).contains("`max_in_flight`"));
    assert!(refused(Options::new().deadline(Duration::ZERO)).contains("`deadline`"));
    assert!(refused(Options::new().connect_timeout(Duration::ZERO)).contains("`connect_timeout`"));
    assert!(refused(Options::new().url("redis://:s3ntinel@h#insecure")).contains("`url`: "));
}

#[test]
fn given_client_takes_no_address_login_or_tls_and_all_bounds() {
    type Change = fn(Options) -> Options;
    let changes: [Change; 9] = [
        |options| options.url(URL),
        |options| options.host("h"),
        |options| options.port(1),
        |options| options.unix_socket("/s"),
        |options| options.username("u"),
        |options| options.password("s3ntinel"),
        |options| options.password_file("/f"),
        |options| options.database(1).protocol(Protocol::Resp2),
        |options| options.tls(Tls::new()),
    ];
    for change in changes {
        assert!(refused(change(Options::of_client())).contains("a client is handed over"));
    }
    assert_eq!(checked(Options::of_client().connections(3)).connections(), 3);
}

#[test]
fn tls_is_on_by_scheme_or_by_option_and_the_option_says_how() {
    assert_eq!(checked(Options::new().url("rediss://h")).tls(), Some(&Tls::new()));
    let tls = Tls::new().ca_file("/ca").client_certificate("/crt", "/key").server_name("n");
    for url in ["redis://h", "rediss://h"] {
        assert_eq!(checked(Options::new().url(url).tls(tls.clone())).tls(), Some(&tls));
    }
    assert_eq!(tls.get_ca_file(), Some(Path::new("/ca")));
    let files = (Path::new("/crt"), Path::new("/key"));
    assert_eq!(tls.get_client_certificate(), Some(files));
}

#[test]
fn longest_times_are_a_day() {
    let settings = checked(Options::new().deadline(Duration::MAX).connect_timeout(Duration::MAX));
    assert_eq!((settings.deadline(), settings.connect_timeout()), (LONGEST, LONGEST));
}

#[test]
fn debug_shows_no_password() {
    for options in [Options::new().url(URL), Options::new().password("s3ntinel")] {
        assert!(!format!("{options:?}").contains("s3ntinel"));
        assert!(!format!("{:#?}", checked(options)).contains("s3ntinel"));
    }
}

#[tokio::test]
async fn password_file_is_read_anew_each_time() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let settings = checked(Options::new().password_file(file.path()));
    assert!(settings.has_login());
    for (text, password) in [("one\n", "one"), ("two \r\n", "two "), ("\nthree\n\n", "\nthree\n")] {
        file.as_file().set_len(0).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        assert_eq!(settings.password().await.unwrap(), Some(Secret::new(password)));
    }
}

#[tokio::test]
async fn password_file_that_cannot_be_used_is_named_and_not_shown() {
    let file = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    };
    let long = "s3ntinel".repeat(10_000);
    for bytes in [&b"\n"[..], b"", b"s3ntinel\xff", long.as_bytes()] {
        let file = file(bytes);
        let settings = checked(Options::new().password_file(file.path()));
        let error = settings.password().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.detail().contains(&*file.path().to_string_lossy()), "{error}");
        assert!(!error.to_string().contains("s3ntinel"), "{error}");
    }
    let missing = checked(Options::new().password_file("/nowhere/at/all"));
    assert!(missing.password().await.unwrap_err().detail().contains("/nowhere/at/all: entity not"));
}

#[test]
fn password_file_is_read_outside_of_a_runtime_too() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"pw").unwrap();
    let settings = checked(Options::new().password_file(file.path()));
    let mut password = std::pin::pin!(settings.password());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let polled = Future::poll(password.as_mut(), &mut context);
    assert_eq!(polled, std::task::Poll::Ready(Ok(Some(Secret::new("pw")))));
}

#[test]
fn password_that_was_written_in_the_place_of_the_user_is_not_shown() {
    let settings = checked(Options::new().url("redis://s3ntinel@h"));
    assert_eq!(settings.username(), Some("s3ntinel"));
    let text = format!("{settings:?}{settings:#?}");
    assert!(!text.contains("s3ntinel"), "{text}");
}
