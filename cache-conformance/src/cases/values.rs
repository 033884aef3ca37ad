//! A key, a value, and nothing special.

use bytes::Bytes;
use cache_core::SetOptions;

use crate::check::same;
use crate::trial::Trial;

pub(crate) async fn set_value_is_read_back(trial: Trial) {
    trial.cache.put("key", "value").await;
    trial.cache.holds("key", "value").await;
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn key_never_set_is_absent(trial: Trial) {
    trial.cache.put("key", "value").await;
    trial.cache.lacks("other").await;
    trial.cache.lacks("ke").await;
    trial.cache.lacks("key2").await;
}

pub(crate) async fn overwrite_replaces_the_value(trial: Trial) {
    for value in ["first, and longer than the second", "second", "third"] {
        trial.cache.put("key", value).await;
        trial.cache.holds("key", value).await;
    }
}

pub(crate) async fn overwrite_drops_the_old_lifetime(trial: Trial) {
    trial.cache.put_for("endless", "old", trial.life()).await;
    trial.cache.put_for("longer", "old", trial.life()).await;
    trial.cache.put("endless", "new").await;
    trial.cache.put_for("longer", "new", trial.life() * 1_000).await;
    trial.cache.put("shorter", "old").await;
    trial.cache.put_for("shorter", "new", trial.life()).await;
    trial.advance(trial.life()).await;
    trial.cache.holds("endless", "new").await;
    trial.cache.holds("longer", "new").await;
    trial.cache.lacks("shorter").await;
}

pub(crate) async fn deleted_entry_is_absent(trial: Trial) {
    trial.cache.put("key", "value").await;
    trial.cache.put("other", "stays").await;
    same("delete of an entry", &trial.cache.delete("key").await, &true);
    trial.cache.lacks("key").await;
    same("delete of an absent key", &trial.cache.delete("key").await, &false);
    trial.cache.holds("other", "stays").await;
}

pub(crate) async fn contains_tells_what_get_tells(trial: Trial) {
    same("contains before set", &trial.cache.contains("key").await, &false);
    trial.cache.put("key", "").await;
    same("contains after set", &trial.cache.contains("key").await, &true);
    trial.cache.delete("key").await;
    same("contains after delete", &trial.cache.contains("key").await, &false);
}

pub(crate) async fn take_reads_and_removes(trial: Trial) {
    same("take of an absent key", &trial.cache.take("key").await, &None);
    trial.cache.put("key", "value").await;
    let taken = trial.cache.take("key").await;
    same("take of an entry", &taken, &Some(Bytes::from_static(b"value")));
    trial.cache.lacks("key").await;
    same("take of a taken key", &trial.cache.take("key").await, &None);
}

pub(crate) async fn empty_value_is_a_value(trial: Trial) {
    trial.cache.put("key", "").await;
    trial.cache.holds("key", "").await;
    same("delete of an empty value", &trial.cache.delete("key").await, &true);
    trial.cache.lacks("key").await;
}

pub(crate) async fn every_byte_comes_back(trial: Trial) {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    trial.cache.put("all", all.clone()).await;
    trial.cache.holds("all", &all).await;
    for byte in 0..=u8::MAX {
        trial.cache.put("one", vec![byte]).await;
        trial.cache.holds("one", [byte]).await;
    }
    let no_utf8 = b"\xc3\x28 \xff\xfe \xed\xa0\x80 \xf0\x28\x8c\x28";
    trial.cache.put("no UTF-8", &no_utf8[..]).await;
    trial.cache.holds("no UTF-8", no_utf8).await;
}

pub(crate) async fn number_like_values_stay_as_given(trial: Trial) {
    for value in ["0", "-0", "007", "+1", " 1", "1 ", "1.0", "1e3", "9223372036854775808", "nan"] {
        trial.cache.put("key", value).await;
        trial.cache.holds("key", value).await;
    }
}

pub(crate) async fn largest_value_comes_back(trial: Trial) {
    let value = patterned(trial.harness().largest_value(), 0);
    trial.cache.put("large", value.clone()).await;
    trial.cache.holds("large", &value).await;
    trial.cache.put("small", "beside it").await;
    trial.cache.holds("small", "beside it").await;
    trial.cache.holds("large", &value).await;
}

pub(crate) async fn largest_value_is_overwritten_whole(trial: Trial) {
    let largest = trial.harness().largest_value();
    let (old, new) = (patterned(largest, 1), patterned(largest, 2));
    trial.cache.put("large", old).await;
    trial.cache.put("large", new.clone()).await;
    trial.cache.holds("large", &new).await;
    trial.cache.put("large", "small").await;
    trial.cache.holds("large", "small").await;
}

pub(crate) async fn backends_opened_apart_share_nothing(trial: Trial) {
    trial.cache.put("key", "first").await;
    let other = trial.another().await;
    other.cache.lacks("key").await;
    other.cache.set("key", "second", SetOptions::new()).await;
    trial.cache.holds("key", "first").await;
    other.cache.delete("key").await;
    trial.cache.holds("key", "first").await;
}

/// Bytes in which no two places a page apart look alike.
fn patterned(length: usize, seed: u64) -> Bytes {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut value = vec![0; length];
    random.fill(&mut value);
    // The first byte keeps it from being taken for anything reserved.
    if let Some(first) = value.first_mut() {
        *first = b'v';
    }
    Bytes::from(value)
}
