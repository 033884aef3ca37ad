//! Batches, and removing many entries.

use super::*;

#[test]
fn batch_answers_every_key_in_order() {
    let (root, _) = open();
    let cache = root.namespace("batch").unwrap();
    let items = [("a", "1"), ("", "refused"), ("b", "2"), ("__cache__:x", "refused"), ("a", "3")];
    let answers = block_on(cache.set_many(items)).unwrap();
    let kinds: Vec<_> = answers.iter().map(|answer| answer.as_ref().map_err(Error::kind)).collect();
    let refused = Err(ErrorKind::InvalidInput);
    assert_eq!(kinds, [Ok(&()), refused, Ok(&()), refused, Ok(&())]);
    let message = answers[3].as_ref().unwrap_err().to_string();
    assert!(message.starts_with(r#"set_many, key "__cache__:x": "#), "{message}");
    let answers = block_on(cache.get_many(["b", "absent", "", "a"])).unwrap();
    assert_eq!(answers[0], Ok(some("2")));
    assert_eq!(answers[1], Ok(None));
    assert_eq!(answers[2].as_ref().unwrap_err().operation(), Some("get_many"));
    assert_eq!(answers[3], Ok(some("3")));
    let answers = block_on(cache.delete_many(["a", "absent", "", "b"])).unwrap();
    assert_eq!((&answers[0], &answers[1], &answers[3]), (&Ok(true), &Ok(false), &Ok(true)));
    assert_eq!(answers[2].as_ref().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(block_on(cache.get_many::<&str>([])).unwrap(), []);
}

#[test]
fn conditions_of_a_batch_are_answered_a_key() {
    let (cache, _) = open();
    set(&cache, "there", "old");
    let items = [("there", "new"), ("absent", "new")];
    let answers = block_on(cache.set_many_with(items, Condition::IfAbsent)).unwrap();
    assert_eq!(answers, [Ok(SetOutcome::ConditionNotMet), Ok(SetOutcome::Stored)]);
}

#[test]
fn clear_prefix_removes_what_begins_so_in_this_namespace_alone() {
    let (root, _) = open();
    let (a, b) = (root.namespace("a").unwrap(), root.namespace("b").unwrap());
    for cache in [&root, &a, &b] {
        for key in ["user:1", "user:2", "other"] {
            set(cache, key, "v");
        }
    }
    assert_eq!(block_on(a.clear_prefix("user:")).unwrap(), 2);
    assert_eq!((get(&a, "user:1"), get(&a, "user:2")), (None, None));
    assert_eq!(get(&a, "other"), some("v"));
    assert_eq!((get(&b, "user:1"), get(&root, "user:1")), (some("v"), some("v")));
}

#[test]
fn clear_namespace_leaves_others() {
    let (root, _) = open();
    let (a, longer) = (root.namespace("a").unwrap(), root.namespace("ab").unwrap());
    let inside = a.namespace("b").unwrap();
    for cache in [&root, &a, &longer, &inside] {
        for key in ["1", "2", "3"] {
            set(cache, key, "v");
        }
    }
    assert_eq!(block_on(a.clear_namespace()).unwrap(), 3);
    assert_eq!(get(&a, "1"), None);
    for (cache, name) in [(&root, "root"), (&longer, "longer"), (&inside, "inside")] {
        assert_eq!(get(cache, "1"), some("v"), "{name}");
    }
}

#[test]
fn clear_all_removes_everything_and_says_how_much() {
    let (root, _) = open();
    let names = ["a", "b"].map(|name| root.namespace(name).unwrap());
    // So many that the backend takes several steps.
    for number in 0..2000 {
        set(&root, &format!("k{number}"), "v");
        set(&names[0], &format!("k{number}"), "v");
    }
    assert_eq!(block_on(names[1].clear_all()).unwrap(), 4000);
    assert_eq!(block_on(root.clear_all()).unwrap(), 0);
    assert_eq!(root.statistics().unwrap().entries, 0);
}

#[test]
fn clearing_without_saying_what_is_refused_with_the_way_out() {
    let (root, _) = open();
    let inside = root.namespace("a").unwrap();
    set(&root, "k", "v");
    set(&inside, "k", "v");
    for (answer, way_out) in [
        (block_on(root.clear_prefix("")), "call clear_all"),
        (block_on(inside.clear_prefix("")), "call clear_namespace"),
        (block_on(root.clear_namespace()), "call clear_all"),
    ] {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(way_out), "{error}");
    }
    assert_eq!((get(&root, "k"), get(&inside, "k")), (some("v"), some("v")));
}
