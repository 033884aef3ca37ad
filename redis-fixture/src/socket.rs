//! A directory of this machine in which a server puts a socket.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Failure;

/// Where a server listens in the file system: [`ServerOptions::socket`](crate::ServerOptions::socket).
///
/// The directory is removed with the last clone.
#[derive(Debug, Clone)]
pub struct SocketFile {
    directory: Arc<Directory>,
}

#[derive(Debug)]
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const NAME: &str = "redis.sock";

impl SocketFile {
    /// A place for a socket that nobody listens on yet.
    ///
    /// # Errors
    ///
    /// Where no directory can be made.
    pub fn new() -> Result<Self, Failure> {
        let name = format!("redis-fixture-socket-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let directory = Directory(std::env::temp_dir().join(name));
        let made = fs::create_dir_all(&directory.0)
            // In a container the server is another user.
            .and_then(|()| fs::set_permissions(&directory.0, Permissions::from_mode(0o777)));
        let failed = |error| Failure::new(format!("{}: {error}", directory.0.display()));
        made.map_err(failed)?;
        Ok(Self { directory: Arc::new(directory) })
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.directory.0.join(NAME)
    }

    /// The URL, without a login: `unix:///PATH`.
    pub fn url(&self) -> String {
        format!("unix://{}", self.path().display())
    }

    /// What the file is in.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory.0
    }

    /// What a server is told that finds the directory at a place.
    pub(crate) fn command_line(directory: &str) -> Vec<String> {
        let words = ["--unixsocket", &format!("{directory}/{NAME}"), "--unixsocketperm", "777"];
        words.map(str::to_owned).to_vec()
    }
}
