//! Votes that are split.

use super::*;

/// Another's lease on one server alone, as a candidate has it that did not get the others.
async fn takes_alone(server: &Fragile, number: u8) {
    // Fences are times: two within a microsecond would be one grant on both servers.
    let least = Fence::new(unix_ahead(u64::from(number) * 1_000_000));
    let request = LockRequest::new(name(), token(number), TTL).min_fence(least);
    let taken = server.inner.acquire(request).await.unwrap();
    assert!(matches!(taken, Acquired::Granted { .. }), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn a_split_vote_is_repeated_until_somebody_has_won() {
    let (servers, quorum) = open(3);
    takes_alone(&servers[0], 8).await;
    takes_alone(&servers[1], 9).await;
    let give_back = async {
        pause(Duration::from_millis(20)).await;
        for (server, number) in servers.iter().zip([8, 9]) {
            let released = server.inner.release(name(), token(number)).await.unwrap();
            assert_eq!(released, Released::Released);
        }
    };
    let (granted, ()) = tokio::join!(take(&quorum, 1), give_back);
    assert!(matches!(granted.unwrap(), Acquired::Granted { .. }));
    assert!(servers[2].tokens.lock().unwrap().len() > 1, "asked again");
}

#[tokio::test(start_paused = true)]
async fn a_vote_that_stays_split_is_refused_within_the_call_limit() {
    let (servers, quorum) = open(3);
    takes_alone(&servers[0], 8).await;
    takes_alone(&servers[1], 9).await;
    let begun = now();
    assert!(matches!(take(&quorum, 1).await.unwrap(), Acquired::Held { .. }));
    assert!(now() - begun <= Quorum::DEFAULT_CALL_LIMIT);
    let asked = servers[2].tokens.lock().unwrap().len();
    assert!((3..30).contains(&asked), "asked {asked} times");
    assert_eq!(servers[2].holders().await, 0, "given back");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_a_majority_holds_is_asked_for_once() {
    let (servers, quorum) = open(3);
    assert!(matches!(take(&quorum, 1).await.unwrap(), Acquired::Granted { .. }));
    pause(Duration::from_millis(1)).await;
    // As where the winner has two of three.
    let _released = servers[2].inner.release(name(), token(1)).await.unwrap();
    assert!(matches!(take(&quorum, 2).await.unwrap(), Acquired::Held { .. }));
    let tokens = servers[2].tokens.lock().unwrap();
    assert_eq!(tokens.iter().filter(|(_, asked)| *asked == token(2)).count(), 1);
}
