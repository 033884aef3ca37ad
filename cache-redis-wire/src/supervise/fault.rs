//! What the supervision itself answers when a call fails.

use std::time::Duration;

use cache_core::{Effect, Error, ErrorKind};

use super::Call;
use crate::clock::Over;
use crate::options::Settings;
use crate::reply::Lost;

/// Makes the errors of one call.
#[derive(Clone, Copy)]
pub(crate) struct Fault<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) backend: &'static str,
    pub(crate) call: Call,
}

impl Fault<'_> {
    pub(crate) fn stopped(self) -> Error {
        Error::stopped(self.backend, self.call.operation)
    }

    pub(crate) fn overloaded(self) -> Error {
        let most = self.settings.max_in_flight();
        let problem = format!(
            "{most} calls are under way, as many as `max_in_flight` allows; send less, or later"
        );
        self.named(Error::not_applied(ErrorKind::Overloaded, problem))
    }

    /// An earlier step took the whole deadline, and this one was not sent.
    pub(crate) fn too_late(self) -> Error {
        let deadline = self.settings.deadline();
        let problem = format!("the deadline of {deadline:?} was over before all of it was sent");
        self.named(Error::not_applied(ErrorKind::Timeout, problem))
    }

    /// Another call kept the connection that only one may use.
    pub(crate) fn no_turn(self, over: Over) -> Error {
        let problem = format!(
            "calls that wait for replicas took the whole deadline of {:?}; send less, or later",
            self.settings.deadline()
        );
        self.unsent(over, ErrorKind::Overloaded, problem)
    }

    pub(crate) fn no_connection(self, over: Over) -> Error {
        let problem = format!(
            "no connection to {} within {:?}; {}",
            self.settings.address(),
            self.settings.deadline(),
            what_to_ask(self.settings)
        );
        self.unsent(over, ErrorKind::Unavailable, problem)
    }

    fn unsent(self, over: Over, kind: ErrorKind, problem: String) -> Error {
        self.named(match over {
            Over::Elapsed => Error::not_applied(kind, problem),
            Over::NoRuntime => no_runtime(),
        })
    }

    /// The attempt to connect that the call waited for, or that was the last, failed.
    pub(crate) fn refused(self, error: Error) -> Error {
        self.named(error.with_effect(Effect::NotApplied))
    }

    pub(crate) fn lost(self, lost: Lost) -> Error {
        let address = self.settings.address();
        match lost {
            Lost::NotSent => {
                let problem = format!("the connection to {address} was closed before; try again");
                self.named(Error::not_applied(ErrorKind::Unavailable, problem))
            }
            Lost::Broken => {
                let problem = format!("the connection to {address} broke before the answer came");
                self.sent(ErrorKind::Unavailable, problem)
            }
            Lost::Garbage => {
                let problem =
                    format!("{address} answered what is no answer; is it a Redis server?");
                self.sent(ErrorKind::Corrupt, problem)
            }
        }
    }

    pub(crate) fn unanswered(self, over: Over) -> Error {
        match over {
            Over::Elapsed => {
                let (address, deadline) = (self.settings.address(), self.settings.deadline());
                let problem = format!("no answer from {address} within {deadline:?}");
                self.sent(ErrorKind::Timeout, problem)
            }
            Over::NoRuntime => {
                let problem = no_runtime();
                self.sent(problem.kind(), problem.detail().to_owned())
            }
        }
    }

    /// A call without effect leaves nothing unknown.
    fn sent(self, kind: ErrorKind, problem: String) -> Error {
        self.named(if self.call.reads_only {
            Error::not_applied(kind, problem)
        } else {
            Error::unknown(kind, problem)
        })
    }

    fn named(self, error: Error) -> Error {
        error.with_operation(self.call.operation).with_backend(self.backend)
    }
}

/// The driver did not connect in time.
pub(crate) fn dial_timed_out(settings: &Settings) -> Error {
    let problem = format!(
        "no connection to {} within the `connect_timeout` of {:?}; {}",
        settings.address(),
        settings.connect_timeout(),
        what_to_ask(settings)
    );
    Error::not_applied(ErrorKind::Unavailable, problem)
}

/// A server without TLS takes the first words of TLS for the beginning of a command, and waits.
fn what_to_ask(settings: &Settings) -> &'static str {
    match settings.tls() {
        None => "is it the right address, and the server up?",
        Some(_) => "is it the right address, the server up, and does it speak TLS?",
    }
}

/// A connection was lost before anything was answered on it.
pub(crate) fn never_answered(settings: &Settings) -> Error {
    let problem = format!("{} accepted a connection and answered nothing", settings.address());
    Error::not_applied(ErrorKind::Unavailable, problem)
}

/// The runtimes on which it was dialled ended, several times in one call.
pub(crate) fn dials_ended(settings: &Settings) -> Error {
    let problem = format!(
        "connecting to {} was broken off again and again; is a runtime shutting down?",
        settings.address()
    );
    Error::not_applied(ErrorKind::Unavailable, problem)
}

/// An attempt failed a while ago, and the next is not due.
pub(crate) fn not_due(last: &Error, ago: Duration, due_in: Duration) -> Error {
    let (ago, due_in) = (ago.as_millis(), due_in.as_millis());
    let problem =
        format!("{}; tried {ago} ms ago, and again in {due_in} ms at the earliest", last.detail());
    last.clone().with_detail(problem)
}

pub(crate) fn no_runtime() -> Error {
    Error::not_applied(
        ErrorKind::Config,
        "there is no Tokio runtime with time and input turned on, or it has ended; call from inside \
         of one, built with `enable_all`",
    )
}
