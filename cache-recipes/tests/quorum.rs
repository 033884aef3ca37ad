//! The rules of locks, as every backend keeps them, over a quorum of backends in the process.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cache_conformance::{Harness, Runtime, cases};
use cache_core::{
    Acquired, Backend, Capabilities, Error, Extended, Lifecycle, LockBackend, LockName,
    LockRequest, LockState, Released, Reply, Token, Ttl,
};
use cache_memory::{Clock, Memory, MockClock, Options};
use cache_recipes::Quorum;

/// A cache whose locks are those of three others.
struct QuorumHarness {
    clock: Clock,
    mock: MockClock,
}

impl QuorumHarness {
    fn new() -> Self {
        let (clock, mock) = Clock::mock();
        Self { clock, mock }
    }

    fn memory(&self) -> Result<Backend, Error> {
        Ok(Memory::open(Options::new().clock(self.clock.clone()))?.into_backend())
    }

    fn backend(&self) -> Result<Backend, Error> {
        let servers = (0..3).map(|_| self.memory()).collect::<Result<Vec<_>, _>>()?;
        let quorum = Quorum::new(servers.into_iter().filter_map(|server| server.locks))?;
        // A busy machine takes its time: no server is down here.
        let quorum = quorum.call_limit(Duration::from_secs(5));
        Ok(Backend::new(self.memory()?.cache).with_locks(Arc::new(PutBack(quorum))))
    }
}

impl Harness for QuorumHarness {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ready(self.backend())
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.mock.advance(by);
        Reply::ok(())
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        drop(backend);
        Reply::ready(self.backend().map(Some))
    }
}

/// Puts back what a quorum takes off a lease for clocks that differ and for the time that it took: the
/// cases move the clock, and compare exactly.
struct PutBack(Quorum);

/// How long a round may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

impl Lifecycle for PutBack {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.0.stop()
    }
}

impl LockBackend for PutBack {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let ttl = request.ttl;
        self.0.acquire(request).map(move |answer| match answer {
            Acquired::Granted { fence, ttl_left, .. } => {
                let drift = ttl / 100 + Duration::from_millis(2);
                let most = ttl.saturating_sub(drift);
                let least = most.saturating_sub(PATIENCE);
                assert!((least..=most).contains(&ttl_left), "{ttl_left:?} are left of {ttl:?}");
                let millis = Ttl::After(ttl).to_millis().unwrap().unwrap();
                Acquired::granted(fence, Duration::from_millis(millis.get()))
            }
            other => other,
        })
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.0.extend(name, token, ttl)
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.0.release(name, token)
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.0.inspect(name)
    }
}

/// One test a case, and one that none is forgotten.
macro_rules! over_a_quorum {
    ($($case:ident)*) => {
        $(#[test]
        fn $case() {
            let is_it = |case: &&cache_conformance::Case| case.name() == stringify!($case);
            let case = cases().iter().find(is_it).expect("a case of the suite");
            case.run(Arc::new(QuorumHarness::new()), Runtime::MultiThread);
        })*

        #[test]
        fn every_case_of_locks_is_run_or_named_with_its_reason() {
            let of_locks = cases().iter().filter(|case| {
                ["locks", "fences"].contains(&case.group())
                    || (["stop", "dropped"].contains(&case.group()) && IS_OF_LOCKS(case.name()))
            });
            let all: BTreeSet<_> = of_locks.map(|case| case.name()).collect();
            let run = [$(stringify!($case)),*];
            let left_out = LEFT_OUT.iter().map(|(name, _)| *name);
            assert_eq!(run.into_iter().chain(left_out).collect::<BTreeSet<_>>(), all);
        }
    };
}

const IS_OF_LOCKS: fn(&str) -> bool =
    |name| ["lock", "acquire", "extend", "release", "inspect"].iter().any(|it| name.contains(it));

const LEFT_OUT: [(&str, &str); 2] = [
    ("shortest_lease_ends", "a lease of less than what clocks differ by is no grant"),
    ("lock_is_free_at_the_instant_it_expires", "the same, for a lease of 1 ms"),
];

over_a_quorum! {
    held_lock_excludes_others
    released_lock_is_free
    only_the_owner_releases
    only_the_owner_extends
    free_lock_has_no_owner
    owner_acquires_again
    lock_is_held_until_just_before_it_expires
    extend_counts_from_now
    expired_lease_cannot_be_extended_or_released
    late_owner_leaves_the_next_one_alone
    retry_after_is_within_the_lease
    lease_tells_what_is_left
    inspect_tells_holder_and_what_is_left
    inspect_of_free_lock_is_none
    zero_lease_is_refused
    oversized_holder_is_refused
    unreachable_fence_is_refused
    longest_lease_is_accepted
    awkward_lock_names_are_all_distinct
    locks_and_keys_never_meet
    one_of_many_wins
    critical_sections_never_overlap
    replicas_are_acknowledged_or_the_grant_fails
    fence_rises_with_every_grant
    fence_rises_after_expiry
    same_token_gets_the_same_fence
    extend_keeps_the_fence
    inspect_tells_the_fence
    least_fence_is_honoured
    least_fence_leaves_a_held_lease_alone
    fences_of_many_names_rise
    fence_rises_after_a_restart
    fences_of_racing_owners_rise
    dropped_acquire_can_be_released
    dropped_extend_keeps_the_owner
    dropped_release_frees_or_keeps
    dropped_inspect_changes_nothing
    stopped_locks_refuse_every_operation
    stopped_locks_refuse_bad_input_as_stopped
}
