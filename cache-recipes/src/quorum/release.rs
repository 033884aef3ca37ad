//! How what servers may have granted is given back.

use cache_core::{Error, LockName, Released, Token};

use super::Quorum;
use super::aliases::{Alias, Aliases};
use super::round::{Order, Round, Server};

/// What is released on servers.
pub(super) struct Release<'a> {
    pub(super) aliases: &'a Aliases,
    pub(super) name: LockName<'a>,
    pub(super) owner: Token,
}

impl Quorum {
    /// Asks servers to release what they know an owner by. Where one does not say whether it has, it
    /// is in doubt.
    pub(super) fn start_release<'s>(
        &self,
        servers: impl IntoIterator<Item = &'s Server>,
        name: &str,
        owner: Token,
        alias: Alias,
    ) -> Result<Round<Released>, Error> {
        let (order, aliases) = (Order::Behind(&self.turns, alias.token), &self.aliases);
        Round::start(servers, self.call_limit, &order, |server| {
            let (name, aliases) = (Box::<str>::from(name), aliases.clone());
            async move {
                let release = Release { aliases: &aliases, name: LockName::new(&name)?, owner };
                // What is in use first: only that is sure to be held anywhere.
                let answer = release.of(&server, alias).await;
                release.earlier(&server, alias).await.and(answer)
            }
        })
    }
}

impl Release<'_> {
    /// Releases what an earlier alias may hold on a server.
    ///
    /// # Errors
    /// Where the server has not said that it has; it is in doubt as before.
    pub(super) async fn earlier(&self, server: &Server, alias: Alias) -> Result<(), Error> {
        while let Some(earlier) = self.aliases.earlier(server.index, self.owner, alias) {
            self.of(server, earlier).await?;
        }
        Ok(())
    }

    async fn of(&self, server: &Server, alias: Alias) -> Result<Released, Error> {
        let doubt = self.aliases.doubt(server.index, self.owner, alias);
        let answer = server.locks.release(self.name, alias.token).await;
        if is_answered(&answer) {
            doubt.settle();
        }
        answer
    }
}

/// Whether a server has said that the alias has nothing there any more.
pub(super) const fn is_answered(answer: &Result<Released, Error>) -> bool {
    matches!(answer, Ok(Released::Released | Released::NotOwner))
}
