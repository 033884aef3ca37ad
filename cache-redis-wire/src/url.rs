//! Reads a URL of a server. No message holds a part of the URL: any part may be a secret that was
//! put in the wrong place, or that holds a `/` or `@` which was not encoded.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use cache_core::Secret;
use percent_encoding::percent_decode_str;

use crate::options::{Options, Protocol, Server};

/// What a URL says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) server: Server,
    pub(crate) tls: bool,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) database: Option<u32>,
    pub(crate) protocol: Option<Protocol>,
}

/// What is wrong with a URL, and what to do.
type Problem = &'static str;

/// Reads a URL, whose forms [`Options::url`] tells.
pub(crate) fn parse(url: &str) -> Result<Parsed, Problem> {
    check_text(url)?;
    let (scheme, rest) = url.split_once("://").ok_or(SCHEMES)?;
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let mut parsed = match scheme.to_ascii_lowercase().as_str() {
        "redis" | "valkey" => parse_network(rest, false)?,
        "rediss" | "valkeys" => parse_network(rest, true)?,
        "unix" | "redis+unix" | "valkey+unix" => parse_socket(rest)?,
        _ => return Err(SCHEMES),
    };
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        take_query(&mut parsed, pair)?;
    }
    Ok(parsed)
}

fn check_text(url: &str) -> Result<(), Problem> {
    if url.contains('#') {
        return Err(FRAGMENT);
    }
    if url.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err("the URL has a space or a control character; percent-encode it");
    }
    Ok(())
}

fn parse_network(rest: &str, tls: bool) -> Result<Parsed, Problem> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = match authority.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, authority),
    };
    let (host, port) = parse_place(place)?;
    let mut parsed = Parsed {
        server: Server::Tcp { host, port },
        tls,
        username: None,
        password: None,
        database: None,
        protocol: None,
    };
    if let Some(login) = login {
        let (username, password) = login.split_once(':').unwrap_or((login, ""));
        parsed.username = not_empty(decode(username)?);
        parsed.password = not_empty(decode(password)?).map(Secret::new);
    }
    if !path.is_empty() {
        parsed.database = Some(parse_database(path)?);
    }
    Ok(parsed)
}

fn parse_place(place: &str) -> Result<(String, u16), Problem> {
    if let Some(bracketed) = place.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']').ok_or(ADDRESS)?;
        address.parse::<Ipv6Addr>().map_err(|_| ADDRESS)?;
        let port = match rest {
            "" => Options::PORT,
            _ => parse_port(rest.strip_prefix(':').ok_or(ADDRESS)?)?,
        };
        return Ok((address.to_owned(), port));
    }
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (place, Options::PORT),
    };
    check_host(host)?;
    Ok((host.to_owned(), port))
}

/// Checks a host outside of brackets, from wherever it comes.
pub(crate) fn check_host(host: &str) -> Result<(), Problem> {
    if host.is_empty() {
        return Err("there is no host; name one, such as `127.0.0.1`");
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_name = host.bytes().all(is_part) && host.len() <= 253;
    if is_name { Ok(()) } else { Err(HOST) }
}

fn parse_port(port: &str) -> Result<u16, Problem> {
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(0) => Err(PORT_ZERO),
        Ok(port) if is_number => Ok(port),
        _ => {
            Err("the port is no number from 1 to 65535; where the password has a `/`, `?`, `@` or \
                  `:`, percent-encode it")
        }
    }
}

fn parse_database(text: &str) -> Result<u32, Problem> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let database = is_number.then(|| text.parse().ok()).flatten();
    database.ok_or("the database is no number; write `/0`, or leave it out")
}

fn parse_socket(rest: &str) -> Result<Parsed, Problem> {
    let path = decode(rest)?;
    if !path.starts_with('/') {
        return Err("the path of the socket is not absolute; write `unix:///run/redis.sock`");
    }
    Ok(Parsed {
        server: Server::Unix(PathBuf::from(path)),
        tls: false,
        username: None,
        password: None,
        database: None,
        protocol: None,
    })
}

fn take_query(parsed: &mut Parsed, pair: &str) -> Result<(), Problem> {
    let (name, value) = pair.split_once('=').ok_or(QUERY)?;
    let is_socket = matches!(parsed.server, Server::Unix(_));
    match name {
        "protocol" => once(&mut parsed.protocol, parse_protocol(value)?),
        "db" if is_socket => once(&mut parsed.database, parse_database(value)?),
        "user" if is_socket => once(&mut parsed.username, decode(value)?),
        "pass" if is_socket => once(&mut parsed.password, Secret::new(decode(value)?)),
        _ => Err(QUERY),
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("the URL has an option twice; write it once"),
    }
}

fn parse_protocol(text: &str) -> Result<Protocol, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "2" | "resp2" => Ok(Protocol::Resp2),
        "3" | "resp3" => Ok(Protocol::Resp3),
        _ => Err("the protocol is neither 2 nor 3"),
    }
}

fn decode(text: &str) -> Result<String, Problem> {
    let mut parts = text.split('%').skip(1);
    let is_code =
        |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !parts.all(is_code) {
        return Err("a `%` is not followed by two hexadecimal digits; write a plain one as `%25`");
    }
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| "what is percent-encoded is not UTF-8")?;
    if decoded.contains('\0') {
        return Err("a NUL byte is percent-encoded; leave it out");
    }
    Ok(decoded.into_owned())
}

fn not_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

const SCHEMES: Problem = "the scheme is not known; write redis://, rediss://, valkey://, valkeys://, \
                          unix:// or redis+unix://";
const FRAGMENT: Problem = "the URL has a fragment; `#insecure` is not supported, certificates are \
                           always checked; a `#` of the password is written `%23`";
const ADDRESS: Problem = "the IPv6 address is malformed; write `[::1]:6379`";
const HOST: Problem = "the host is no name and no address; an IPv6 address is written in brackets in a \
                       URL; special characters of a password are percent-encoded";
pub(crate) const PORT_ZERO: Problem = "the port is 0; give the port of the server, mostly 6379";
const QUERY: Problem = "the query has an option that is not known; `protocol` is, and for sockets \
                        `db`, `user` and `pass`; a `?` of the password is written `%3F`";

#[cfg(test)]
mod tests;
