use cache_redis_wire::Argument;

use super::*;

fn login(username: Option<&str>, password: Option<&str>, protocol: Protocol) -> Login {
    Login {
        username: username.map(str::to_owned),
        password: password.map(Secret::new),
        database: 0,
        protocol,
    }
}

fn words(command: &Command) -> String {
    let argument = |argument: &Argument| match argument {
        Argument::Word(word) => (*word).to_owned(),
        Argument::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Argument::Integer(integer) => integer.to_string(),
    };
    let arguments = command.arguments().iter().map(argument);
    std::iter::once(command.name().to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[test]
fn greeting_says_who_comes_in() {
    let table = [
        (None, None, "PING", "HELLO 3"),
        (None, Some("pw"), "AUTH default pw", "HELLO 3 AUTH default pw"),
        (Some("app"), Some("pw"), "AUTH app pw", "HELLO 3 AUTH app pw"),
        (Some("app"), None, "AUTH app ", "HELLO 3 AUTH app "),
    ];
    for (username, password, two, three) in table {
        assert_eq!(words(&login(username, password, Protocol::Resp2).greeting()), two);
        assert_eq!(words(&login(username, password, Protocol::Resp3).greeting()), three);
    }
}

#[test]
fn database_is_chosen_first_and_only_where_there_is_one_to_choose() {
    let mut login = login(None, None, Protocol::Resp3);
    let names = |login: &Login| login.rest().iter().map(words).collect::<Vec<_>>();
    assert!(names(&login).iter().all(|command| command.starts_with("CLIENT SETINFO")));
    login.database = 7;
    assert_eq!(names(&login)[0], "SELECT 7");
}

#[test]
fn server_that_is_busy_has_not_refused_the_login() {
    let asked = login(None, None, Protocol::Resp2);
    let named = login(None, Some("pw"), Protocol::Resp2);
    for (line, by_asking) in [
        ("LOADING Redis is loading", false),
        ("NOPERM no permissions to run PING", false),
        ("MASTERDOWN Link with MASTER is down", false),
        ("BUSY Redis is busy running a script", false),
        ("NOAUTH Authentication required", true),
        ("DENIED Redis is running in protected mode", true),
        ("ERR max number of clients reached", true),
    ] {
        let error = ServerError::from_line(line);
        assert_eq!(asked.is_refusal(&error), by_asking, "{line}");
        // To `AUTH` and `HELLO` every error is a refusal.
        assert!(named.is_refusal(&error), "{line}");
    }
}
