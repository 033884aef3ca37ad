//! What a fact about the server means for the cache and its locks. No input or output.

use std::borrow::Cow;
use std::time::Duration;

use cache_core::{Diagnosis, Finding, Severity};

use super::info::Info;
use crate::options::{Server, Settings};
use crate::reply::Answer;

/// A server farther away than this is slow for a cache: half a millisecond is a neighbour in the same
/// data centre, several are another region.
const FAR: Duration = Duration::from_millis(5);

/// A clock that is off by more would make the fences after a fail-over fall behind those before it.
const CLOCKS_APART_MILLIS: u64 = 500;

pub(super) fn connection(diagnosis: &mut Diagnosis, settings: &Settings, round_trip: Duration) {
    diagnosis.push(Finding::new("address", settings.address().to_owned()));
    let protocol = Finding::new("protocol", protocol(settings));
    diagnosis.push(if is_login_in_the_open(settings) {
        protocol
            .severity(Severity::Warning)
            .advice("the password goes over the network as plain text; use TLS: `rediss://`")
    } else {
        protocol
    });
    let measured = Finding::new("round trip", format!("{round_trip:.0?}"));
    diagnosis.push(if round_trip > FAR {
        measured.severity(Severity::Note).advice(
            "the server is far away or busy; a deadline of less than some round trips will be missed",
        )
    } else {
        measured
    });
}

fn protocol(settings: &Settings) -> Cow<'static, str> {
    if *settings.server() == Server::OfClient {
        return "as the client that was handed over has it".into();
    }
    let version = settings.protocol().number();
    let tls = if settings.tls().is_some() { "with TLS" } else { "without TLS" };
    format!("RESP{version} {tls}").into()
}

fn is_login_in_the_open(settings: &Settings) -> bool {
    let is_near = match settings.server() {
        Server::Tcp { host, .. } => {
            host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Server::Unix(_) | Server::OfClient => true,
    };
    settings.has_login() && settings.tls().is_none() && !is_near
}

pub(super) fn server(diagnosis: &mut Diagnosis, info: Option<&Info>) {
    let Some(info) = info else {
        diagnosis.push(Finding::new("server", "INFO was refused").severity(Severity::Note).advice(
            "version, role, eviction and persistence are unknown; grant +info to see them",
        ));
        return;
    };
    diagnosis.push(version(info));
    if info.get("loading").is_some_and(|loading| loading != "0") {
        diagnosis.push(
            Finding::new("state", "loading its data")
                .severity(Severity::Problem)
                .advice("calls are answered `Busy` until it is done; look again then"),
        );
    }
    diagnosis.push(role(info));
}

fn version(info: &Info) -> Finding {
    let (kind, version) = match (info.get("valkey_version"), info.get("redis_version")) {
        (Some(version), _) => ("Valkey", version),
        (None, Some(version)) => ("Redis", version),
        (None, None) => ("a server that does not tell", "?"),
    };
    let mode = info.get("redis_mode").or_else(|| info.get("server_mode")).unwrap_or("standalone");
    let finding = Finding::new("server", format!("{kind} {version}, {mode}"));
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if mode == "cluster" {
        finding.severity(Severity::Problem).advice(
            "a node of a cluster serves a part of the keys alone; name a server that stands alone",
        )
    } else if mode == "sentinel" {
        finding
            .severity(Severity::Problem)
            .advice("a sentinel holds no data; name the primary itself")
    } else if major.is_none_or(|major| major < 7) {
        finding
            .severity(Severity::Warning)
            .advice("not tested with this; use Redis 7.0 or later, or Valkey")
    } else {
        finding
    }
}

fn role(info: &Info) -> Finding {
    let replicas = info.number("connected_slaves").unwrap_or_default();
    match info.get("role") {
        Some("slave") => {
            let link = info.get("master_link_status").unwrap_or("unknown");
            Finding::new("role", format!("replica, its link to the primary is {link}"))
                .severity(Severity::Problem)
                .advice("a replica refuses writes and may be behind; name the primary")
        }
        Some("master") => Finding::new("role", format!("primary with {replicas} replicas")),
        _ => Finding::new("role", "unknown").severity(Severity::Note),
    }
}

/// That something may not be read is no fault.
pub(super) fn config(diagnosis: &mut Diagnosis, is_readable: bool) {
    if !is_readable {
        diagnosis.push(
            Finding::new("settings", "CONFIG was refused")
                .severity(Severity::Note)
                .advice("as many managed services do; what INFO shows was used instead"),
        );
    }
}

/// `CONFIG` is asked first: it is what counts from now on.
fn either<'a>(
    info: Option<&'a Info>,
    config: Option<&'a Info>,
    names: [&str; 2],
) -> Option<&'a str> {
    let [in_config, in_info] = names;
    let found = config.and_then(|config| config.get(in_config));
    found.or_else(|| info.and_then(|info| info.get(in_info)))
}

pub(super) fn eviction(diagnosis: &mut Diagnosis, info: Option<&Info>, settings: Option<&Info>) {
    let policy = either(info, settings, ["maxmemory-policy", "maxmemory_policy"]);
    let limit = either(info, settings, ["maxmemory", "maxmemory"]);
    let Some(policy) = policy else {
        diagnosis.push(Finding::new("eviction", "unknown").severity(Severity::Note).advice(
            "any policy but noeviction deletes locks when memory is full; see the provider",
        ));
        return;
    };
    let is_limited = limit.is_some_and(|limit| limit != "0");
    let found = match limit {
        Some("0") | None => format!("{policy}, no memory limit"),
        Some(limit) => format!("{policy} at {limit} bytes"),
    };
    let finding = Finding::new("eviction", found);
    diagnosis.push(match (policy, is_limited) {
        ("noeviction", true) => finding.severity(Severity::Note).advice(
            "locks stay; once memory is full, writes fail with `OutOfMemory` until entries expire",
        ),
        ("noeviction", false) => finding,
        (_, false) => finding.severity(Severity::Note).advice(LATER),
        (policy, true) if policy.starts_with("volatile") => {
            finding.severity(Severity::Warning).advice(VOLATILE)
        }
        (_, true) => finding.severity(Severity::Warning).advice(ANY_KEY),
    });
}

const LATER: &str =
    "nothing is evicted while there is no limit; with one, this policy deletes locks too";

const VOLATILE: &str = "keys with a lifetime are evicted first, and every lock has one: a lock may go \
                        while it is held. Keep locks on a server of their own with noeviction, and \
                        check fences";

const ANY_KEY: &str = "when memory is full any key may be evicted, a lock that is held too. Keep locks \
                       on a server of their own with noeviction, and check fences";

pub(super) fn persistence(diagnosis: &mut Diagnosis, info: Option<&Info>, settings: Option<&Info>) {
    let appends = match either(info, settings, ["appendonly", "aof_enabled"]) {
        Some("yes" | "1") => Some(true),
        Some(_) => Some(false),
        None => None,
    };
    let saves = settings.and_then(|settings| settings.get("save")).map(|save| !save.is_empty());
    let is_broken = info.is_some_and(|info| {
        info.get("rdb_last_bgsave_status") == Some("err")
            || info.get("aof_last_write_status") == Some("err")
    });
    let found = match (appends, saves) {
        (Some(true), _) => "an append-only file",
        (Some(false), Some(true)) => "snapshots",
        (Some(false), Some(false)) => "none",
        (Some(false), None) => "no append-only file; snapshots unknown",
        (None, _) => "unknown",
    };
    let finding = Finding::new("persistence", found);
    diagnosis.push(if is_broken {
        finding.severity(Severity::Problem).advice(
            "the last save failed; the server may refuse writes (MISCONF). See its log and its disk",
        )
    } else if appends == Some(true) {
        finding
    } else {
        finding.severity(Severity::Note).advice(
            "entries and locks are lost when the server restarts, at least the latest. Two holders of \
             one lock are possible then; fences rise all the same, so check them where it matters",
        )
    });
}

/// The server's clock between two readings of this machine's, all in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    pub(super) before: i64,
    pub(super) server: i64,
    pub(super) after: i64,
}

pub(super) fn clock(diagnosis: &mut Diagnosis, clocks: Option<Clocks>) {
    let Some(Clocks { before, server, after }) = clocks else {
        diagnosis.push(Finding::new("clock", "TIME was refused").severity(Severity::Note));
        return;
    };
    let offset = server.saturating_sub(before.midpoint(after));
    // The server read its clock at some instant between, so the offset is known by half of it.
    let doubt = after.abs_diff(before).div_ceil(2);
    let sign = if offset < 0 { "behind" } else { "ahead of" };
    let apart = offset.unsigned_abs();
    let finding =
        Finding::new("clock", format!("{apart} ms {sign} this machine, give or take {doubt} ms"));
    diagnosis.push(if apart.saturating_sub(doubt) > CLOCKS_APART_MILLIS {
        finding.severity(Severity::Warning).advice(
            "the server's clock ends lifetimes and seeds fences; let both machines follow the same time \
             (NTP)",
        )
    } else {
        finding
    });
}

/// The answer to `TIME`, in milliseconds since 1970.
pub(super) fn server_millis(answer: &Answer) -> Option<i64> {
    let Answer::Array(parts) = answer else { return None };
    let [Answer::Bytes(seconds), Answer::Bytes(micros)] = &parts[..] else { return None };
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    number(seconds)?.checked_mul(1_000)?.checked_add(number(micros)? / 1_000)
}
