//! Files that one process or thread holds at a time. The system lets go of them when it ends.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// A locked file. Dropping it, however the process ends, unlocks it.
#[derive(Debug)]
pub(crate) struct FileLock {
    pub(crate) file: File,
}

impl FileLock {
    /// Whether this path still leads to the file, and not to a later one or none.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        let identity = |data: Metadata| (data.dev(), data.ino());
        let ours = self.file.metadata().map(identity).ok();
        ours.is_some() && ours == std::fs::metadata(path).map(identity).ok()
    }
}

/// Locks a file, which is made if need be; `None` where another has it.
pub(crate) fn try_lock(path: &Path) -> io::Result<Option<FileLock>> {
    let file = open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(FileLock { file })),
        Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Locks a file, and blocks the thread until no other has it.
pub(crate) fn lock(path: &Path) -> io::Result<FileLock> {
    let file = open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(FileLock { file })
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locked_file_is_nobody_elses_until_it_is_dropped() {
        let path = std::env::temp_dir().join(format!("redis-fixture-lock-{}", std::process::id()));
        let first = try_lock(&path).unwrap();
        assert!(first.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(first);
        assert!(lock(&path).is_ok());
        std::fs::remove_file(path).unwrap();
    }
}
