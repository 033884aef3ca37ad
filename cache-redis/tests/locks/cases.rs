//! Which tests there are on servers beside those over any backend.

/// One test a case. Those in which processes are killed know their own names: the processes run them,
/// too.
#[macro_export]
macro_rules! locks_on_servers {
    ($protocol:expr) => {
        $crate::locks_on_servers! { @cases $protocol;
            servers {
                what_is_no_lock_is_told_at_once_and_not_taken_for_a_busy_one
                a_holder_learns_soon_that_its_lock_was_deleted
                a_waiter_is_woken_soon_after_a_release
            }
            late {
                lost_replies_leave_no_lock_without_an_owner
                a_request_that_arrives_late_holds_for_a_ttl_at_most
            }
        }
        $crate::locks_on_servers! { @killed $protocol;
            a_killed_holder_is_replaced_when_its_lease_ends
            a_killed_leader_is_replaced_when_its_lease_ends
        }
    };
    // What several servers make together is the same in every protocol, and they take time to start.
    (several, $protocol:expr) => {
        $crate::locks_on_servers! { @cases $protocol;
            replicas {
                a_grant_counts_when_its_replicas_have_it
            }
            quorum {
                a_quorum_outlives_a_minority_and_not_a_majority
            }
        }
    };
    (@cases $protocol:expr; $($group:ident { $($case:ident)* })*) => {
        $(mod $group {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                use super::*;
                let ground = ServerGround::new($protocol);
                $crate::locks::$group::$case(&ground).await;
            })*
        })*
    };
    (@killed $protocol:expr; $($case:ident)*) => {
        mod killed {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                use super::*;
                let ground = ServerGround::new($protocol);
                let test = concat!(module_path!(), "::", stringify!($case));
                $crate::locks::killed::$case(&ground, test).await;
            })*
        }
    };
}
