use std::collections::HashSet;

use super::*;
use crate::command::Argument;

pub(super) const ALL: [(&str, &Script); 11] = [
    ("[contains]", &CONTAINS),
    ("[entry]", &ENTRY),
    ("[ttl]", &TTL),
    ("[touch]", &TOUCH),
    ("[delete]", &DELETE),
    ("[set]", &SET),
    ("[increment]", &INCREMENT),
    ("[acquire]", &ACQUIRE),
    ("[extend]", &EXTEND),
    ("[release]", &RELEASE),
    ("[inspect]", &INSPECT),
];

#[test]
fn every_script_is_called_by_the_digest_of_its_text() {
    for (name, script) in ALL {
        let digest = sha1_smol::Sha1::from(script.text).digest().to_string();
        assert_eq!(script.sha1, digest, "of {name}");
    }
    let digests: HashSet<_> = ALL.into_iter().map(|(_, script)| script.sha1).collect();
    assert_eq!(digests.len(), ALL.len());
}

#[test]
fn first_call_has_the_digest_and_the_second_the_text() {
    let call = RELEASE.call([Bytes::from("lock")], 1).bytes("token");
    assert_eq!(call.arguments()[0], Argument::Word(RELEASE.sha1));
    let again = RELEASE.with_text(call.clone());
    assert_eq!((call.name(), again.name()), ("EVALSHA", "EVAL"));
    assert_eq!(again.arguments()[0], Argument::Word(RELEASE.text));
    assert_eq!(again.arguments()[1..], call.arguments()[1..]);
    assert_eq!(again.arguments()[1], Argument::Word("1"));
}

#[test]
fn scripts_name_no_key_that_they_are_not_given() {
    for (_, script) in ALL {
        let code = script.text.lines().filter(|line| !line.trim_start().starts_with("--"));
        let code = code.collect::<Vec<_>>().join("\n");
        for call in code.split("call(").skip(1) {
            let key = call.split([',', ')']).nth(1).unwrap_or("").trim();
            let is_given = ["key", "KEYS[1]", "KEYS[2]"].contains(&key);
            assert!(is_given || call.starts_with("'TIME')"), "call({call}");
        }
    }
}
