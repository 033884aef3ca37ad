//! One question to several servers at once.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Error, ErrorKind, LockBackend, Token};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::turns::{Turn, Turns};
use crate::clock::{later, now, until};

/// A server by its place among the others.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) index: usize,
    pub(super) locks: Arc<dyn LockBackend>,
}

/// Behind which calls a round waits.
pub(super) enum Order<'t> {
    /// None.
    Any,
    /// Those of a token: a call goes out however long they take.
    Behind(&'t Turns, Token),
    /// Those of a token, as long as it is worth it: a call that has not gone out within the limit
    /// never does. So those that are repeated do not pile up behind a server that hangs.
    BehindOrNever(&'t Turns, Token),
}

/// The answers of servers, as they come. Dropped, it stops the calls that have no answer yet.
pub(super) struct Round<T>(JoinSet<(usize, Result<T, Error>)>);

impl<T: Send + 'static> Round<T> {
    /// Asks each server, when its turn has come; one that does not answer within the limit from then
    /// on has timed out.
    ///
    /// # Errors
    /// `Config` outside of a runtime of tokio.
    pub(super) fn start<'s, F>(
        servers: impl IntoIterator<Item = &'s Server>,
        limit: Duration,
        order: &Order<'_>,
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
            let mut turn = order.join(index);
            let never = order.is_bounded().then(|| later(now(), limit));
            let asked = async move {
                if let Some(turn) = &mut turn {
                    match never {
                        Some(never) => {
                            if until(never, turn.comes()).await.is_none() {
                                return (index, Err(not_asked()));
                            }
                        }
                        None => turn.comes().await,
                    }
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

impl Order<'_> {
    fn join(&self, server: usize) -> Option<Turn> {
        match self {
            Self::Any => None,
            Self::Behind(turns, token) | Self::BehindOrNever(turns, token) => {
                Some(turns.join(server, *token))
            }
        }
    }

    const fn is_bounded(&self) -> bool {
        matches!(self, Self::BehindOrNever(..))
    }
}

fn not_asked() -> Error {
    let problem = "an earlier call to a server of the quorum has not ended within the call limit";
    Error::not_applied(ErrorKind::Timeout, problem)
}

fn no_answer() -> Error {
    let problem = "a server of the quorum did not answer within the call limit";
    Error::unknown(ErrorKind::Timeout, problem)
}
