//! Numbers that count.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{ErrorKind, Ttl};

use crate::check::{expect_some, same};
use crate::subject::key;
use crate::trial::Trial;

pub(crate) async fn increment_counts_from_zero(trial: Trial) {
    same("increment of nothing by 5", &trial.cache.increment("five", 5).await, &5);
    same("increment of nothing by -5", &trial.cache.increment("minus", -5).await, &-5);
    same("increment of nothing by 0", &trial.cache.increment("zero", 0).await, &0);
    trial.cache.holds("five", "5").await;
    trial.cache.holds("minus", "-5").await;
    trial.cache.holds("zero", "0").await;
}

pub(crate) async fn increment_adds_and_subtracts(trial: Trial) {
    for (delta, sum) in [(1, 1), (9, 10), (-11, -1), (0, -1), (1, 0), (1_000_000, 1_000_000)] {
        same(format!("increment by {delta}"), &trial.cache.increment("key", delta).await, &sum);
    }
}

pub(crate) async fn increment_counts_on_from_a_set_number(trial: Trial) {
    for (number, sum) in [("41", 42), ("-1", 0), ("0", 1), ("-100", -99)] {
        trial.cache.put("key", number).await;
        same(format!("increment of {number}"), &trial.cache.increment("key", 1).await, &sum);
    }
}

pub(crate) async fn sum_is_stored_as_text(trial: Trial) {
    for (delta, text) in [(12, "12"), (-12, "0"), (-7, "-7"), (-993, "-1000")] {
        trial.cache.increment("key", delta).await;
        trial.cache.holds("key", text).await;
    }
}

pub(crate) async fn increment_keeps_the_lifetime(trial: Trial) {
    let ttl = Duration::from_secs(100);
    let since = trial.now();
    trial.cache.put_for("ends", "1", ttl).await;
    trial.cache.put("endless", "1").await;
    trial.advance(Duration::from_millis(20)).await;
    for (at, given) in [("ends", Ttl::Never), ("ends", Ttl::LONGEST.into())] {
        let sum = trial.cache.raw().increment(key(at), 1, given);
        trial.cache.ok("increment", sum).await;
        let left = expect_some("ttl after increment", trial.cache.ttl(at).await);
        trial.ttl_is("ttl after increment", left, ttl, since);
    }
    let sum = trial.cache.raw().increment(key("endless"), 1, trial.life().into());
    same("increment", &trial.cache.ok("increment", sum).await, &2);
    same("ttl after increment", &trial.cache.ttl("endless").await, &Some(Ttl::Never));
}

pub(crate) async fn increment_gives_its_lifetime_to_what_it_creates(trial: Trial) {
    let sum = trial.cache.raw().increment(key("ends"), 3, trial.life().into());
    same("increment of nothing", &trial.cache.ok("increment", sum).await, &3);
    same("increment of nothing", &trial.cache.increment("endless", 4).await, &4);
    trial.cache.holds("ends", "3").await;
    trial.advance(trial.life()).await;
    trial.cache.lacks("ends").await;
    trial.cache.holds("endless", "4").await;
}

pub(crate) async fn increment_refuses_what_is_no_number(trial: Trial) {
    let texts: [&[u8]; 18] = [
        b"",
        b" ",
        b" 1",
        b"1 ",
        b"+1",
        b"01",
        b"-01",
        b"-0",
        b"00",
        b"-",
        b"1.0",
        b"1e3",
        b"abc",
        b"0x1",
        b"1\0",
        b"\xff",
        b"9223372036854775808",
        b"99999999999999999999",
    ];
    for text in texts {
        trial.cache.put("key", text).await;
        let what = format!("increment of \"{}\"", text.escape_ascii());
        let increment = trial.cache.raw().increment(key("key"), 1, Ttl::Never);
        trial.cache.refuses(&what, ErrorKind::WrongType, increment).await;
        trial.cache.holds("key", text).await;
    }
}

pub(crate) async fn increment_past_the_limits_is_refused_and_changes_nothing(trial: Trial) {
    for (number, delta) in [
        (i64::MAX, 1),
        (i64::MAX, i64::MAX),
        (i64::MIN, -1),
        (i64::MIN, i64::MIN),
        (1, i64::MAX),
        (-1, i64::MIN),
    ] {
        let text = number.to_string();
        trial.cache.put("key", text.clone()).await;
        let what = format!("increment of {number} by {delta}");
        let increment = trial.cache.raw().increment(key("key"), delta, Ttl::Never);
        trial.cache.refuses(&what, ErrorKind::InvalidInput, increment).await;
        trial.cache.holds("key", &text).await;
    }
}

pub(crate) async fn limits_can_be_reached(trial: Trial) {
    for limit in [i64::MAX, i64::MIN] {
        trial.cache.delete("key").await;
        same("increment to the limit", &trial.cache.increment("key", limit).await, &limit);
        same("increment by 0 there", &trial.cache.increment("key", 0).await, &limit);
        trial.cache.holds("key", limit.to_string()).await;
        let back = trial.cache.increment("key", -limit.signum()).await;
        same("increment back from it", &back, &(limit - limit.signum()));
        let again = trial.cache.increment("key", limit.signum()).await;
        same("increment to it by one", &again, &limit);
    }
    trial.cache.put("key", "-1").await;
    same("from -1 to the top", &trial.cache.increment("key", i64::MAX).await, &(i64::MAX - 1));
}

pub(crate) async fn increment_with_zero_lifetime_is_refused(trial: Trial) {
    trial.cache.put("present", "1").await;
    for at in ["absent", "present"] {
        let zero = Ttl::After(Duration::ZERO);
        let increment = trial.cache.raw().increment(key(at), 1, zero);
        let what = format!("increment of {at:?} with a lifetime of zero");
        trial.cache.refuses(&what, ErrorKind::InvalidInput, increment).await;
    }
    trial.cache.lacks("absent").await;
    trial.cache.holds("present", Bytes::from("1")).await;
}
