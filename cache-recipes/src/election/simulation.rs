//! Elections in simulated time: clocks of different rates, and a backend that delays, loses, fails
//! and hangs. The machines are those of the real driver; this is another driver.

mod backend;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use proptest::prelude::*;

use self::backend::{Answer, Backend, Call, What};
use crate::LossReason;
use crate::clock::{Moment, now};
use crate::locks::claim::{Asking, Failure, Lease, NextAsk, NextStep, Patience, Terms, Wait};

/// True time, in µs.
type Time = u64;

/// One world: what it is like, and what happens in it follows from the seed.
#[derive(Debug, Clone)]
struct World {
    seed: u64,
    candidates: usize,
    ttl: Duration,
    has_margin: bool,
    /// How much faster or slower than true time each clock may be, in millionths.
    rates: u32,
    /// How often a message is lost, in percent, and how often one takes up to three TTLs.
    lost: u8,
    late: u8,
    /// How often the backend hangs or fails for up to two TTLs, in 1/1000 of its calls.
    troubles: u16,
}

fn worlds() -> impl Strategy<Value = World> {
    let ttl = prop_oneof![Just(10), Just(100), Just(1_000), Just(15_000)];
    let faults = (0..30_u8, 0..20_u8, 0..10_u16);
    (any::<u64>(), 2..6_usize, ttl, any::<bool>(), 0..5_000_u32, faults).prop_map(
        |(seed, candidates, ttl, has_margin, rates, (lost, late, troubles))| World {
            seed,
            candidates,
            ttl: Duration::from_millis(ttl),
            has_margin,
            rates,
            lost,
            late,
            troubles,
        },
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A candidate looks at what is due, unless it has set itself another time since.
    Look(usize, u64),
    /// A call is given up, if it has no answer.
    GiveUp(usize, u64),
    Arrives(Call),
    Answer(Call, Answer),
    /// A candidate is told that something changed.
    Told(usize),
    /// In the life that has this token, it resigns, or crashes and forgets everything.
    Resign(usize, u64),
    Crash(usize, u64),
}

struct Clock {
    base: Moment,
    /// µs of this clock for a million of true time.
    rate: u64,
}

impl Clock {
    fn at(&self, time: Time) -> Moment {
        self.base + Duration::from_micros(time * self.rate / 1_000_000)
    }

    /// The first µs of true time at which this clock shows the moment.
    fn when(&self, moment: Moment) -> Time {
        let local = u64::try_from((moment - self.base).as_nanos().div_ceil(1_000)).unwrap();
        (local * 1_000_000).div_ceil(self.rate) + 1
    }
}

enum Phase {
    Asking(Asking),
    Leading(Lease),
}

struct Candidate {
    clock: Clock,
    phase: Phase,
    token: u64,
    /// The call that has no answer yet, and when it went out.
    call: Option<(Call, Moment)>,
    next_look: u64,
}

struct Simulation {
    world: World,
    terms: Terms,
    random: fastrand::Rng,
    time: Time,
    events: BinaryHeap<Reverse<(Time, u64, Event)>>,
    sequence: u64,
    candidates: Vec<Candidate>,
    backend: Backend,
    last_term: u64,
    elections: u64,
    lost_terms: u64,
}

impl Simulation {
    fn new(world: World) -> Self {
        let mut random = fastrand::Rng::with_seed(world.seed);
        let margin = if world.has_margin { world.ttl / 10 } else { Duration::ZERO };
        let (ttl, call_limit) = (world.ttl, Duration::from_secs(1));
        let terms = Terms { ttl, max_hold: None, margin, call_limit };
        let rates = u64::from(world.rates);
        let mut rate = || 1_000_000 - rates + random.u64(0..=2 * rates);
        let backend = Backend { rate: rate(), ..Backend::default() };
        let clocks: Vec<_> = (0..world.candidates).map(|_| rate()).collect();
        let candidates = clocks.into_iter().map(|rate| Candidate {
            clock: Clock { base: now(), rate },
            phase: Phase::Asking(asking(terms)),
            token: 0,
            call: None,
            next_look: 0,
        });
        let candidates = candidates.collect();
        let (events, time, sequence) = (BinaryHeap::new(), 0, 0);
        let mut simulation = Self {
            world,
            terms,
            random,
            time,
            events,
            sequence,
            candidates,
            backend,
            last_term: 0,
            elections: 0,
            lost_terms: 0,
        };
        for candidate in 0..simulation.candidates.len() {
            simulation.begin(candidate);
        }
        simulation
    }

    fn run_until(&mut self, end: Time) {
        while let Some(Reverse((time, _, event))) = self.events.pop() {
            if time > end {
                return;
            }
            self.time = time;
            self.handle(event);
            self.check();
        }
    }

    /// Never two that lead, and none that claims more than it has.
    fn check(&self) {
        let mut leaders = 0;
        for candidate in &self.candidates {
            let Phase::Leading(lease) = &candidate.phase else { continue };
            if candidate.clock.at(self.time) >= lease.valid_until() {
                continue;
            }
            leaders += 1;
            assert_eq!(self.backend.owner, Some(candidate.token), "leads without the lease");
            let claims = candidate.clock.when(lease.valid_until());
            assert!(claims < self.backend.until, "claims {claims} of {}", self.backend.until);
        }
        assert!(leaders < 2, "{leaders} lead at {} µs", self.time);
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Look(i, number) if self.candidates[i].next_look != number => {}
            Event::Look(i, _) => self.look(i),
            Event::Arrives(call) => self.arrives(call),
            Event::Told(i) => {
                let now = self.now(i);
                if let Phase::Asking(asking) = &mut self.candidates[i].phase {
                    asking.woken(now);
                }
                self.look(i);
            }
            Event::GiveUp(i, number) => {
                if self.candidates[i].call.is_some_and(|(call, _)| call.number == number) {
                    self.answered(i, None);
                }
            }
            Event::Answer(call, answer) => {
                let waits = self.candidates[call.from].call;
                if waits.is_some_and(|(waits, _)| waits.number == call.number) {
                    self.answered(call.from, Some(answer));
                }
            }
            Event::Resign(i, token) | Event::Crash(i, token)
                if self.candidates[i].token != token => {}
            Event::Resign(i, _) => {
                let now = self.now(i);
                match &mut self.candidates[i].phase {
                    Phase::Leading(lease) => lease.lost(now, LossReason::Released),
                    Phase::Asking(_) => {}
                }
                self.candidates[i].call = None;
                self.look(i);
            }
            Event::Crash(i, _) => self.begin(i),
        }
    }

    fn now(&self, i: usize) -> Moment {
        self.candidates[i].clock.at(self.time)
    }

    /// A new life of a candidate, that knows nothing of an earlier one.
    fn begin(&mut self, i: usize) {
        let now = self.now(i);
        let mut asking = asking(self.terms);
        asking.woken(now);
        self.sequence += 1;
        let candidate = &mut self.candidates[i];
        (candidate.phase, candidate.token, candidate.call) =
            (Phase::Asking(asking), self.sequence, None);
        let life = 20 * micros(self.terms.ttl);
        let ends = self.time + self.random.u64(0..life);
        let is_crash = self.random.bool();
        let token = self.candidates[i].token;
        self.at(ends, if is_crash { Event::Crash(i, token) } else { Event::Resign(i, token) });
        self.look(i);
    }

    fn look(&mut self, i: usize) {
        if self.candidates[i].call.is_some() {
            return;
        }
        let now = self.now(i);
        match &mut self.candidates[i].phase {
            Phase::Asking(asking) => match asking.next(now) {
                NextAsk::Ask { until } => self.call(i, What::Acquire, until),
                NextAsk::Wait { until } => {
                    let until = until.expect("a candidate has a timer after its first ask");
                    self.look_at(i, until);
                }
                NextAsk::GiveUp(refusal) => panic!("a candidate gave up: {refusal:?}"),
            },
            Phase::Leading(lease) => match lease.next(now) {
                NextStep::Renew { ttl, until } => self.call(i, What::Extend(micros(ttl)), until),
                NextStep::Wait { until } => {
                    self.look_at(i, until);
                }
                NextStep::Over(_) => {
                    self.lost_terms += 1;
                    self.send(i, What::Release);
                    self.begin(i);
                }
            },
        }
    }

    fn look_at(&mut self, i: usize, until: Moment) {
        self.sequence += 1;
        let number = self.sequence;
        self.candidates[i].next_look = number;
        self.at(self.candidates[i].clock.when(until), Event::Look(i, number));
    }

    fn call(&mut self, i: usize, what: What, until: Moment) {
        let now = self.now(i);
        let call = self.send(i, what);
        self.candidates[i].call = Some((call, now));
        let given_up = self.candidates[i].clock.when(until);
        self.at(given_up, Event::GiveUp(i, call.number));
    }

    fn send(&mut self, i: usize, what: What) -> Call {
        self.sequence += 1;
        let call = Call { from: i, number: self.sequence, token: self.candidates[i].token, what };
        if let Some(delay) = self.delay() {
            self.at(self.time + delay, Event::Arrives(call));
        }
        call
    }

    /// How long a message takes; `None` where it is lost.
    fn delay(&mut self) -> Option<Time> {
        let ttl = micros(self.terms.ttl);
        if self.random.u8(0..100) < self.world.lost {
            return None;
        }
        let most = if self.random.u8(0..100) < self.world.late { 3 * ttl } else { ttl / 20 };
        Some(self.random.u64(1..=most))
    }

    fn arrives(&mut self, call: Call) {
        let ttl = micros(self.terms.ttl);
        if self.random.u16(0..1_000) < self.world.troubles {
            let until = self.time + self.random.u64(0..2 * ttl);
            if self.random.bool() {
                self.backend.hangs_until = until;
            } else {
                self.backend.fails_until = until;
            }
        }
        if self.time < self.backend.hangs_until {
            return self.at(self.backend.hangs_until, Event::Arrives(call));
        }
        let answer = if self.time < self.backend.fails_until {
            Answer::Failed
        } else {
            self.backend.answer(call, ttl, self.time)
        };
        if let Some(delay) = self.delay() {
            self.at(self.time + delay, Event::Answer(call, answer));
        }
        for i in 0..self.candidates.len() {
            if let (Answer::Done, Some(delay)) = (answer, self.delay()) {
                self.at(self.time + delay, Event::Told(i));
            }
        }
    }

    fn answered(&mut self, i: usize, answer: Option<Answer>) {
        let Some((_, sent)) = self.candidates[i].call.take() else { return };
        let (now, terms) = (self.now(i), self.terms);
        let jitter = Duration::from_micros(self.random.u64(1_000..5_000));
        let is_eventful = self.random.bool();
        let candidate = &mut self.candidates[i];
        match (&mut candidate.phase, answer) {
            (Phase::Asking(asking), Some(Answer::Granted { fence, left })) => {
                let lease = Lease::granted(terms, sent, now, Duration::from_micros(left));
                if lease.valid_until() <= now {
                    asking.failed(now, Failure::Unknown);
                } else {
                    candidate.phase = Phase::Leading(lease);
                    self.elected(fence);
                }
            }
            (Phase::Asking(asking), Some(Answer::Held { left })) => {
                asking.held(now, Duration::from_micros(left), is_eventful, jitter);
            }
            (Phase::Asking(asking), Some(Answer::Failed)) => asking.failed(now, Failure::Passing),
            (Phase::Asking(asking), _) => asking.failed(now, Failure::Unknown),
            (Phase::Leading(lease), Some(Answer::Done)) => lease.extended(sent, now, terms.ttl),
            (Phase::Leading(lease), Some(Answer::NotOwner)) => {
                lease.lost(now, LossReason::NotOwner);
            }
            (Phase::Leading(lease), _) => lease.not_extended(now),
        }
        self.look(i);
    }

    fn elected(&mut self, term: u64) {
        assert!(term > self.last_term, "term {term} after {}", self.last_term);
        self.last_term = term;
        self.elections += 1;
    }

    fn at(&mut self, time: Time, event: Event) {
        self.sequence += 1;
        self.events.push(Reverse((time.max(self.time), self.sequence, event)));
    }
}

fn asking(terms: Terms) -> Asking {
    Asking::new(terms, Patience { wait: Wait::ForEver, failures: None })
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap()
}

/// TTLs that a world lasts.
const LIFE: u32 = 1_000;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 32 } else { 256 },
        max_shrink_iters: 32,
        ..ProptestConfig::default()
    })]

    /// Clocks differ by up to 1 %, which is what drift allows for.
    #[test]
    fn never_two_lead_at_an_instant_and_terms_only_rise(world in worlds()) {
        let end = micros(world.ttl * LIFE);
        let mut simulation = Simulation::new(world);
        simulation.run_until(end);
        prop_assert!(simulation.elections > 0, "{} elections", simulation.elections);
    }
}

/// The simulated time of the long run, in seconds.
const LONG: u64 = 100_000;

#[test]
fn never_two_lead_in_100_000_s() {
    let (mut seconds, mut elections, mut lost_terms) = (0, 0, 0);
    for seed in 0.. {
        let world = World {
            seed,
            candidates: 2 + seed as usize % 4,
            ttl: Duration::from_secs(15),
            has_margin: seed % 2 == 0,
            rates: 4_999,
            lost: seed as u8 % 20,
            late: seed as u8 % 15,
            troubles: seed as u16 % 8,
        };
        let mut simulation = Simulation::new(world);
        simulation.run_until(10_000_000_000);
        seconds += 10_000;
        elections += simulation.elections;
        lost_terms += simulation.lost_terms;
        if seconds >= LONG {
            break;
        }
    }
    println!(
        "{seconds} s, {elections} elections, {lost_terms} terms that ended otherwise than by a crash"
    );
    assert!(elections > 500, "{elections} elections");
}
