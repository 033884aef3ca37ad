//! `cargo xtask server-images`: small Docker images of servers, made of a distribution's packages.
//!
//! For machines that reach a Debian mirror and no registry of images. Nothing of the host gets into
//! an image: apt works on a list of packages of its own, for the release that has the version.

mod apt;

use std::path::Path;

use lexopt::{Arg, Parser};
use xshell::{Shell, cmd};

use crate::Result;

pub(crate) const HELP: &str = "\
Builds small Docker images of Redis and Valkey servers from the packages of Debian, where no
registry of images can be reached. An image that there is already is kept.

    cargo xtask server-images              all of them
    cargo xtask server-images IMAGE...     those named

    cache-test/redis:7.0     cache-test/redis:8.0
    cache-test/valkey:8.1    cache-test/valkey:9.1

Each runs its server on port 6379; arguments behind the image go to the server. There is no
shell inside. Needs Docker, and apt-get and dpkg-deb of a Debian-like system; no root.
";

/// An image, and where its server comes from.
#[derive(Debug, PartialEq)]
pub(crate) struct Recipe {
    /// With its tag.
    pub(crate) image: &'static str,
    /// `NAME-server` is both the package and the program.
    server: &'static str,
    /// The release of Debian that has this version.
    suite: &'static str,
}

/// Every image there is a recipe for, in the order of the matrix.
pub(crate) const RECIPES: [Recipe; 4] = [
    Recipe { image: "cache-test/redis:7.0", server: "redis-server", suite: "bookworm" },
    Recipe { image: "cache-test/redis:8.0", server: "redis-server", suite: "trixie" },
    Recipe { image: "cache-test/valkey:8.1", server: "valkey-server", suite: "trixie" },
    Recipe { image: "cache-test/valkey:9.1", server: "valkey-server", suite: "sid" },
];

/// The one that stands in where the public image cannot be had.
pub(crate) const SUBSTITUTE: &Recipe = &RECIPES[1];

/// Packages that serve installing, and no server: the image has no system to manage.
const LEFT_OUT: [&str; 16] = [
    "adduser",
    "base-files",
    "base-passwd",
    "coreutils",
    "debconf",
    "debianutils",
    "dpkg",
    "init-system-helpers",
    "login",
    "lsb-base",
    "passwd",
    "perl",
    "perl-base",
    "sysvinit-utils",
    "tar",
    "util-linux",
];

/// Reads what follows `server-images`; `None` where help is asked for.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Vec<&'static Recipe>>> {
    let mut recipes = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Value(name) => recipes.push(recipe(&name.to_string_lossy())?),
            other => return Err(format!("{}; it takes images alone", other.unexpected()).into()),
        }
    }
    if recipes.is_empty() {
        recipes.extend(&RECIPES);
    }
    Ok(Some(recipes))
}

/// The recipe of an image, with or without what stands before the slash.
fn recipe(name: &str) -> Result<&'static Recipe> {
    let short = |image: &str| image.trim_start_matches("cache-test/").to_owned();
    let recipe = RECIPES.iter().find(|recipe| short(recipe.image) == short(name));
    recipe.ok_or_else(|| {
        let known = RECIPES.iter().map(|recipe| recipe.image).collect::<Vec<_>>().join(", ");
        format!("there is no recipe for an image {name:?}; there are {known}").into()
    })
}

/// Builds those images that are not there yet.
pub(crate) fn run(shell: &Shell, recipes: &[&Recipe]) -> Result<()> {
    docker(shell)?;
    for recipe in recipes {
        if exists(shell, recipe.image) {
            println!("{}: is there already", recipe.image);
        } else {
            build(shell, recipe).map_err(|error| format!("{}: {error}", recipe.image))?;
            println!("{}: built", recipe.image);
        }
    }
    Ok(())
}

/// Builds the image unless it is there, where there is a recipe for it.
pub(crate) fn provide(shell: &Shell, image: &str) -> Result<()> {
    match RECIPES.iter().find(|recipe| recipe.image == image) {
        Some(recipe) if !exists(shell, image) => run(shell, &[recipe]),
        _ => Ok(()),
    }
}

/// Whether an engine answers.
pub(crate) fn docker(shell: &Shell) -> Result<()> {
    let answer = cmd!(shell, "docker version").quiet().ignore_stdout().ignore_stderr();
    answer.run().map_err(|_| {
        "no Docker engine answers `docker version`; install Docker and start it, or let DOCKER_HOST \
         name an engine"
            .into()
    })
}

/// Whether the engine has an image.
pub(crate) fn exists(shell: &Shell, image: &str) -> bool {
    let found = cmd!(shell, "docker image inspect {image}").quiet().ignore_stdout();
    found.ignore_stderr().run().is_ok()
}

fn build(shell: &Shell, recipe: &Recipe) -> Result<()> {
    let work = shell.create_temp_dir()?;
    let archives = apt::download(shell, work.path(), recipe.suite, recipe.server)?;
    let context = work.path().join("context");
    let root = context.join("root");
    lay_out(shell, &root)?;
    let mut unpacked = 0;
    for archive in archives {
        if !is_left_out(&archive) {
            apt::unpack(shell, &archive, &root)?;
            unpacked += 1;
        }
    }
    let program = format!("/usr/bin/{}", recipe.server);
    if !root.join(&program[1..]).exists() {
        return Err(format!("the {unpacked} packages unpacked have no {program}").into());
    }
    for rest in ["doc", "man", "locale", "info", "zoneinfo", "lintian"] {
        shell.remove_path(root.join("usr/share").join(rest))?;
    }
    shell.write_file(context.join("Dockerfile"), dockerfile(&program))?;
    let image = recipe.image;
    // The builder of old is part of every engine; the new one is a plugin that may be missing.
    let built = cmd!(shell, "docker build --quiet --tag {image} {context}");
    let built = built.env("DOCKER_BUILDKIT", "0").quiet().ignore_status().output()?;
    let said = String::from_utf8_lossy(&built.stderr);
    built
        .status
        .success()
        .then_some(())
        .ok_or_else(|| format!("docker build failed:\n{said}").into())
}

/// The directories that packages expect, with the links that stand for the old ones.
fn lay_out(shell: &Shell, root: &Path) -> Result<()> {
    for directory in ["data", "tmp", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64"] {
        shell.create_dir(root.join(directory))?;
    }
    for link in ["bin", "sbin", "lib", "lib64"] {
        std::os::unix::fs::symlink(format!("usr/{link}"), root.join(link))?;
    }
    Ok(())
}

/// An archive is called `name_version_architecture.deb`.
fn is_left_out(archive: &Path) -> bool {
    let name = archive.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let package = name.split('_').next().unwrap_or_default();
    LEFT_OUT.contains(&package) || package.starts_with("systemd") || package.starts_with("perl-")
}

fn dockerfile(program: &str) -> String {
    format!(
        "FROM scratch\nCOPY root /\nWORKDIR /data\nEXPOSE 6379\nENTRYPOINT [\"{program}\"]\n\
         CMD [\"--protected-mode\", \"no\"]\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Vec<&'static str>, String> {
        let recipes = parse(Parser::from_args(arguments)).map_err(|error| error.to_string())?;
        Ok(recipes.unwrap_or_default().into_iter().map(|recipe| recipe.image).collect())
    }

    #[test]
    fn without_names_every_image_is_meant() {
        assert_eq!(parsed(&[]).unwrap(), RECIPES.each_ref().map(|recipe| recipe.image));
        assert_eq!(parsed(&["--help"]).unwrap(), [""; 0]);
    }

    #[test]
    fn images_are_named_with_and_without_their_beginning() {
        let images = parsed(&["valkey:8.1", "cache-test/redis:7.0"]).unwrap();
        assert_eq!(images, ["cache-test/valkey:8.1", "cache-test/redis:7.0"]);
        let error = parsed(&["redis:6.0"]).unwrap_err();
        assert!(error.contains("redis:6.0") && error.contains("cache-test/valkey:9.1"), "{error}");
    }

    #[test]
    fn packages_of_the_system_are_left_out_and_libraries_are_not() {
        for (archive, left_out) in [
            ("perl-base_5.40_amd64.deb", true),
            ("systemd_257_amd64.deb", true),
            ("libsystemd0_257_amd64.deb", false),
            ("redis-server_5%3a8.0_amd64.deb", false),
        ] {
            assert_eq!(is_left_out(Path::new(archive)), left_out, "{archive}");
        }
    }
}
