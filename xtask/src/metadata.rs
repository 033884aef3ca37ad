//! The workspace as `cargo metadata` describes it.

use std::path::PathBuf;

use serde_json::Value;
use xshell::{Shell, cmd};

use crate::Result;

/// The members of the workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One member.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Whether it may be published.
    pub(crate) published: bool,
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a member's dependency tables.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) development: bool,
    /// Whether it is given by path: a member of the workspace.
    pub(crate) internal: bool,
    /// The version required, `*` where none is given.
    pub(crate) requirement: String,
}

/// Asks cargo.
pub(crate) fn load(shell: &Shell) -> Result<Workspace> {
    let text = cmd!(shell, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    parse(&serde_json::from_str(&text)?)
}

fn parse(metadata: &Value) -> Result<Workspace> {
    let packages = array(metadata, "packages")?.iter().map(package).collect::<Result<_>>()?;
    let (root, target) = (text(metadata, "workspace_root")?, text(metadata, "target_directory")?);
    Ok(Workspace { root: root.into(), target: target.into(), packages })
}

impl Workspace {
    /// Every feature that users may turn on, as `crate/feature`, joined by commas.
    ///
    /// A feature that begins with `_` is our own and changes how a crate is built.
    pub(crate) fn public_features(&self) -> String {
        let features = self.packages.iter().flat_map(|package| {
            let public = package.features.iter().filter(|feature| !feature.starts_with('_'));
            public.map(|feature| format!("{}/{feature}", package.name))
        });
        features.collect::<Vec<_>>().join(",")
    }
}

fn package(package: &Value) -> Result<Package> {
    let features = package["features"].as_object().ok_or("cargo metadata gave no `features`")?;
    Ok(Package {
        name: text(package, "name")?,
        description: package["description"].as_str().unwrap_or_default().to_owned(),
        published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
        features: features.keys().cloned().collect(),
        dependencies: array(package, "dependencies")?
            .iter()
            .map(dependency)
            .collect::<Result<_>>()?,
    })
}

fn dependency(dependency: &Value) -> Result<Dependency> {
    Ok(Dependency {
        name: text(dependency, "name")?,
        development: dependency["kind"].as_str() == Some("dev"),
        internal: dependency["path"].is_string(),
        requirement: text(dependency, "req")?,
    })
}

fn array<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    value[name].as_array().ok_or_else(|| format!("cargo metadata gave no `{name}`").into())
}

fn text(value: &Value, name: &str) -> Result<String> {
    let text = value[name].as_str().map(str::to_owned);
    text.ok_or_else(|| format!("cargo metadata gave no `{name}`").into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_read_with_features_and_dependencies() {
        let workspace = parse(&json!({
            "workspace_root": "root",
            "target_directory": "target",
            "packages": [{
                "name": "cache-memory", "description": "text", "publish": null,
                "features": { "_shuttle": ["dep:shuttle"], "default": [] },
                "dependencies": [
                    { "name": "bytes", "kind": null, "req": "^1" },
                    { "name": "cache-conformance", "kind": "dev", "req": "*", "path": "there" },
                ],
            }, {
                "name": "xtask", "description": null, "publish": [], "features": {},
                "dependencies": [],
            }],
        }))
        .unwrap();
        let [memory, xtask] = &workspace.packages[..] else { panic!("{workspace:?}") };
        assert!(memory.published && !xtask.published);
        let [bytes, conformance] = &memory.dependencies[..] else { panic!("{memory:?}") };
        assert!(!bytes.development && !bytes.internal && bytes.requirement == "^1");
        assert!(conformance.development && conformance.internal);
        assert_eq!(workspace.public_features(), "cache-memory/default");
    }

    #[test]
    fn metadata_without_a_part_is_an_error_that_names_it() {
        let error = parse(&json!({ "workspace_root": "root" })).unwrap_err();
        assert!(error.to_string().contains("`packages`"), "{error}");
    }
}
