//! Several locks that are held together.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use cache_core::{Error, ErrorKind, Fence, Released};

use super::attempt::{take, try_take};
use super::guard::Guard;
use super::hub::Hub;
use super::{LockLost, LockOptions, checked};
use crate::race::{First, race};

/// Locks that were taken together: held while all of them are.
///
/// Dropping it gives all of them back in the background.
#[must_use = "the locks are given back when the guards are dropped"]
pub struct Guards(Vec<Guard>);

/// Takes all of the names in the order of their bytes; the inner error is the name that others
/// hold.
pub(super) async fn take_all<'n>(
    hub: &Arc<Hub>,
    names: BTreeSet<Cow<'n, str>>,
    options: &LockOptions,
    waits: bool,
) -> Result<Result<Guards, Cow<'n, str>>, Error> {
    let Some(first) = names.first() else {
        let problem = "no lock name is given; give one or more";
        let error = Error::not_applied(ErrorKind::InvalidInput, problem);
        return Err(error.with_operation("acquire"));
    };
    // One wish for all: the wait limit begins once.
    let wish = options.wish(checked(first, "acquire")?, waits)?;
    for name in &names {
        checked(name, "acquire")?;
    }
    let mut guards = Guards(Vec::with_capacity(names.len()));
    for name in names {
        let lock_name = checked(&name, "acquire")?;
        let taking = async {
            if waits {
                take(hub, lock_name, &wish).await
            } else {
                try_take(hub, lock_name, &wish).await
            }
        };
        match guards.run(taking).await?? {
            Some(guard) => guards.0.push(guard),
            None => return Ok(Err(name)),
        }
    }
    Ok(Ok(guards))
}

impl Guards {
    /// The names that are held, in the order of their bytes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Guard::name)
    }

    /// The guards of the single locks, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Guard> {
        self.0.iter()
    }

    /// The number of the grant of one of the names; `None` for a name that is not among them, and
    /// where the backend has no fences.
    pub fn fence(&self, name: &str) -> Option<Fence> {
        self.0.iter().find(|guard| guard.name() == name)?.fence()
    }

    /// For how long all of them are surely held yet; zero once one may not be.
    pub fn remaining(&self) -> Duration {
        self.0.iter().map(Guard::remaining).min().unwrap_or_default()
    }

    /// Waits until one of them is lost, as [`Guard::lost`] does.
    ///
    /// Dropping the future has no effect.
    pub fn lost(&self) -> impl Future<Output = LockLost> + Send + use<> {
        let mut waiting: Vec<Pin<Box<dyn Future<Output = LockLost> + Send>>> =
            self.0.iter().map(|guard| Box::pin(guard.lost()) as _).collect();
        poll_fn(move |context| {
            let polled = waiting.iter_mut().find_map(|lost| match lost.as_mut().poll(context) {
                Poll::Ready(lost) => Some(lost),
                Poll::Pending => None,
            });
            polled.map_or(Poll::Pending, Poll::Ready)
        })
    }

    /// Runs a future for as long as all of the locks are held, as [`Guard::run`] does.
    ///
    /// Dropping this future drops the one inside. The guards stay.
    ///
    /// # Errors
    /// [`LockLost`](ErrorKind::LockLost) where one of them was lost before the future ended.
    pub async fn run<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        match race(self.lost(), future).await {
            First::Left(lost) => Err(lost.into_error().with_operation("run")),
            First::Right(output) => Ok(output),
        }
    }

    /// Gives all of them back, the last taken first; for each the name and what came of it, as
    /// [`Guard::release`] answers.
    ///
    /// Dropping the future leaves those that are left to the background.
    pub async fn release(mut self) -> Vec<(Box<str>, Result<Released, Error>)> {
        let mut answers = Vec::with_capacity(self.0.len());
        while let Some(guard) = self.0.pop() {
            let name = guard.name().into();
            answers.push((name, guard.release().await));
        }
        answers
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
