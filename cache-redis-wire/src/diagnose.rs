//! Looks at the server, and says what there would break a promise.

mod info;
mod judge;
mod rights;

use std::time::Duration;

use cache_core::{Diagnose, Diagnosis, Error, Reply};

use self::info::Info;
use crate::backend::Redis;
use crate::clock;
use crate::command::Command;
use crate::driver::Driver;
use crate::reply::Answer;
use crate::supervise::{Call, Lane};

const CALL: Call = Call { operation: "diagnose", reads_only: true };

/// How often the round trip is measured. The median of so few is steady enough to tell a server nearby
/// from one far away.
const ROUNDS: usize = 7;

/// The settings that a judgement needs and `INFO` does not show.
const CONFIG: &[&str] = &["save", "appendonly", "maxmemory", "maxmemory-policy"];

impl<D: Driver> Diagnose for Redis<D> {
    /// About a dozen round trips, one after another, each within the deadline. No entry and no lock is
    /// changed: writes are such that the server refuses them for their arguments, or that find
    /// nothing.
    fn diagnose(&self) -> Reply<'_, Diagnosis> {
        Reply::pending(async {
            let look = self.look().await;
            look.map_err(|error| self.named(error, CALL))
        })
    }
}

impl<D: Driver> Redis<D> {
    async fn look(&self) -> Result<Diagnosis, Error> {
        let round_trip = self.round_trip().await?;
        let info = match self.look_by(Command::new("INFO", 0)).await? {
            Answer::Bytes(text) => Some(Info::read(&String::from_utf8_lossy(&text))),
            _ => None,
        };
        let config = self.config().await?;
        let clock = self.clock().await?;
        let (needed, probes): (Vec<_>, Vec<_>) = rights::probes().unzip();
        // All at once: what a replica refuses costs one connection then, and not one each.
        let answers = self.link.pipeline(Lane::Cache, CALL, probes).await?;
        let mut diagnosis = Diagnosis::new();
        judge::connection(&mut diagnosis, &self.settings, round_trip);
        judge::server(&mut diagnosis, info.as_ref());
        judge::config(&mut diagnosis, config.is_some());
        judge::eviction(&mut diagnosis, info.as_ref(), config.as_ref());
        judge::persistence(&mut diagnosis, info.as_ref(), config.as_ref());
        judge::clock(&mut diagnosis, clock);
        rights::judge(&mut diagnosis, needed.into_iter().zip(&answers));
        Ok(diagnosis)
    }

    /// The median of a few.
    async fn round_trip(&self) -> Result<Duration, Error> {
        let mut measured = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let sent = clock::now();
            // A right to PING may be missing; the refusal has made the same way.
            self.look_by(Command::new("PING", 0)).await?;
            measured.push(sent.elapsed());
        }
        measured.sort_unstable();
        Ok(measured[ROUNDS / 2])
    }

    /// The server's settings; `None` where this user may not read them.
    async fn config(&self) -> Result<Option<Info>, Error> {
        let mut command = Command::new("CONFIG", 1 + CONFIG.len()).word("GET");
        for name in CONFIG {
            command = command.word(name);
        }
        match self.look_by(command).await? {
            Answer::Array(pairs) => Ok(Some(Info::of_pairs(&pairs))),
            _ => Ok(None),
        }
    }

    /// The server's clock beside this machine's; `None` where it may not be asked.
    async fn clock(&self) -> Result<Option<judge::Clocks>, Error> {
        let before = clock::wall_millis();
        let answer = self.look_by(Command::new("TIME", 0)).await?;
        let after = clock::wall_millis();
        let server = judge::server_millis(&answer);
        Ok(server.map(|server| judge::Clocks { before, server, after }))
    }

    async fn look_by(&self, command: Command) -> Result<Answer, Error> {
        self.link.command(Lane::Cache, CALL, command).await
    }
}

#[cfg(test)]
mod tests;
