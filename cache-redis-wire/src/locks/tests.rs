use cache_core::Fence;

use super::*;
use crate::command::Command;
use crate::fake::{Fake, Sent, bytes, error, lent, redis, slow};
use crate::reply::Lost;

fn request() -> LockRequest<'static> {
    let token = Token::from_bytes([1; 16]);
    LockRequest::new(LockName::new("j").unwrap(), token, Duration::from_secs(10)).replicas(2)
}

fn granted(state: i64) -> Answer {
    Answer::Array(vec![Answer::Integer(state), bytes("7")])
}

/// A server where the acquire answers `acquire`, so many replicas acknowledge, and the release answers
/// `release`.
fn server(acquire: Answer, acknowledge: i64, release: Result<Answer, Lost>) -> (Redis<Fake>, Sent) {
    redis(move |command: &Command| match command.name() {
        "EVAL" => Ok(acquire.clone()),
        "WAIT" => Ok(Answer::Integer(acknowledge)),
        "PTTL" => Ok(Answer::Integer(9_300)),
        _ => release.clone(),
    })
}

const ASKED: &str = "EVAL [acquire] 2 __cache__:lock:{j} __cache__:fence:{j} \
                     01010101010101010101010101010101 10000 0 604810000";

const WAITED: [&str; 2] = ["WAIT 2 750", "PTTL __cache__:lock:{j}"];

const RELEASE: &str = "EVALSHA [release] 1 __cache__:lock:{j} 01010101010101010101010101010101";

#[tokio::test(start_paused = true)]
async fn acknowledged_grant_tells_what_the_wait_has_left() {
    let (redis, sent) = server(granted(1), 2, Err(Lost::Broken));
    let acquired = redis.acquire(request()).await.unwrap();
    let left = Duration::from_millis(9_300);
    assert_eq!(acquired, Acquired::granted(Some(Fence::new(7)), left));
    assert_eq!(sent.take(), [vec![ASKED], WAITED.to_vec()]);
}

#[tokio::test(start_paused = true)]
async fn shortfall_gives_the_lock_back() {
    let (redis, sent) = server(granted(1), 1, Ok(Answer::Integer(1)));
    let error = redis.acquire(request()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotReplicated, Effect::NotApplied));
    assert!(error.to_string().contains("1 replicas of 2"), "{error}");
    assert_eq!(sent.take(), [vec![ASKED], WAITED.to_vec(), vec![RELEASE]]);
}

#[tokio::test(start_paused = true)]
async fn shortfall_is_unknown_where_giving_back_fails() {
    let (redis, _) = server(granted(1), 0, Err(Lost::Broken));
    let error = redis.acquire(request()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotReplicated, Effect::Unknown));
}

#[tokio::test(start_paused = true)]
async fn lock_that_the_token_held_before_is_not_taken_from_it() {
    let (redis, sent) = server(granted(2), 0, Ok(Answer::Integer(1)));
    let error = redis.acquire(request()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotReplicated, Effect::Unknown));
    assert_eq!(sent.take(), [vec![ASKED], WAITED.to_vec()]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_waited_for_where_the_lock_is_held() {
    let held = Answer::Array(vec![Answer::Integer(0), Answer::Integer(40)]);
    let (redis, sent) = server(held, 0, Err(Lost::Broken));
    let acquired = redis.acquire(request()).await.unwrap();
    assert_eq!(acquired, Acquired::held(Duration::from_millis(40)));
    assert_eq!(sent.take(), [[ASKED]]);
}

#[tokio::test(start_paused = true)]
async fn refused_wait_gives_the_lock_back() {
    let (redis, sent) = redis(|command: &Command| match command.name() {
        "EVAL" => Ok(granted(1)),
        "WAIT" => Ok(error("NOPERM User u has no permissions to run the 'wait' command")),
        _ => Ok(Answer::Integer(1)),
    });
    let error = redis.acquire(request()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::NotApplied));
    assert_eq!(sent.take()[2], [RELEASE]);
}

#[tokio::test(start_paused = true)]
async fn plain_grant_has_the_whole_lease() {
    let (redis, sent) = redis(|_| Ok(granted(1)));
    let acquired = redis.acquire(request().replicas(0)).await.unwrap();
    assert_eq!(acquired, Acquired::granted(Some(Fence::new(7)), Duration::from_secs(10)));
    assert!(sent.take()[0][0].starts_with("EVALSHA [acquire] 2 "));
}

#[tokio::test(start_paused = true)]
async fn replicas_that_were_not_reached_leave_the_lock_unknown_though_the_grant_was_answered() {
    for lost in [Lost::NotSent, Lost::Broken] {
        let (redis, _) = redis(move |command: &Command| match command.name() {
            "EVAL" => Ok(granted(1)),
            _ => Err(lost),
        });
        let error = redis.acquire(request()).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::Unknown));
    }
}

#[tokio::test(start_paused = true)]
async fn replicas_are_waited_for_in_what_the_acquire_has_left_of_the_deadline() {
    let server = |command: &Command| match command.name() {
        "EVAL" => Ok(granted(1)),
        "WAIT" => Ok(Answer::Integer(2)),
        _ => Ok(Answer::Integer(9_300)),
    };
    let (redis, sent) = slow(server, |command| match command.name() {
        "EVAL" => Duration::from_millis(600),
        _ => Duration::ZERO,
    });
    assert!(redis.acquire(request()).await.is_ok());
    let wait = sent.take()[1][0].clone();
    let limit: u64 = wait.strip_prefix("WAIT 2 ").unwrap().parse().unwrap();
    assert!((290..=300).contains(&limit), "{wait}");
}

#[tokio::test(start_paused = true)]
async fn giving_back_ends_with_the_deadline_of_the_acquire() {
    let server = |command: &Command| match command.name() {
        "EVAL" => Ok(granted(1)),
        _ => Ok(Answer::Integer(0)),
    };
    let (redis, sent) = slow(server, |command| match command.name() {
        "WAIT" => Duration::from_millis(750),
        "EVALSHA" => Duration::from_secs(3600),
        _ => Duration::ZERO,
    });
    let start = clock::now();
    let error = redis.acquire(request()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotReplicated, Effect::Unknown));
    assert!(clock::now() - start <= Duration::from_millis(1_002), "{:?}", clock::now() - start);
    assert_eq!(sent.take()[2], [RELEASE]);
}

#[tokio::test(start_paused = true)]
async fn connection_of_somebody_else_is_not_kept_busy_with_waiting_for_replicas() {
    let (redis, sent) = lent(|_| Ok(granted(1)));
    let error = redis.acquire(request()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::NotApplied));
    assert!(error.to_string().starts_with("acquire on fake, key \"j\": "), "{error}");
    assert_eq!(sent.take(), Vec::<Vec<String>>::new());
    assert!(redis.acquire(request().replicas(0)).await.is_ok());
}
