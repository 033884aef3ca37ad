//! `cargo xtask tidy`: the rules of the repository that no other tool checks.

mod crates;
mod dependencies;
mod documents;
mod manifests;
mod public_api;
mod sizes;
mod text;

use xshell::{Shell, cmd};

use crate::Result;
use crate::metadata::Workspace;

pub(crate) const HELP: &str = "\
Checks the rules of the repository that neither the compiler nor clippy checks, and says
for each place that breaks one what to do:
    dependencies   which crate may use which, of ours and of others
    crates         how many a user builds, and which ones only when asked for
    public API     types of a driver, of figment or of dashmap stay inside their crate
    sizes          at most 400 lines of code in a file; a note from 250 on
    manifests      workspace lints, description, README; the files at the root
    documents      examples are doctests; the changelog has its section for what comes
    text           unfinished notes, ignored tests, trailing blanks, paths of one machine

    cargo xtask tidy
";

/// A file that git knows, or would add.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A place that breaks a rule, and what to do about it.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    place: String,
    advice: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { place: place.into(), advice: advice.into() }
    }

    /// A finding in a line, counted from 0.
    pub(crate) fn in_line(file: &File, index: usize, advice: impl Into<String>) -> Self {
        Self::new(format!("{}:{}", file.path, index + 1), advice)
    }
}

/// Checks every rule, prints all that is found, and fails if there is anything.
pub(crate) fn run(shell: &Shell, workspace: &Workspace) -> Result<()> {
    let files = files(shell)?;
    for note in sizes::notes(&files) {
        println!("note: {}: {}", note.place, note.advice);
    }
    let findings: Vec<_> = dependencies::check(&workspace.packages)
        .into_iter()
        .chain(crates::check(shell)?)
        .chain(public_api::check(&files))
        .chain(sizes::check(&files))
        .chain(manifests::check(&workspace.packages, &files))
        .chain(documents::check(&workspace.packages, &files))
        .chain(text::check(&files))
        .collect();
    for finding in &findings {
        println!("{}: {}", finding.place, finding.advice);
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files keep the rules", files.len());
            Ok(())
        }
        1 => Err("one place breaks a rule of the repository".into()),
        count => Err(format!("{count} places break a rule of the repository").into()),
    }
}

/// The text files of the repository: those that git tracks, and new ones that it does not ignore.
fn files(shell: &Shell) -> Result<Vec<File>> {
    let list = cmd!(shell, "git ls-files -z --cached --others --exclude-standard").quiet();
    let list = list.read().map_err(|error| format!("tidy reads the list of files: {error}"))?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let place = shell.current_dir().join(path);
        // What was deleted and is not committed yet is still listed.
        if place.is_file()
            && let Ok(text) = String::from_utf8(shell.read_binary_file(&place)?)
        {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}
