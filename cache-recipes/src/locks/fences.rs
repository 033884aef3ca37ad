//! The highest fence that was seen of each name.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cache_core::{Error, ErrorKind, Fence, LockName, LockRequest};

/// Names are remembered in two halves of so many; when the newer is full, the older is forgotten.
const HALF: usize = 2_048;

/// Remembers the fences of the last 2,048 to 4,096 names: at most 4 MiB of names.
#[derive(Default)]
pub(super) struct Fences(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    newer: HashMap<Box<str>, Fence>,
    older: HashMap<Box<str>, Fence>,
}

impl Fences {
    /// The least fence to ask for: one more than was seen, where that may be asked for.
    pub(super) fn least(&self, name: &str, wanted: Fence) -> Fence {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let above = halves.seen(name).map_or(Fence::new(0), |fence| Fence::new(fence.get() + 1));
        above.min(LockRequest::MAX_MIN_FENCE).max(wanted)
    }

    /// Remembers a fence that was granted.
    ///
    /// # Errors
    /// `FenceRegression` where one as high was seen before.
    pub(super) fn admit(&self, name: LockName<'_>, granted: Fence) -> Result<(), Error> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = halves.seen(name.as_str()).filter(|seen| *seen >= granted) {
            let problem = format!(
                "the fence {granted} was granted after {seen} had been: the server lost its data, \
                 or its clock lags; nothing was done under the lock, which is given back"
            );
            let error = Error::not_applied(ErrorKind::FenceRegression, problem);
            return Err(error.with_operation("acquire").with_key(name.as_str()));
        }
        halves.remember(name.as_str(), granted);
        Ok(())
    }
}

impl Halves {
    fn seen(&self, name: &str) -> Option<Fence> {
        self.newer.get(name).or_else(|| self.older.get(name)).copied()
    }

    fn remember(&mut self, name: &str, fence: Fence) {
        if let Some(seen) = self.newer.get_mut(name) {
            *seen = fence;
            return;
        }
        if self.newer.len() >= HALF {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(name.into(), fence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_that_does_not_rise_is_refused_and_the_next_is_asked_above_it() {
        let (fences, name) = (Fences::default(), LockName::new("job").unwrap());
        fences.admit(name, Fence::new(7)).unwrap();
        for late in [6, 7] {
            let error = fences.admit(name, Fence::new(late)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::FenceRegression);
        }
        assert_eq!(fences.least("job", Fence::new(0)), Fence::new(8));
        assert_eq!(fences.least("job", Fence::new(20)), Fence::new(20));
        assert_eq!(fences.least("other", Fence::new(0)), Fence::new(0));
        fences.admit(name, Fence::new(8)).unwrap();
    }

    #[test]
    fn the_least_fence_is_one_that_may_be_asked_for() {
        let (fences, name) = (Fences::default(), LockName::new("job").unwrap());
        fences.admit(name, Fence::MAX).unwrap();
        assert_eq!(fences.least("job", Fence::new(0)), LockRequest::MAX_MIN_FENCE);
    }

    #[test]
    fn memory_for_names_is_bounded_and_keeps_the_latest() {
        let fences = Fences::default();
        for number in 0..20_000 {
            let name = format!("lock {number}");
            fences.admit(LockName::new(&name).unwrap(), Fence::new(1)).unwrap();
        }
        let halves = fences.0.lock().unwrap();
        assert!(halves.newer.len() + halves.older.len() <= 2 * HALF);
        assert_eq!(halves.seen("lock 19999"), Some(Fence::new(1)));
        assert_eq!(halves.seen("lock 18000"), Some(Fence::new(1)));
        assert_eq!(halves.seen("lock 0"), None);
    }
}
