//! Grants that count only when a replica has them.

use cache_core::{ErrorKind, Released};
use cache_recipes::{LockOptions, Locks};
use redis_fixture::{Server, Value};

use crate::driver::open;
use crate::locks::ground::{DEADLINE, ServerGround, lock_key};
use crate::locks_over::{LONG, comes_free, options, soon};

fn wish(replicas: u32) -> LockOptions {
    options().ttl(LONG).call_limit(LONG).require_replicas(replicas)
}

async fn fails(locks: &Locks, replicas: u32) {
    let answer = soon("an answer", locks.acquire("replicated", wish(replicas))).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReplicated, "{error}");
    comes_free(locks, "replicated").await;
}

pub(crate) async fn a_grant_counts_when_its_replicas_have_it(ground: &ServerGround) {
    let (primary, replica) = tokio::join!(Server::start(), Server::start());
    let (primary, replica) = (primary.unwrap(), replica.unwrap());
    replica.replica_of(&primary).await.unwrap();
    let backend = open(ground.options().deadline(DEADLINE).url(primary.url())).unwrap();
    let locks = Locks::new(&backend);

    let guard = soon("a lock", locks.acquire("replicated", wish(1))).await.unwrap();
    let held = replica.admin(&["EXISTS", &lock_key("replicated")]).await.unwrap();
    assert_eq!(held, Value::Integer(1), "granted before the replica had it");
    assert_eq!(guard.release().await.unwrap(), Released::Released);
    fails(&locks, 2).await;

    replica.freeze().await.unwrap();
    fails(&locks, 1).await;
    replica.thaw().await.unwrap();
    let guard = soon("a lock", locks.acquire("replicated", wish(1))).await.unwrap();
    assert_eq!(guard.release().await.unwrap(), Released::Released);
}
