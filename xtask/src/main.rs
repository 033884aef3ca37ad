//! The developer commands of the repository: see `cargo xtask --help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program prints")]

mod arguments;
mod bench;
mod ci;
mod clock;
mod environment;
mod metadata;
mod redis;
mod server_images;
mod test;
mod tidy;

use std::error::Error;
use std::process::ExitCode;

use arguments::Command;
use xshell::Shell;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    if let Some(ended) = environment::run_without_package() {
        return ended.unwrap_or_else(|error| failure(&*error));
    }
    let command = match arguments::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("xtask: {error}\nSee `cargo xtask --help`.");
            return ExitCode::from(2);
        }
    };
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&*error),
    }
}

fn failure(error: &dyn Error) -> ExitCode {
    eprintln!("xtask: {error}");
    ExitCode::FAILURE
}

fn run(command: &Command) -> Result<()> {
    if let Command::Help(text) = command {
        print!("{text}");
        return Ok(());
    }
    let shell = Shell::new()?;
    let workspace = metadata::load(&shell)?;
    shell.change_dir(&workspace.root);
    match command {
        Command::Help(_) => Ok(()),
        Command::Test(request) => test::run(&shell, &workspace, request),
        Command::TestRedis(request) => redis::run(&shell, &workspace, request),
        Command::ServerImages(recipes) => server_images::run(&shell, recipes),
        Command::Bench(request) => bench::run(&shell, &workspace, request),
        Command::Tidy => tidy::run(&shell, &workspace),
        Command::Ci => ci::run(&shell, &workspace),
    }
}
