use std::sync::Arc;

use proptest::prelude::*;

use super::{Queue, Ticket};

/// What a waiter has been told.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    Nothing,
    /// It has been woken, and has not run since.
    Woken,
    /// It has the turn: it asks, or waits for its timer to ask again.
    Turn,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Join,
    /// The n-th waiter runs, if it was woken.
    Run(usize),
    /// The head, if it has the turn, is granted the name.
    Grant,
    /// A taker that does not wait is granted the name.
    PassBy,
    /// The n-th hold ends, be it the present one or one that was lost long ago.
    Free(usize),
    /// The n-th waiter is dropped, whatever it was doing.
    Leave(usize),
    Change,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Join),
        4 => (0..6_usize).prop_map(Step::Run),
        3 => Just(Step::Grant),
        1 => Just(Step::PassBy),
        3 => (0..4_usize).prop_map(Step::Free),
        3 => (0..6_usize).prop_map(Step::Leave),
        1 => Just(Step::Change),
    ];
    proptest::collection::vec(step, 1..60)
}

/// A queue, and what each of its waiters knows.
#[derive(Default)]
struct Model {
    queue: Queue<usize>,
    waiters: Vec<(Ticket, usize)>,
    told: Vec<Told>,
    holds: Vec<Ticket>,
    holder: Option<Ticket>,
}

impl Model {
    fn apply(&mut self, step: Step) {
        let woken = match step {
            Step::Join => {
                let number = self.told.len();
                self.told.push(Told::Nothing);
                let (ticket, woken) = self.queue.join(number);
                self.waiters.push((ticket, number));
                woken
            }
            Step::Run(n) => {
                if let Some((_, number)) = self.waiters.get(n)
                    && self.told[*number] == Told::Woken
                {
                    self.told[*number] = Told::Turn;
                }
                None
            }
            Step::Grant => {
                if let Some((ticket, number)) = self.waiters.first().copied()
                    && self.told[number] == Told::Turn
                {
                    self.queue.granted(ticket);
                    self.waiters.remove(0);
                    self.hold(ticket);
                }
                None
            }
            Step::PassBy => {
                let ticket = self.queue.pass_by();
                self.queue.granted(ticket);
                self.hold(ticket);
                None
            }
            Step::Free(n) if n < self.holds.len() => {
                let ticket = self.holds.remove(n);
                self.holder.take_if(|holder| *holder == ticket);
                self.queue.freed(ticket)
            }
            Step::Leave(n) if n < self.waiters.len() => {
                let (ticket, _) = self.waiters.remove(n);
                self.queue.leave(ticket)
            }
            Step::Change => self.queue.changed(),
            Step::Free(_) | Step::Leave(_) => None,
        };
        if let Some(number) = woken {
            assert_eq!(self.waiters.first().map(|head| head.1), Some(number), "not the head");
            assert_eq!(self.holder, None, "woken for a name that is held here");
            self.told[number] = Told::Woken;
        }
    }

    fn hold(&mut self, ticket: Ticket) {
        self.holds.push(ticket);
        self.holder = Some(ticket);
    }

    /// Nobody waits for a name that is free without being told.
    fn check(&self) {
        if let (Some((_, head)), None) = (self.waiters.first(), self.holder) {
            assert_ne!(self.told[*head], Told::Nothing, "the wake-up was lost");
        }
        assert_eq!(self.queue.has_waiters(), !self.waiters.is_empty());
        assert_eq!(self.queue.waiters.len(), self.waiters.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_head_is_always_told_wherever_waiters_are_dropped(steps in steps()) {
        let mut model = Model::default();
        for step in steps {
            model.apply(step);
            model.check();
        }
    }

    #[test]
    fn turns_are_given_in_the_order_of_joining(steps in steps()) {
        let (mut model, mut last) = (Model::default(), 0);
        for step in steps {
            let is_grant = matches!(step, Step::Grant);
            let head = model.waiters.first().copied();
            model.apply(step);
            if let (true, Some((ticket, number))) = (is_grant, head)
                && model.holder == Some(ticket)
            {
                prop_assert!(number >= last);
                last = number;
            }
        }
    }
}

/// Threads under a scheduler that chooses each step, and finds every end in which somebody waits
/// and nobody will wake him.
///
/// The number of schedules is 20,000 in the optimised build and 1,000 in the other, or what the
/// variable `SHUTTLE_SCHEDULES` says.
mod schedules {
    use shuttle::sync::{Condvar, Mutex};
    use shuttle::thread;

    use super::*;

    #[derive(Default)]
    struct Turn {
        is_woken: Mutex<bool>,
        condition: Condvar,
    }

    impl Turn {
        fn wake(&self) {
            *self.is_woken.lock().unwrap() = true;
            self.condition.notify_one();
        }

        fn wait(&self) {
            let mut is_woken = self.is_woken.lock().unwrap();
            while !*is_woken {
                is_woken = self.condition.wait(is_woken).unwrap();
            }
            *is_woken = false;
        }
    }

    /// A name: its queue here, and who holds it at the backend.
    #[derive(Default)]
    struct Name {
        queue: Mutex<Queue<Arc<Turn>>>,
        is_held: Mutex<bool>,
    }

    impl Name {
        fn tell(&self, change: impl FnOnce(&mut Queue<Arc<Turn>>) -> Option<Arc<Turn>>) {
            let woken = change(&mut self.queue.lock().unwrap());
            if let Some(woken) = woken {
                woken.wake();
            }
        }

        /// What the backend answers.
        fn ask(&self) -> bool {
            !std::mem::replace(&mut *self.is_held.lock().unwrap(), true)
        }

        fn hold_and_release(&self, ticket: Ticket) {
            self.queue.lock().unwrap().granted(ticket);
            thread::yield_now();
            assert!(std::mem::replace(&mut *self.is_held.lock().unwrap(), false));
            self.tell(|queue| queue.freed(ticket));
        }

        /// Waits for its turns, and gives up after so many that came to nothing.
        fn take(&self, patience: usize) {
            let turn = Arc::new(Turn::default());
            let mut ticket = None;
            self.tell(|queue| {
                let (joined, woken) = queue.join(Arc::clone(&turn));
                ticket = Some(joined);
                woken
            });
            let ticket = ticket.unwrap();
            for _ in 0..patience {
                turn.wait();
                if self.ask() {
                    return self.hold_and_release(ticket);
                }
            }
            self.tell(|queue| queue.leave(ticket));
        }

        fn pass_by(&self) {
            let ticket = self.queue.lock().unwrap().pass_by();
            if self.ask() {
                self.hold_and_release(ticket);
            }
        }

        /// Another process: this one learns of what it does by events.
        fn elsewhere(&self) {
            if self.ask() {
                thread::yield_now();
                *self.is_held.lock().unwrap() = false;
                self.tell(|queue| queue.changed());
            }
        }
    }

    #[test]
    fn no_wake_up_is_lost_in_any_order_of_threads() {
        let schedules = std::env::var("SHUTTLE_SCHEDULES").ok();
        let most = if cfg!(debug_assertions) { 1_000 } else { 20_000 };
        let schedules = schedules.map_or(most, |number| number.parse().expect("a number"));
        let test = || {
            let name = Arc::new(Name::default());
            let parts: [fn(&Name); 6] = [
                |name| name.take(usize::MAX),
                |name| name.take(usize::MAX),
                |name| name.take(0),
                |name| name.take(1),
                Name::pass_by,
                Name::elsewhere,
            ];
            let threads = parts.map(|part| {
                let name = Arc::clone(&name);
                thread::spawn(move || part(&name))
            });
            for thread in threads {
                thread.join().unwrap();
            }
            assert!(!*name.is_held.lock().unwrap());
            assert!(!name.queue.lock().unwrap().has_waiters());
        };
        shuttle::check_random(test, schedules);
    }
}
