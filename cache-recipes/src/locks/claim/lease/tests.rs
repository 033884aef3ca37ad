use super::*;
use crate::clock::now;

const TTL: Duration = Duration::from_secs(10);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn terms() -> Terms {
    Terms { ttl: TTL, max_hold: None, margin: Duration::ZERO, call_limit: Duration::from_secs(1) }
}

fn granted(terms: Terms) -> (Lease, Moment) {
    let sent = now();
    (Lease::granted(terms, sent, sent, terms.ttl), sent)
}

#[test]
fn validity_is_counted_from_before_the_request_less_drift() {
    let sent = now();
    let mut lease = Lease::granted(terms(), sent, sent + ms(700), TTL);
    let end = sent + TTL - ms(100) - ms(2);
    assert_eq!(lease.valid_until(), end);
    let step = lease.next(sent + ms(700));
    assert_eq!(step, NextStep::Wait { until: sent + TTL / 3 });
    assert!(!matches!(lease.next(end - ms(1)), NextStep::Over(_)));
    assert_eq!(lease.next(end), NextStep::Over(LossReason::Expired));
}

#[test]
fn a_backend_that_grants_less_is_believed() {
    let sent = now();
    let lease = Lease::granted(terms(), sent, sent + ms(10), ms(1_000));
    assert_eq!(lease.valid_until(), sent + ms(10) + ms(1_000 - 10 - 2));
}

#[test]
fn margin_ends_the_lease_earlier() {
    let (lease, sent) = granted(Terms { margin: ms(1_000), ..terms() });
    assert_eq!(lease.valid_until(), sent + TTL - ms(102) - ms(1_000));
}

#[test]
fn renewal_is_due_after_a_third_and_ends_in_time_for_others() {
    let (mut lease, sent) = granted(terms());
    let due = sent + TTL / 3;
    assert_eq!(lease.next(due), NextStep::Renew { ttl: TTL, until: due + ms(1_000) });
    lease.extended(due, due + ms(500), TTL);
    assert_eq!(lease.valid_until(), due + TTL - ms(102));
    assert_eq!(lease.next(due + ms(500)), NextStep::Wait { until: due + TTL / 3 });
}

#[test]
fn a_failed_renewal_keeps_the_deadline_and_is_tried_again_until_it() {
    let (mut lease, sent) = granted(terms());
    let end = lease.valid_until();
    let (mut now, mut tries) = (sent, 0);
    loop {
        now = match lease.next(now) {
            NextStep::Renew { .. } => {
                tries += 1;
                lease.not_extended(now);
                assert_eq!(lease.valid_until(), end);
                now
            }
            NextStep::Wait { until } => until,
            NextStep::Over(reason) => {
                assert_eq!((reason, now), (LossReason::Expired, end));
                break;
            }
        };
    }
    assert_eq!(tries, 10);
}

#[test]
fn once_over_it_stays_over_whatever_answer_comes() {
    let (mut lease, sent) = granted(terms());
    let end = lease.valid_until();
    lease.extended(sent + ms(5_000), end, TTL);
    assert_eq!(lease.next(end), NextStep::Over(LossReason::Expired));
    let (mut lease, sent) = granted(terms());
    lease.lost(sent, LossReason::NotOwner);
    lease.extended(sent, sent, TTL);
    lease.lost(sent, LossReason::Gone);
    assert_eq!(lease.next(sent), NextStep::Over(LossReason::NotOwner));
}

#[test]
fn max_hold_bounds_every_renewal() {
    let hold = ms(14_000);
    let (mut lease, sent) = granted(Terms { max_hold: Some(hold), ..terms() });
    let mut now = sent;
    let mut renewals = 0;
    let reason = loop {
        now = match lease.next(now) {
            NextStep::Renew { ttl, .. } => {
                renewals += 1;
                assert!(now + ttl <= sent + hold, "{ttl:?} at {:?}", now - sent);
                lease.extended(now, now, ttl);
                now
            }
            NextStep::Wait { until } => until,
            NextStep::Over(reason) => break reason,
        };
    };
    assert_eq!((reason, renewals), (LossReason::MaxHold, 2));
    assert!(now <= sent + hold && now > sent + hold - ms(150), "{:?}", now - sent);
}

#[test]
fn a_hold_of_one_ttl_is_never_renewed() {
    let (mut lease, sent) = granted(Terms { max_hold: Some(TTL), ..terms() });
    assert_eq!(lease.next(sent), NextStep::Wait { until: lease.valid_until() });
    let end = lease.valid_until();
    assert_eq!(lease.next(end), NextStep::Over(LossReason::MaxHold));
}

#[test]
fn the_shortest_ttl_leaves_time_to_hold() {
    let (lease, sent) = granted(Terms { ttl: ms(10), margin: ms(1), ..terms() });
    assert!(lease.valid_until() > sent + ms(6));
}
