//! Where a harness and what it opens do not fit together.

use cache_core::Backend;

use crate::check::{answer, expect_ok};
use crate::trial::Trial;

/// What the harness does against what the backend claims, a sentence each.
pub(crate) async fn contradictions(trial: &Trial) -> Vec<String> {
    let (harness, opened) = (trial.harness(), trial.backend());
    let mut found = Vec::new();
    let another = expect_ok("open", answer("open", harness.patience(), harness.open()).await);
    let restarted = answer("restart", harness.patience(), harness.restart(another)).await;
    match expect_ok("restart", restarted) {
        Some(restarted) => found.extend(difference("restart", opened, &restarted)),
        None if opened.cache.capabilities().persistent => found.push(
            "the backend claims to be `persistent`, and the harness cannot restart it; implement \
             `restart`, so that the claim is tested"
                .to_owned(),
        ),
        None => {}
    }
    let bounded = answer("open_bounded", harness.patience(), harness.open_bounded(1)).await;
    if let Some(bounded) = expect_ok("open_bounded", bounded) {
        if !bounded.cache.capabilities().evicts {
            found.push("`open_bounded` opens a backend that does not claim `evicts`".to_owned());
        }
        found.extend(difference("open_bounded", opened, &bounded));
    }
    found
}

/// Which cases apply is decided by what `open` opens: whatever else is opened must claim the same.
fn difference(by: &str, opened: &Backend, other: &Backend) -> Option<String> {
    let claims = |backend: &Backend| {
        let mut capabilities = backend.cache.capabilities();
        // The bound alone decides this one.
        capabilities.evicts = false;
        let of_locks = backend.locks.as_ref().map(|locks| locks.capabilities().fences);
        (capabilities, of_locks, backend.watch.is_some())
    };
    (claims(opened) != claims(other))
        .then(|| format!("`{by}` opens a backend with other claims or parts than `open` does"))
}
