//! The distribution's package, unpacked under `target` without root.

use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

use super::process::{self, Program};
use super::{Found, Problem};
use crate::lock::lock;
use crate::{Server, ServerOptions};

const PACKAGE: &str = "redis-server";

/// What apt needs to know so that it installs nothing, and touches nothing but a directory of ours.
fn apt_options(directory: &Path) -> Vec<String> {
    let directory = directory.display();
    [
        format!("Dir::State={directory}/state"),
        "Dir::State::status=/var/lib/dpkg/status".to_owned(),
        format!("Dir::Cache={directory}/cache"),
        // Whoever is root needs no other user for what goes into a directory of its own.
        "APT::Sandbox::User=root".to_owned(),
        "APT::Install-Recommends=false".to_owned(),
        "Debug::NoLocking=true".to_owned(),
    ]
    .into_iter()
    .flat_map(|option| ["-o".to_owned(), option])
    .collect()
}

/// Starts the server of the package, which is fetched and unpacked the first time.
pub(super) async fn start(options: &ServerOptions) -> Found<Server> {
    let program = program().await.map_err(|reason| {
        Problem::Absent(format!("no package {PACKAGE} of a Debian-like system: {reason}"))
    })?;
    process::start(program, options).await
}

async fn program() -> Result<Program, String> {
    let base = target().join("redis-fixture");
    std::fs::create_dir_all(&base).map_err(|error| format!("{}: {error}", base.display()))?;
    // Test processes run at the same time, and one of them unpacks for all.
    let place = base.join("package.lock");
    let locked = tokio::task::spawn_blocking(move || lock(&place)).await;
    let _locked = locked.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let root = base.join("package");
    if !root.is_dir() {
        unpack(&base, &root).await?;
    }
    let path = root.join("usr/bin/redis-server");
    if !path.is_file() {
        return Err(format!("{} holds no usr/bin/redis-server; remove it", root.display()));
    }
    let libraries = libraries(&root);
    Ok(Program { path, libraries: Some(libraries), description: format!("package {PACKAGE}") })
}

/// Fetches what the system lacks of the package and its dependencies. All of it is there, or none.
async fn unpack(base: &Path, root: &Path) -> Result<(), String> {
    let work = base.join("unpacking");
    let failed = |error: std::io::Error| format!("{}: {error}", work.display());
    let _ = std::fs::remove_dir_all(&work);
    for part in ["state/lists/partial", "cache/archives/partial", "root"] {
        std::fs::create_dir_all(work.join(part)).map_err(failed)?;
    }
    let options = apt_options(&work);
    // One source of many may be out of reach; what counts is whether the package is found.
    let _ = command("apt-get", &options, &["-qq", "update"]).await?;
    let install = ["-qq", "--yes", "--download-only", "install", PACKAGE];
    succeeded("apt-get install", &command("apt-get", &options, &install).await?)?;
    let unpacked = work.join("root").display().to_string();
    for archive in std::fs::read_dir(work.join("cache/archives")).map_err(failed)? {
        let archive = archive.map_err(failed)?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            let archive = archive.display().to_string();
            let output = command("dpkg-deb", &[], &["--extract", &archive, &unpacked]).await?;
            succeeded("dpkg-deb", &output)?;
        }
    }
    std::fs::rename(unpacked, root).map_err(failed)?;
    std::fs::remove_dir_all(&work).map_err(failed)
}

async fn command(program: &str, options: &[String], words: &[&str]) -> Result<Output, String> {
    let output = Command::new(program).args(options).args(words).output().await;
    output.map_err(|error| format!("{program}: {error}"))
}

fn succeeded(what: &str, output: &Output) -> Result<(), String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says no more");
    output.status.success().then_some(()).ok_or_else(|| format!("{what} failed: {last}"))
}

/// Every directory of libraries that was unpacked, as the loader wants them.
fn libraries(root: &Path) -> String {
    let parents = [root.join("usr/lib"), root.join("lib")];
    let inside = |parent: &PathBuf| {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let directories = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
        directories.collect::<Vec<_>>()
    };
    let places = parents.iter().flat_map(inside).map(|path| path.display().to_string());
    places.collect::<Vec<_>>().join(":")
}

/// The directory of what is built and can be built again.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
    }
}
