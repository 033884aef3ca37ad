//! How wide a listener is made, by how often it had to be opened anew of late.

use std::time::Duration;

use super::cover;
use crate::clock::Instant;

/// Counts listeners that were opened because the one before did not cover a new subscription.
///
/// Each of them costs an attempt to connect, of which there are few in a second. So while they follow
/// each other closely, each is asked for half as many prefixes as the one before, and the sixth for
/// everything: a rush of subscriptions opens a handful of listeners, however many it is.
#[derive(Debug, Default)]
pub(super) struct Rush {
    opened: u32,
    last: Option<Instant>,
}

impl Rush {
    /// After so long a time, one of them counts no more.
    const REST: Duration = Duration::from_secs(1);

    /// Counts one more; how many prefixes it may have. None means everything.
    pub(super) fn most(&mut self, now: Instant) -> usize {
        let rested =
            self.last.map_or(u64::MAX, |last| (now - last).as_secs() / Self::REST.as_secs());
        let rested = u32::try_from(rested).unwrap_or(u32::MAX);
        self.opened = self.opened.saturating_sub(rested);
        self.last = Some(now);
        let most = cover::MOST.checked_shr(self.opened).unwrap_or(0);
        self.opened = (self.opened + 1).min(usize::BITS);
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn each_is_half_as_fine_as_the_one_before_and_rest_makes_them_finer() {
        let (mut rush, now) = (Rush::default(), clock::now());
        assert_eq!([(); 7].map(|()| rush.most(now)), [16, 8, 4, 2, 1, 0, 0]);
        assert_eq!(rush.most(now + 4 * Rush::REST), 2);
        assert_eq!(rush.most(now + 100 * Rush::REST), cover::MOST);
    }
}
