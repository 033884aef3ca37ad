//! Brings a server back to how it was before the first test.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::time::Duration;

use crate::address::{Address, words};
use crate::{Failure, Value, clock, resp};

/// How long a script that a test left behind may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Settings by name.
type Settings = BTreeMap<Vec<u8>, Vec<u8>>;

/// Empties a server, and undoes what a test may have set. Answers how many databases it has.
///
/// The settings to go back to are kept in `file`, where the first call writes them.
pub(super) async fn reset(address: &Address, file: &mut File) -> Result<u32, Failure> {
    end_script(address).await?;
    let found = address.exchange(&[words(&["CONFIG", "GET", "*"]), words(&["ACL", "USERS"])]).await;
    let [settings, users] = answers(address, found?)?;
    let now = pairs(settings);
    let databases = number(now.get(b"databases".as_slice()));
    let first = remembered(file, &now).map_err(|error| Failure::new(error.to_string()))?;
    let commands = commands(address, &first, &now, users);
    let count = commands.len();
    let replies = address.exchange(&commands).await?;
    for (command, reply) in commands.iter().zip(&replies) {
        if let Value::Error(text) = reply {
            let command = String::from_utf8_lossy(&command.join(&b' ')).into_owned();
            return Err(Failure::new(format!("{address} answers {command} by: {text}")));
        }
    }
    match replies.len() == count {
        true => Ok(databases),
        false => Err(Failure::new(format!("{address} does not answer all of its reset"))),
    }
}

/// Settings first: some of them refuse writes.
fn commands(
    address: &Address,
    first: &Settings,
    now: &Settings,
    users: Value,
) -> Vec<Vec<Vec<u8>>> {
    let changed = first.iter().filter(|(name, value)| now.get(*name) != Some(*value));
    let settings = changed.map(|(name, value)| {
        let mut command = words(&["CONFIG", "SET"]);
        command.extend([name.clone(), value.clone()]);
        command
    });
    let users = users.members().into_iter().filter_map(|user| user.text());
    let others = users.filter(|user| user != "default" && Some(user) != address.username.as_ref());
    let users = others.map(|user| words(&["ACL", "DELUSER", &user]));
    let mut commands = vec![words(&["REPLICAOF", "NO", "ONE"])];
    commands.extend(settings.chain(users));
    if address.password.is_none() {
        let everything =
            ["ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all"];
        commands.push(words(&everything));
    }
    commands.extend([
        words(&["CLIENT", "UNPAUSE"]),
        words(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]),
        words(&["CLIENT", "KILL", "TYPE", "pubsub"]),
        words(&["FLUSHALL", "SYNC"]),
        words(&["SCRIPT", "FLUSH"]),
        words(&["FUNCTION", "FLUSH"]),
        words(&["SLOWLOG", "RESET"]),
        words(&["CONFIG", "RESETSTAT"]),
    ]);
    commands
}

/// Ends a script that still runs; while one does, the server answers nothing else.
async fn end_script(address: &Address) -> Result<(), Failure> {
    // There mostly is none, which is an error for the server and none for us.
    address.exchange(&[words(&["SCRIPT", "KILL"])]).await?;
    let free = clock::poll(PATIENCE, || async {
        let answers = address.exchange(&[words(&["PING"])]).await.ok()?;
        let busy = matches!(answers.first(), Some(Value::Error(text)) if text.starts_with("BUSY"));
        (!busy).then_some(())
    });
    free.await.ok_or_else(|| Failure::new(format!("{address} is busy with a script")))
}

/// The settings of the first call.
fn remembered(file: &mut File, now: &Settings) -> std::io::Result<Settings> {
    let mut kept = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut kept)?;
    match resp::value(&kept) {
        Ok(Some((settings, _))) => Ok(pairs(settings)),
        _ => {
            let flat: Vec<_> = now.iter().flat_map(|(name, value)| [name, value]).collect();
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&resp::encode(&flat))?;
            Ok(now.clone())
        }
    }
}

fn pairs(settings: Value) -> Settings {
    let mut members = settings.members().into_iter().map(|member| match member {
        Value::Bulk(bytes) => bytes,
        _ => Vec::new(),
    });
    std::iter::from_fn(|| Some((members.next()?, members.next()?))).collect()
}

fn number(setting: Option<&Vec<u8>>) -> u32 {
    let text = setting.map(|value| String::from_utf8_lossy(value));
    // A cluster has one database and names none.
    text.and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn answers<const COUNT: usize>(
    address: &Address,
    answers: Vec<Value>,
) -> Result<[Value; COUNT], Failure> {
    let refused = answers.iter().find_map(|answer| match answer {
        Value::Error(text) => Some(text.clone()),
        _ => None,
    });
    let refused = refused.unwrap_or_else(|| "too few replies".to_owned());
    answers
        .try_into()
        .map_err(|_| ())
        .and_then(|answers: [Value; COUNT]| {
            let good = answers.iter().all(|answer| !matches!(answer, Value::Error(_)));
            good.then_some(answers).ok_or(())
        })
        .map_err(|()| Failure::new(format!("{address} cannot be reset: {refused}")))
}
