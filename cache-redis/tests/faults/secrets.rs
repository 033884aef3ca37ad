//! No password in anything that comes out. Each error of the other tests is looked at, too, where it
//! is made: see `support::checked`.

use std::process::Command;

use crate::driver::{Options, open};
use crate::support::{PASSWORD, TELL, USER};

#[test]
fn options_and_backends_show_no_password() {
    let url = format!("redis://{USER}:{PASSWORD}@localhost");
    let by_parts = Options::new().host("localhost").username(USER).password(PASSWORD);
    for options in [Options::new().url(url), by_parts] {
        let backend = open(options.clone()).unwrap();
        let texts = [format!("{options:?}{options:#?}"), format!("{backend:?}{backend:#?}")];
        assert!(texts.iter().all(|text| !text.contains(PASSWORD)), "{texts:?}");
    }
}

#[test]
fn bad_settings_are_refused_without_their_password() {
    let login = format!("{USER}:{PASSWORD}@localhost");
    let urls = ["redis://LOGIN:0", "http://LOGIN", "redis://LOGIN/x", "redis://LOGIN#insecure"];
    for url in urls.map(|url| url.replace("LOGIN", &login)) {
        let both = Options::new().url(url.clone()).host("localhost");
        for options in [Options::new().url(url.clone()), both] {
            let error = open(options).map(drop).unwrap_err();
            let texts = format!("{error}{error:?}{error:#?}");
            assert!(!texts.contains(PASSWORD), "an error holds the password");
        }
    }
}

/// Other tests run once more in a process of their own, with everything told that can be.
#[test]
fn output_of_a_run_holds_no_password() {
    let conditions = ["resp2::wrong_password", "resp3::wrong_password", "resp3::garbage"];
    let run = Command::new(std::env::current_exe().unwrap())
        .args(conditions.map(|condition| format!("table::{condition}")))
        .args(["--exact", "--nocapture"])
        .env(TELL, "yes")
        .output()
        .unwrap();
    let output = [run.stdout, run.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    assert!(output.contains("the user or the password is wrong"), "nothing was told: {output}");
    let hits = output.lines().filter(|line| line.contains(PASSWORD)).count();
    assert_eq!(hits, 0, "lines of output hold the password");
    assert!(run.status.success(), "{output}");
}
