//! Servers for a whole run of tests: started once, and taken in turn.

use std::path::{Path, PathBuf};

use crate::lease::pool::{LOCKS, SERVERS};
use crate::source::URL;
use crate::{Failure, Server, ServerOptions, source};

/// Servers that tests in other processes take by [`lease`](crate::lease()).
///
/// Dropping it removes them.
#[derive(Debug)]
pub struct Pool {
    servers: Vec<Server>,
    locks: PathBuf,
    description: String,
}

impl Drop for Pool {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.locks);
    }
}

impl Pool {
    /// Starts so many servers of an image, or as they are found. Where `REDIS_FIXTURE_URL` names a
    /// server, it starts none: that one serves all tests.
    ///
    /// # Errors
    ///
    /// Where there is no server.
    pub async fn start(count: usize, image: Option<&str>) -> Result<Self, Failure> {
        let locks = std::env::temp_dir().join(format!("redis-fixture-pool-{}", std::process::id()));
        std::fs::create_dir_all(&locks)
            .map_err(|error| Failure::new(format!("{}: {error}", locks.display())))?;
        let mut pool = Self { servers: Vec::new(), locks, description: String::new() };
        let named = std::env::var(URL).is_ok_and(|url| !url.is_empty());
        if named && image.is_none() {
            let server = crate::try_lease().await?;
            pool.description = format!("{} ({URL})", server.version().await?);
            return Ok(pool);
        }
        for _ in 0..count.max(1) {
            let mut options = ServerOptions::new();
            if let Some(image) = image {
                options = options.image(image);
            }
            pool.servers.push(options.start().await?);
        }
        let first = &pool.servers[0];
        pool.description = format!("{} ({})", first.version().await?, first.description());
        Ok(pool)
    }

    /// What the servers are, as `Redis 8.0.2 (Docker image cache-test/redis:8.0)`.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// How many servers were started.
    pub fn count(&self) -> usize {
        self.servers.len()
    }

    /// The variables by which the tests find the servers.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        if self.servers.is_empty() {
            return Vec::new();
        }
        let urls: Vec<_> = self.servers.iter().map(|server| server.url()).collect();
        vec![(SERVERS, urls.join(" ")), (LOCKS, self.locks().display().to_string())]
    }

    fn locks(&self) -> &Path {
        &self.locks
    }

    /// Removes what tests left behind that were killed.
    pub async fn sweep(&self) {
        crate::runtime::run(source::sweep()).await;
    }
}
