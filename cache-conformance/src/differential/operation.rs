//! What is done at random.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{Capabilities, RESERVED_MARKER, Ttl};

/// The keys by number; some are prefixes of others, for `clear`.
pub(super) const KEYS: [&str; 16] = [
    "a", "b", "c", "n", "n:1", "n:2", "n:*", "n:\r\n", "p", "p:1", "p:2", "p:3", "{p}:4", "\u{e9}",
    "e\u{301}", "\0",
];
/// The prefixes by number; the last but one covers nothing, the last is refused.
pub(super) const PREFIXES: [&str; 6] = ["n:", "p:", "n:*", "p", "q", ""];
/// The lock names by number.
pub(super) const LOCKS: [&str; 3] = ["a", "lock", "{lock}"];

/// One operation. Keys, prefixes, locks and owners are numbers.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Get(usize),
    Contains(usize),
    Set(Write),
    Delete(usize),
    Take(usize),
    Entry(usize),
    SetIfVersion(usize, Bytes),
    Ttl(usize),
    Touch(usize, Ttl),
    Increment(usize, i64, Ttl),
    GetMany(Vec<usize>),
    SetMany(Vec<Write>),
    DeleteMany(Vec<usize>),
    Clear(usize),
    ClearAll,
    Advance(Duration),
    Acquire { lock: usize, owner: u8, ttl: Duration, holder: &'static str },
    Extend { lock: usize, owner: u8, ttl: Duration },
    Release { lock: usize, owner: u8 },
    Inspect { lock: usize },
}

/// One write.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) key: usize,
    pub(super) value: Bytes,
    pub(super) ttl: Ttl,
    pub(super) condition: When,
}

/// The condition of a write.
#[derive(Debug, Clone)]
pub(super) enum When {
    Always,
    Absent,
    Present,
    Equals(Bytes),
}

/// Makes operations that the backend claims to have.
pub(super) struct Generator {
    random: fastrand::Rng,
    claimed: Capabilities,
    locks: bool,
    stepped: bool,
}

impl Generator {
    pub(super) fn new(seed: u64, claimed: Capabilities, locks: bool, stepped: bool) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), claimed, locks, stepped }
    }

    pub(super) fn next(&mut self) -> Operation {
        loop {
            let operation = match self.random.u8(..100) {
                0..75 => self.single(),
                75..80 => self.batch(),
                80..82 => Some(self.clear()).filter(|_| self.claimed.clear),
                82..90 => Some(self.advance()).filter(|_| self.stepped),
                _ => Some(self.lock()).filter(|_| self.locks),
            };
            if let Some(operation) = operation {
                return operation;
            }
        }
    }

    fn single(&mut self) -> Option<Operation> {
        let (key, claimed) = (self.key(), self.claimed);
        match self.random.u8(..20) {
            0..4 => Some(Operation::Get(key)),
            4 => Some(Operation::Contains(key)),
            5..10 => Some(Operation::Set(self.write())),
            10..12 => Some(Operation::Delete(key)),
            12 => claimed.take.then_some(Operation::Take(key)),
            13..15 => claimed.versions.then_some(Operation::Entry(key)),
            15 => claimed.versions.then(|| Operation::SetIfVersion(key, self.value())),
            16 => claimed.lifetimes.then_some(Operation::Ttl(key)),
            17 => claimed.lifetimes.then(|| Operation::Touch(key, self.ttl())),
            _ => claimed.increment.then(|| Operation::Increment(key, self.delta(), self.ttl())),
        }
    }

    fn batch(&mut self) -> Option<Operation> {
        let length = self.random.usize(..6);
        Some(match self.random.u8(..3) {
            0 => Operation::GetMany((0..length).map(|_| self.key()).collect()),
            1 => Operation::SetMany((0..length).map(|_| self.write()).collect()),
            _ => Operation::DeleteMany((0..length).map(|_| self.key()).collect()),
        })
    }

    fn clear(&mut self) -> Operation {
        match self.random.usize(..PREFIXES.len() + 1) {
            prefix if prefix < PREFIXES.len() => Operation::Clear(prefix),
            _ => Operation::ClearAll,
        }
    }

    fn advance(&mut self) -> Operation {
        let millis = [1, 1, 1, 2, 3, 499, 500, 999, 1_000, 60_000];
        Operation::Advance(Duration::from_millis(self.one_of(&millis)))
    }

    fn lock(&mut self) -> Operation {
        let (lock, owner) = (self.random.usize(..LOCKS.len()), self.random.u8(..3));
        match self.random.u8(..8) {
            0..3 => {
                let holder = self.one_of(&["", "worker", "\u{e9}\0"]);
                Operation::Acquire { lock, owner, ttl: self.lifetime(), holder }
            }
            3..5 => Operation::Extend { lock, owner, ttl: self.lifetime() },
            5..7 => Operation::Release { lock, owner },
            _ => Operation::Inspect { lock },
        }
    }

    fn write(&mut self) -> Write {
        let condition = match self.random.u8(..8) {
            0 if self.claimed.conditions => When::Absent,
            1 if self.claimed.conditions => When::Present,
            2 if self.claimed.conditions => When::Equals(self.value()),
            _ => When::Always,
        };
        Write { key: self.key(), value: self.value(), ttl: self.ttl(), condition }
    }

    fn key(&mut self) -> usize {
        self.random.usize(..KEYS.len())
    }

    fn value(&mut self) -> Bytes {
        let values: [&'static [u8]; 14] = [
            b"",
            b"0",
            b"1",
            b"-7",
            b"41",
            b"01",
            b"-0",
            b"+1",
            b"9223372036854775807",
            b"-9223372036854775808",
            b"9223372036854775808",
            b"text",
            b"\0\xff\r\n",
            RESERVED_MARKER,
        ];
        Bytes::from_static(self.one_of(&values))
    }

    fn delta(&mut self) -> i64 {
        self.one_of(&[0, 1, 1, 1, -1, 5, -100, i64::MAX, i64::MIN])
    }

    fn ttl(&mut self) -> Ttl {
        if self.random.u8(..3) == 0 { Ttl::Never } else { Ttl::After(self.lifetime()) }
    }

    /// A lifetime: of every edge where time is stepped, else one that does not end meanwhile.
    fn lifetime(&mut self) -> Duration {
        const HOUR: u64 = 60 * 60;
        if !self.stepped {
            let lifetimes = [0, 10 * HOUR, 20 * HOUR, u64::MAX];
            return Duration::from_secs(self.one_of(&lifetimes));
        }
        let nanos = [
            0,
            1,
            999_999,
            1_000_000,
            1_000_001,
            2_000_000,
            3_500_000,
            499_000_000,
            500_000_000,
            999_999_999,
            1_000_000_000,
            1_500_000_000,
            60_000_000_000,
        ];
        match self.random.usize(..nanos.len() + 1) {
            choice if choice < nanos.len() => Duration::from_nanos(nanos[choice]),
            _ => Duration::MAX,
        }
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random.usize(..choices.len())]
    }
}
