//! One question to several servers at once.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Error, ErrorKind, LockBackend, Token};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::turns::Turns;
use crate::clock::{later, now, until};

/// A server by its place among the others.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) index: usize,
    pub(super) locks: Arc<dyn LockBackend>,
}

/// The answers of servers, as they come. Dropped, it stops the calls that have no answer yet.
pub(super) struct Round<T>(JoinSet<(usize, Result<T, Error>)>);

impl<T: Send + 'static> Round<T> {
    /// Asks each server, when earlier calls of the token there have ended; one that does not answer
    /// within the limit from then on has timed out.
    ///
    /// # Errors
    /// `Config` outside of a runtime of tokio.
    pub(super) fn start<'s, F>(
        servers: impl IntoIterator<Item = &'s Server>,
        limit: Duration,
        of: Option<(&Turns, Token)>,
        call: impl Fn(Server) -> F,
    ) -> Result<Self, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|_| {
            let problem = "a quorum needs a runtime of tokio; call from inside of one";
            Error::not_applied(ErrorKind::Config, problem)
        })?;
        let mut tasks = JoinSet::new();
        for server in servers {
            let (index, asking) = (server.index, call(server.clone()));
            let mut turn = of.map(|(turns, token)| turns.join(index, token));
            let asked = async move {
                if let Some(turn) = &mut turn {
                    turn.comes().await;
                }
                let answer = until(later(now(), limit), asking).await;
                drop(turn);
                (index, answer.unwrap_or_else(|| Err(no_answer())))
            };
            tasks.spawn_on(asked, &runtime);
        }
        Ok(Self(tasks))
    }

    /// The next answer, and whose it is; `None` when all have answered or timed out.
    pub(super) async fn next(&mut self) -> Option<(Option<usize>, Result<T, Error>)> {
        Some(match self.0.join_next().await? {
            Ok((index, answer)) => (Some(index), answer),
            Err(_) => {
                let problem = "the call of a server panicked";
                (None, Err(Error::unknown(ErrorKind::Corrupt, problem)))
            }
        })
    }

    /// Lets the calls that have no answer yet go on without anybody waiting for them.
    pub(super) fn finish_alone(mut self) {
        self.0.detach_all();
    }
}

fn no_answer() -> Error {
    let problem = "a server of the quorum did not answer within the call limit";
    Error::unknown(ErrorKind::Timeout, problem)
}
