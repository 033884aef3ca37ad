//! Packages of any release, fetched without installing them.

use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use crate::Result;

const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Fetches a package of a release with all that it depends on, into `work`; nothing of the host is
/// taken for granted, so the C library is among it.
pub(super) fn download(
    shell: &Shell,
    work: &Path,
    suite: &str,
    package: &str,
) -> Result<Vec<PathBuf>> {
    let mirror = mirror(shell)?;
    let state = work.join("apt");
    for directory in ["lists/partial", "cache/archives/partial"] {
        shell.create_dir(state.join(directory))?;
    }
    // An empty list of what is installed: so that everything is fetched.
    shell.write_file(state.join("status"), "")?;
    let source = format!("deb [signed-by={KEYS}] {mirror} {suite} main\n");
    shell.write_file(state.join("sources.list"), source)?;
    let options = &options(&state);
    let command = |words: &[&str]| {
        let output = cmd!(shell, "apt-get {options...} {words...}").quiet().ignore_status();
        let output = output.output().map_err(|error| {
            format!("{error}; this command needs apt-get, of Debian or a system like it")
        })?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() {
            return Ok(());
        }
        Err(format!("apt-get {} for {suite} at {mirror} failed:\n{said}", words.join(" ")))
    };
    command(&["-qq", "update"])?;
    command(&["-qq", "--yes", "--download-only", "install", package])?;
    let files = shell.read_dir(state.join("cache/archives"))?;
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "deb")).collect())
}

/// What keeps apt to a directory.
fn options(state: &Path) -> Vec<String> {
    let state = state.display();
    let options = [
        format!("Dir::State={state}"),
        format!("Dir::State::lists={state}/lists"),
        format!("Dir::State::status={state}/status"),
        format!("Dir::Cache={state}/cache"),
        format!("Dir::Etc::sourcelist={state}/sources.list"),
        "Dir::Etc::sourceparts=/dev/null".to_owned(),
        // As root, apt would become a user who may not read this directory.
        "APT::Sandbox::User=root".to_owned(),
        "APT::Install-Recommends=false".to_owned(),
    ];
    options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect()
}

/// Unpacks the files of an archive, through the links that are there.
pub(super) fn unpack(shell: &Shell, archive: &Path, root: &Path) -> Result<()> {
    let tar = root.with_extension("tar");
    let files = cmd!(shell, "dpkg-deb --fsys-tarfile {archive}").quiet().output()?;
    shell.write_file(&tar, files.stdout)?;
    let into = ["--extract", "--keep-directory-symlink", "--no-same-owner"];
    cmd!(shell, "tar {into...} --file {tar} --directory {root}").quiet().run()?;
    Ok(shell.remove_path(tar)?)
}

/// The mirror of Debian that this host uses.
fn mirror(shell: &Shell) -> Result<String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    files.extend(shell.read_dir("/etc/apt/sources.list.d").unwrap_or_default());
    let texts = files.iter().filter_map(|file| shell.read_file(file).ok());
    let mirror = texts.into_iter().find_map(|text| mirror_in(&text));
    mirror.ok_or_else(|| {
        "the apt sources of this host name no mirror of Debian; the images are made of its packages"
            .into()
    })
}

/// The first address of Debian's own archive in a list of sources, of either format.
fn mirror_in(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| line.starts_with("deb ") || line.starts_with("URIs:"));
    let mut addresses = lines.flat_map(str::split_whitespace).filter(|word| word.contains("://"));
    let mirror = addresses.find(|address| address.trim_end_matches('/').ends_with("/debian"))?;
    Some(mirror.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_is_found_in_both_formats_and_nothing_else_is_taken_for_it() {
        let list = "# deb http://no.example/debian x main\ndeb http://a.example/debian-security x\n\
                    deb [signed-by=/a/debian] http://b.example/debian/ x main\n";
        assert_eq!(mirror_in(list).as_deref(), Some("http://b.example/debian"));
        let sources = "Types: deb\nURIs: http://c.example/debian\nSuites: x\n";
        assert_eq!(mirror_in(sources).as_deref(), Some("http://c.example/debian"));
        assert_eq!(mirror_in("deb http://archive.example/ubuntu noble main\n"), None);
    }
}
