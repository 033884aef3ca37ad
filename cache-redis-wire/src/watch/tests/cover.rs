//! Which listener tells of whom, and what a change of it loses: nothing.

use super::*;

/// Opens a listener for everything, drops all subscriptions but one, and waits until the finer one that
/// does for it is being opened.
async fn while_a_finer_listener_is_opened(set: &Set) -> Subscription {
    let mut kept = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        kept.push(set.key(name).await.unwrap());
    }
    kept.truncate(1);
    set.fake.set_dial(Dial::After(ms(150)));
    for _ in 0..300 {
        if set.fake.dials() > set.listeners().len() {
            break;
        }
        pass(ms(100)).await;
    }
    assert!(set.fake.dials() > set.listeners().len(), "a finer listener is opened");
    kept.remove(0)
}

/// Tells a change of `z` by every listener that there is.
fn tell_of_z(set: &Set) {
    let listeners = set.listeners();
    for (number, _) in listeners.iter().enumerate().filter(|(_, prefixes)| prefixes.is_some()) {
        let covers = |prefixes: &Vec<Bytes>| prefixes.iter().any(|p| b"z".starts_with(p));
        if listeners[number].as_ref().is_some_and(covers) {
            set.push(number, keys(&["z"]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn enlarged_listener_is_in_force_before_the_old_one_goes() {
    let set = set();
    let mut first = set.key("a").await.unwrap();
    set.fake.set_dial(Dial::After(ms(50)));
    let watching = Arc::clone(&set.watching);
    let second = tokio::spawn(async move { watching.watch(Scope::Key(key("b"))).await });
    pass(ms(25)).await;
    set.push(0, keys(&["a"]));
    assert_eq!(read(&mut first).await, [changed("a")], "a change during the dial was missed");
    let mut second = second.await.unwrap().unwrap();
    let both = vec![Bytes::from("a"), Bytes::from("b")];
    assert_eq!(set.listeners(), [Some(vec![Bytes::from("a")]), Some(both.clone())]);
    set.push(0, keys(&["a"]));
    set.push(1, keys(&["b"]));
    assert_eq!(read(&mut first).await, [changed("a")], "what was on its way was missed");
    assert_eq!(read(&mut second).await, [changed("b")]);
    pass(ms(101)).await;
    assert_eq!(set.listeners(), [None, Some(both)]);
    assert_eq!(read(&mut first).await, [], "a gap was told though there was none");
}

#[tokio::test(start_paused = true)]
async fn listener_that_was_replaced_goes_soon_where_calls_may_take_an_hour() {
    let set = set_with(Duration::from_secs(3600));
    let _kept = (set.key("a").await.unwrap(), set.key("b").await.unwrap());
    assert_eq!(set.listeners().iter().flatten().count(), 2);
    pass(ms(1_001)).await;
    assert_eq!(set.listeners().iter().flatten().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_replaced_listener_did_not_get_to_tell_is_a_gap() {
    let set = set();
    let mut first = set.key("a").await.unwrap();
    set.fake.server().frozen_listeners.insert(0);
    set.push(0, keys(&["a"]));
    let _second = set.key("b").await.unwrap();
    // It stays for a deadline, and has two seconds to answer.
    pass(ms(2_102)).await;
    assert_eq!(read(&mut first).await, [Some(Event::Gap)]);
    assert_eq!(set.listeners().iter().flatten().count(), 1);
    assert_eq!(set.fake.dials(), 2);
}

#[tokio::test(start_paused = true)]
async fn rush_of_subscriptions_opens_a_handful_of_listeners() {
    let set = set();
    let start = clock::now();
    for number in 0..1000 {
        let name = format!("key {number}");
        let mut events = set.key(&name).await.unwrap();
        let latest = set.fake.server().listeners.len() - 1;
        set.push(latest, keys(&[&name]));
        assert_eq!(read(&mut events).await, [changed(&name)]);
    }
    assert!(clock::now() - start < ms(100), "nobody waits for the limit of attempts");
    let listeners = set.listeners();
    assert!(listeners.len() <= 7, "{listeners:?}");
    assert_eq!(listeners.last(), Some(&Some(vec![Bytes::from("key ")])));
}

#[tokio::test(start_paused = true)]
async fn listener_of_a_rush_becomes_finer_when_it_is_over() {
    let set = set();
    let mut kept = Vec::new();
    for name in ["a1", "a2", "b", "c", "d", "e", "f", "g", "h"] {
        kept.push(set.key(name).await.unwrap());
    }
    let wide = set.listeners().len();
    assert_ne!(set.listeners()[wide - 1].as_ref().unwrap().len(), kept.len());
    kept.truncate(2);
    pass(ms(25_000)).await;
    let listeners = set.listeners();
    assert_eq!(listeners.len(), wide + 1, "once");
    assert_eq!(listeners[wide], Some(vec![Bytes::from("a1"), Bytes::from("a2")]));
    set.push(wide, keys(&["a1"]));
    assert_eq!(read(&mut kept[0]).await, [changed("a1")], "without a gap");
}

#[tokio::test(start_paused = true)]
async fn subscription_that_is_promised_while_a_finer_listener_is_opened_is_kept() {
    let set = set();
    let _kept = while_a_finer_listener_is_opened(&set).await;
    let mut promised = set.key("z").await.unwrap();
    pass(ms(1_000)).await;
    let listeners = set.listeners();
    for (number, _) in listeners.iter().enumerate().filter(|(_, prefixes)| prefixes.is_some()) {
        set.push(number, keys(&["z"]));
    }
    assert_eq!(read(&mut promised).await, [changed("z")], "{listeners:?}");
    let covers = |prefixes: &Vec<Bytes>| prefixes.iter().any(|prefix| b"z".starts_with(prefix));
    assert!(listeners.iter().flatten().any(covers), "{listeners:?}");
}

#[tokio::test(start_paused = true)]
async fn many_locks_need_few_listeners() {
    let set = set();
    let mut kept = Vec::new();
    for number in 0..200 {
        let name = format!("job:{number}");
        let scope = Scope::Lock(LockName::new(&name).unwrap());
        kept.push(set.watching.watch(scope).await.unwrap());
        pass(ms(60)).await;
    }
    assert!(set.listeners().len() < 40, "{} listeners were dialled", set.listeners().len());
}

#[tokio::test(start_paused = true)]
async fn subscription_that_was_promised_by_a_listener_which_is_lost_is_not_forgotten() {
    let set = set();
    let _kept = while_a_finer_listener_is_opened(&set).await;
    let mut promised = set.key("z").await.unwrap();
    set.lose(set.listeners().len() - 1);
    pass(ms(1_000)).await;
    assert_eq!(read(&mut promised).await.last(), Some(&Some(Event::Gap)));
    tell_of_z(&set);
    assert_eq!(read(&mut promised).await, [changed("z")], "{:?}", set.listeners());
}

#[tokio::test(start_paused = true)]
async fn gap_is_told_again_to_who_was_not_covered_by_the_first_listener_after_it() {
    let set = set();
    let _kept = while_a_finer_listener_is_opened(&set).await;
    let mut promised = set.key("z").await.unwrap();
    set.lose(set.listeners().len() - 1);
    // The finer listener, which does not tell of `z`, is the first after the loss.
    for _ in 0..300 {
        if set.listeners().last().unwrap().is_some() {
            break;
        }
        pass(ms(1)).await;
    }
    assert_eq!(read(&mut promised).await.last(), Some(&Some(Event::Gap)));
    // What happens until the next one nobody tells.
    pass(ms(1_000)).await;
    assert_eq!(read(&mut promised).await, [Some(Event::Gap)], "{:?}", set.listeners());
}

#[tokio::test(start_paused = true)]
async fn finer_listener_that_does_not_do_is_not_tried_again_at_once() {
    let set = set();
    let _kept = while_a_finer_listener_is_opened(&set).await;
    let before = set.fake.dials();
    // Each time one is ready, somebody has subscribed to what it does not tell of.
    let mut names = 0..;
    for _ in 0..100 {
        drop(set.key(&format!("new:{}", names.next().unwrap())).await.unwrap());
        pass(ms(50)).await;
    }
    let dials = set.fake.dials() - before;
    assert!(dials <= 2, "{dials} attempts in five seconds");
}
