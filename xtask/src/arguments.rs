//! What the command line asks for.

use lexopt::{Arg, Parser};

use crate::server_images::Recipe;
use crate::test::Part;
use crate::{Result, bench, ci, redis, server_images, test, tidy};

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help(&'static str),
    Test(test::Request),
    TestRedis(redis::Request),
    ServerImages(Vec<&'static Recipe>),
    Bench(bench::Request),
    Tidy,
    Ci,
}

const HELP: &str = "\
The developer commands of the repository.

    cargo xtask test [PART]...   run the tests: all, or the parts named
    cargo xtask test-redis       run the tests on Redis servers: of any image, or of a matrix
    cargo xtask server-images    build Docker images of servers, without a registry
    cargo xtask bench NAME       measure the backends beside their peers
    cargo xtask tidy             check the rules of the repository that no other tool checks
    cargo xtask ci               run every check that a change has to pass
    cargo xtask COMMAND --help   say more about a command
";

const COMMANDS: &str = "the commands are test, test-redis, server-images, bench, tidy, ci";

/// Reads the arguments; whatever is not known is an error that says what is.
pub(crate) fn parse(mut parser: Parser) -> Result<Command> {
    match parser.next()? {
        Some(Arg::Long("help") | Arg::Short('h')) => Ok(Command::Help(HELP)),
        Some(Arg::Value(name)) => match name.to_str() {
            Some("test") => parse_parts(parser),
            Some("test-redis") => parse_redis(parser),
            Some("server-images") => parse_images(parser),
            Some("bench") => parse_bench(parser),
            Some("tidy") => alone(parser, Command::Tidy, tidy::HELP),
            Some("ci") => alone(parser, Command::Ci, ci::HELP),
            _ => Err(format!("there is no command {name:?}; {COMMANDS}").into()),
        },
        Some(other) => Err(format!("{}; {COMMANDS}", other.unexpected()).into()),
        None => Err(format!("no command was given; {COMMANDS}").into()),
    }
}

fn parse_parts(mut parser: Parser) -> Result<Command> {
    let mut request = test::Request { parts: Vec::new(), without_redis: false };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help(test::HELP)),
            Arg::Long("without-redis") => request.without_redis = true,
            Arg::Value(name) => request.parts.push(Part::from_name(&name.to_string_lossy())?),
            other => {
                let advice = "test takes parts, and --without-redis";
                return Err(format!("{}; {advice}", other.unexpected()).into());
            }
        }
    }
    if request.parts.is_empty() {
        request.parts.extend(Part::ALL);
    }
    Ok(Command::Test(request))
}

fn parse_redis(parser: Parser) -> Result<Command> {
    Ok(redis::parse(parser)?.map_or(Command::Help(redis::HELP), Command::TestRedis))
}

fn parse_images(parser: Parser) -> Result<Command> {
    let recipes = server_images::parse(parser)?;
    Ok(recipes.map_or(Command::Help(server_images::HELP), Command::ServerImages))
}

fn parse_bench(parser: Parser) -> Result<Command> {
    Ok(bench::parse(parser)?.map_or(Command::Help(bench::HELP), Command::Bench))
}

fn alone(mut parser: Parser, command: Command, help: &'static str) -> Result<Command> {
    match parser.next()? {
        None => Ok(command),
        Some(Arg::Long("help") | Arg::Short('h')) => Ok(Command::Help(help)),
        Some(other) => Err(format!("{}; this command takes none", other.unexpected()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(Parser::from_args(arguments)).map_err(|error| error.to_string())
    }

    fn tests(parts: &[Part], without_redis: bool) -> Result<Command, String> {
        Ok(Command::Test(test::Request { parts: parts.to_vec(), without_redis }))
    }

    #[test]
    fn test_without_parts_means_every_part() {
        assert_eq!(parsed(&["test"]), tests(&Part::ALL, false));
        assert_eq!(parsed(&["test", "shuttle"]), tests(&[Part::Shuttle], false));
        assert_eq!(parsed(&["test", "--without-redis"]), tests(&Part::ALL, true));
    }

    #[test]
    fn unknown_arguments_are_errors_that_say_what_there_is() {
        assert!(
            parsed(&["tset"])
                .unwrap_err()
                .contains("test, test-redis, server-images, bench, tidy, ci")
        );
        assert!(
            parsed(&[]).unwrap_err().contains("test, test-redis, server-images, bench, tidy, ci")
        );
        assert!(
            parsed(&["--fast"])
                .unwrap_err()
                .contains("test, test-redis, server-images, bench, tidy, ci")
        );
        assert!(
            parsed(&["test", "rediss"]).unwrap_err().contains("workspace, redis, documentation")
        );
        assert!(parsed(&["ci", "--fast"]).unwrap_err().contains("takes none"));
    }

    #[test]
    fn every_command_has_a_help_text_of_its_own() {
        for (command, help) in [
            ("test", test::HELP),
            ("test-redis", redis::HELP),
            ("server-images", server_images::HELP),
            ("tidy", tidy::HELP),
            ("ci", ci::HELP),
        ] {
            assert_eq!(parsed(&[command, "--help"]), Ok(Command::Help(help)));
        }
    }
}
