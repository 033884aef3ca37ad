//! When an entry ends.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{ErrorKind, SetOptions, Ttl};

use crate::check::{expect_some, same};
use crate::subject::key;
use crate::trial::Trial;

const MILLISECOND: Duration = Duration::from_millis(1);
const NANOSECOND: Duration = Duration::from_nanos(1);

pub(crate) async fn zero_lifetime_is_refused_and_stores_nothing(trial: Trial) {
    trial.cache.put("present", "old").await;
    for at in ["absent", "present"] {
        let options = SetOptions::new().ttl(Duration::ZERO);
        let set = trial.cache.raw().set(key(at), Bytes::from("new"), options);
        trial.cache.refuses("set with a lifetime of zero", ErrorKind::InvalidInput, set).await;
    }
    trial.cache.lacks("absent").await;
    trial.cache.holds("present", "old").await;
}

pub(crate) async fn shortest_lifetime_lasts_a_millisecond(trial: Trial) {
    for ttl in [NANOSECOND, Duration::from_micros(1), MILLISECOND - NANOSECOND, MILLISECOND] {
        trial.cache.put_for("key", "value", ttl).await;
        trial.cache.holds("key", "value").await;
        trial.advance(MILLISECOND).await;
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn lifetime_is_rounded_up_to_a_millisecond(trial: Trial) {
    for ttl in [MILLISECOND + NANOSECOND, Duration::from_micros(1_999)] {
        trial.cache.put_for("key", "value", ttl).await;
        trial.advance(MILLISECOND).await;
        trial.cache.holds("key", "value").await;
        trial.advance(MILLISECOND).await;
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn shortest_lifetimes_end(trial: Trial) {
    for ttl in [NANOSECOND, Duration::from_micros(999), MILLISECOND] {
        trial.cache.put_for("key", "value", ttl).await;
        trial.advance(MILLISECOND).await;
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn longest_lifetime_is_accepted(trial: Trial) {
    for ttl in
        [Ttl::LONGEST, Ttl::LONGEST + NANOSECOND, Duration::from_secs(u64::MAX), Duration::MAX]
    {
        trial.cache.put_for("key", "value", ttl).await;
        trial.cache.holds("key", "value").await;
    }
    trial.advance(trial.life()).await;
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn longest_lifetime_is_capped_and_readable(trial: Trial) {
    const YEARS_99: Duration = Duration::from_secs(99 * 365 * 24 * 60 * 60);
    for ttl in [Ttl::LONGEST, Duration::MAX] {
        trial.cache.put_for("key", "value", ttl).await;
        let what = format!("ttl after a lifetime of {ttl:?}");
        match expect_some(&what, trial.cache.ttl("key").await) {
            Ttl::After(left) => assert!(
                YEARS_99 <= left && left <= Ttl::LONGEST,
                "{what}: expected 99 to 100 years, found {left:?}"
            ),
            Ttl::Never => panic!("{what}: expected 99 to 100 years, found an endless one"),
        }
    }
}

pub(crate) async fn entry_is_gone_at_the_instant_it_expires(trial: Trial) {
    for ttl in [MILLISECOND, Duration::from_millis(250), trial.life()] {
        trial.cache.put_for("key", "value", ttl).await;
        trial.advance(ttl).await;
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn entry_is_served_until_just_before_it_expires(trial: Trial) {
    let life = trial.life();
    let before = if trial.time_is_stepped() { MILLISECOND } else { life / 4 };
    trial.is_served_after(life - before, life).await;
}

pub(crate) async fn lifetime_below_a_second_is_not_truncated(trial: Trial) {
    let (part, ttl) = (Duration::from_millis(500), Duration::from_millis(999));
    trial.is_served_after(part, ttl).await;
    trial.advance(ttl - part).await;
    trial.cache.lacks("key").await;
}

pub(crate) async fn lifetime_between_seconds_is_not_truncated(trial: Trial) {
    let (part, ttl) = (Duration::from_millis(1_200), Duration::from_millis(1_900));
    trial.is_served_after(part, ttl).await;
    trial.advance(ttl - part).await;
    trial.cache.lacks("key").await;
}

pub(crate) async fn entry_without_lifetime_stays(trial: Trial) {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    trial.cache.put("key", "value").await;
    trial.advance(if trial.time_is_stepped() { YEAR } else { trial.life() }).await;
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn reading_does_not_prolong(trial: Trial) {
    const READS: u32 = 4;
    let life = trial.life();
    trial.cache.put_for("key", "value", life).await;
    for _ in 0..READS {
        trial.cache.get("key").await;
        trial.cache.contains("key").await;
        trial.cache.get_many(&["key", "other"]).await;
        trial.advance(life / READS).await;
    }
    trial.cache.lacks("key").await;
}

pub(crate) async fn ttl_tells_what_is_left(trial: Trial) {
    let ttl = Duration::from_millis(90_500);
    let since = trial.now();
    trial.cache.put_for("key", "value", ttl).await;
    for _ in 0..3 {
        let found = expect_some("ttl of an entry", trial.cache.ttl("key").await);
        trial.ttl_is("ttl", found, ttl, since);
        trial.advance(Duration::from_millis(123)).await;
    }
}

pub(crate) async fn ttl_of_endless_entry_is_never(trial: Trial) {
    trial.cache.put("key", "value").await;
    same("ttl of an endless entry", &trial.cache.ttl("key").await, &Some(Ttl::Never));
}

pub(crate) async fn ttl_of_absent_key_is_none(trial: Trial) {
    same("ttl of an absent key", &trial.cache.ttl("key").await, &None);
}

pub(crate) async fn touch_counts_from_now(trial: Trial) {
    let (life, longer) = (trial.life(), trial.life() * 100);
    trial.cache.put_for("key", "value", life).await;
    trial.advance(life / 4).await;
    let since = trial.now();
    same("touch of an entry", &trial.cache.touch("key", longer).await, &true);
    let found = expect_some("ttl after touch", trial.cache.ttl("key").await);
    trial.ttl_is("ttl after touch", found, longer, since);
    trial.advance(life).await;
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn touch_shortens(trial: Trial) {
    for long in [Ttl::Never, Ttl::After(trial.life() * 100)] {
        trial.cache.set("key", "value", SetOptions::new().ttl(long)).await;
        same("touch of an entry", &trial.cache.touch("key", trial.life()).await, &true);
        trial.cache.holds("key", "value").await;
        trial.advance(trial.life()).await;
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn touch_with_never_keeps_for_ever(trial: Trial) {
    trial.cache.put_for("key", "value", trial.life()).await;
    same("touch with never", &trial.cache.touch("key", Ttl::Never).await, &true);
    same("ttl after that", &trial.cache.ttl("key").await, &Some(Ttl::Never));
    trial.advance(trial.life() * 2).await;
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn touch_of_absent_key_creates_nothing(trial: Trial) {
    for ttl in [Ttl::Never, Ttl::After(trial.life())] {
        same("touch of an absent key", &trial.cache.touch("key", ttl).await, &false);
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn touch_with_zero_is_refused_and_changes_nothing(trial: Trial) {
    trial.cache.put("key", "value").await;
    let touch = trial.cache.raw().touch(key("key"), Ttl::After(Duration::ZERO));
    trial.cache.refuses("touch with a lifetime of zero", ErrorKind::InvalidInput, touch).await;
    trial.cache.holds("key", "value").await;
    same("ttl after that", &trial.cache.ttl("key").await, &Some(Ttl::Never));
}
