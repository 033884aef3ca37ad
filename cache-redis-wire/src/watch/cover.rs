//! What a listener asks the server for.

use bytes::Bytes;

/// So many prefixes at most. The server compares every key that is written with every prefix of every
/// listener; and with wider ones, a new subscription is mostly covered already.
pub(super) const MOST: usize = 16;

/// Prefixes of which none begins with another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cover(Vec<Bytes>);

impl Cover {
    /// At most `most` prefixes with which all of `names` begin: the names themselves where they are few,
    /// else what neighbours have in common. Where none is allowed, everything.
    pub(super) fn of(mut names: Vec<Bytes>, most: usize) -> Self {
        names.sort_unstable();
        let names = without_covered(names);
        if names.len() <= most {
            return Self(names);
        }
        if most == 0 {
            return Self(vec![Bytes::new()]);
        }
        // Between neighbours that have least in common the list is cut.
        let mut cuts: Vec<_> = (1..names.len()).collect();
        cuts.sort_by_key(|cut| common(&names[cut - 1], &names[*cut]));
        cuts.truncate(most - 1);
        cuts.extend([0, names.len()]);
        cuts.sort_unstable();
        let group = |bounds: &[usize]| {
            let (first, last) = (&names[bounds[0]], &names[bounds[1] - 1]);
            first.slice(..common(first, last))
        };
        let mut groups: Vec<_> = cuts.windows(2).map(group).collect();
        groups.sort_unstable();
        Self(without_covered(groups))
    }

    pub(super) fn covers(&self, name: &[u8]) -> bool {
        // The only one that can is the last that is not greater: any between would begin with it.
        let after = self.0.partition_point(|prefix| prefix[..] <= *name);
        self.0[..after].last().is_some_and(|prefix| name.starts_with(prefix))
    }

    pub(super) fn prefixes(&self) -> Vec<Bytes> {
        self.0.clone()
    }
}

/// Leaves out what begins with another; the names are sorted.
fn without_covered(names: Vec<Bytes>) -> Vec<Bytes> {
    let mut kept: Vec<Bytes> = Vec::with_capacity(names.len());
    for name in names {
        if !kept.last().is_some_and(|last| name.starts_with(last)) {
            kept.push(name);
        }
    }
    kept
}

/// How many bytes two names have in common at their beginning.
pub(super) fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cover(names: &[&'static str]) -> Vec<Bytes> {
        Cover::of(names.iter().map(|name| Bytes::from_static(name.as_bytes())).collect(), MOST)
            .prefixes()
    }

    #[test]
    fn few_names_are_asked_for_as_they_are() {
        assert_eq!(cover(&["b", "a", "ab", "b"]), ["a", "b"]);
        assert_eq!(cover(&["x", ""]), [""]);
    }

    #[test]
    fn many_names_are_asked_for_by_what_they_have_in_common() {
        let names = (0..1000).map(|number| Bytes::from(format!("lock:{{{number}}}")));
        let cover = Cover::of(names.chain([Bytes::from_static(b"user:1")]).collect(), MOST);
        assert!(cover.prefixes().len() <= MOST);
        assert!(
            cover.covers(b"lock:{1000}") && cover.covers(b"user:1") && !cover.covers(b"user:2")
        );
    }

    proptest! {
        #[test]
        fn every_name_is_covered_and_no_prefix_begins_with_another(
            names in prop::collection::vec("[ab]{0,6}", 0..60),
            most in 0_usize..=MOST,
        ) {
            let cover = names.iter().map(|name| Bytes::from(name.clone())).collect();
            let cover = Cover::of(cover, most);
            let prefixes = cover.prefixes();
            prop_assert!(prefixes.len() <= most.max(1));
            for name in &names {
                prop_assert!(cover.covers(name.as_bytes()));
            }
            for (index, one) in prefixes.iter().enumerate() {
                for other in &prefixes[index + 1..] {
                    prop_assert!(!one.starts_with(other) && !other.starts_with(one));
                }
            }
        }

        #[test]
        fn cover_is_what_any_of_its_prefixes_is(
            names in prop::collection::vec("[ab]{0,6}", 0..60),
            name in "[ab]{0,8}",
        ) {
            let cover = Cover::of(names.into_iter().map(Bytes::from).collect(), MOST);
            let any = cover.prefixes().iter().any(|prefix| name.as_bytes().starts_with(prefix));
            prop_assert_eq!(cover.covers(name.as_bytes()), any);
        }
    }
}
