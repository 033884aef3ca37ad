//! What locks and elections promise, on real servers.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

#[macro_use]
mod locks {
    #[macro_use]
    #[path = "../../../cache-redis/tests/locks/cases.rs"]
    pub(crate) mod cases;
    pub(crate) mod driver;
    #[path = "../../../cache-redis/tests/locks/figures.rs"]
    pub(crate) mod figures;
    #[path = "../../../cache-redis/tests/locks/ground.rs"]
    pub(crate) mod ground;
    #[path = "../../../cache-redis/tests/locks/killed.rs"]
    pub(crate) mod killed;
    #[path = "../../../cache-redis/tests/locks/late.rs"]
    pub(crate) mod late;
    #[path = "../../../cache-redis/tests/locks/quorum.rs"]
    pub(crate) mod quorum;
    #[path = "../../../cache-redis/tests/locks/replicas.rs"]
    pub(crate) mod replicas;
    #[path = "../../../cache-redis/tests/locks/servers.rs"]
    pub(crate) mod servers;
}
#[macro_use]
#[path = "../../cache-recipes/tests/locks_over/mod.rs"]
mod locks_over;

use locks::driver;

mod resp2 {
    use crate::driver::Protocol;
    use crate::locks::ground::ServerGround;

    locks_over!(
        ground = ServerGround::new(Protocol::Resp2),
        test = tokio::test(flavor = "multi_thread", worker_threads = 2)
    );
    locks_on_servers!(Protocol::Resp2);
}

mod resp3 {
    use crate::driver::Protocol;
    use crate::locks::ground::ServerGround;

    locks_over!(
        ground = ServerGround::new(Protocol::Resp3),
        test = tokio::test(flavor = "multi_thread", worker_threads = 2)
    );
    locks_on_servers!(Protocol::Resp3);
    locks_on_servers!(several, Protocol::Resp3);
}
