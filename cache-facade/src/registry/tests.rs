use super::*;

#[derive(Debug, serde::Deserialize)]
struct NoOptions {}

fn register(registry: &mut Registry, name: &str) -> Result<(), Error> {
    registry.register(name, |_: NoOptions| async { panic!("nothing is opened here") })
}

#[test]
fn name_registered_twice_is_refused_with_those_that_are_taken() {
    let mut registry = Registry::new();
    register(&mut registry, "strange").unwrap();
    let error = register(&mut registry, "strange").unwrap_err();
    assert_eq!(
        error.to_string(),
        "register: wrong settings: the backend `strange` is registered already; taken names: \
         memory, redis, fred, strange"
    );
}

#[test]
fn name_of_a_built_in_backend_is_taken() {
    let error = register(&mut Registry::new(), "memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.detail().contains("`memory` is registered already"), "{error}");
}

#[test]
fn empty_name_is_refused() {
    assert!(register(&mut Registry::new(), "").unwrap_err().detail().contains("at least 1 byte"));
}

#[test]
fn clone_has_the_backends_of_its_origin_and_grows_apart() {
    let mut registry = Registry::new();
    register(&mut registry, "strange").unwrap();
    let mut copy = registry.clone();
    register(&mut copy, "stranger").unwrap();
    assert_eq!(
        format!("{registry:?}"),
        r#"Registry { names: ["memory", "redis", "fred", "strange"] }"#
    );
    assert_eq!(
        format!("{copy:?}"),
        r#"Registry { names: ["memory", "redis", "fred", "strange", "stranger"] }"#
    );
}

#[test]
fn unknown_type_is_refused_with_the_backends_that_are_on() {
    let mut registry = Registry::new();
    register(&mut registry, "strange").unwrap();
    let settings = RegisteredSettings::new("colour", &()).unwrap();
    let error = pollster::block_on(registry.open(&settings)).unwrap_err();
    let on = BUILTINS.iter().filter(|builtin| builtin.is_on).map(|builtin| builtin.name);
    let available = on.chain(["strange"]).collect::<Vec<_>>().join(", ");
    assert!(error.detail().ends_with(&format!("; available: {available}")), "{error}");
}
