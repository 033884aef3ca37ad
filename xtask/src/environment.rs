//! The environment that the commands of this program see.

use std::process::{Command, ExitCode};

use crate::Result;

/// What cargo tells a program of its own package, here of xtask.
const OF_A_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// Runs this program again without what cargo told it of its package; `None` where nothing was told.
///
/// Build scripts that look at these variables would run anew for each program that starts cargo, and
/// all above them be built again: with ring, that is every crate with TLS in it.
pub(crate) fn run_without_package() -> Option<Result<ExitCode>> {
    let names = std::env::vars_os().map(|(name, _)| name);
    let is_told = |name: &std::ffi::OsString| {
        let name = name.to_string_lossy();
        OF_A_PACKAGE.iter().any(|prefix| name.starts_with(prefix))
    };
    let told: Vec<_> = names.filter(is_told).collect();
    (!told.is_empty()).then(|| {
        let mut again = Command::new(std::env::current_exe()?);
        again.args(std::env::args_os().skip(1));
        told.iter().for_each(|name| {
            again.env_remove(name);
        });
        end_as(again)
    })
}

/// In place of this process, so that whoever ends it by its number ends the work too.
#[cfg(unix)]
fn end_as(mut again: Command) -> Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(&mut again).into())
}

#[cfg(not(unix))]
fn end_as(mut again: Command) -> Result<ExitCode> {
    let code = again.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
