//! Registered backends that are opened.

use super::*;
use crate::builtin::BUILTINS;

fn opened(registry: &Registry, text: &str) -> Result<crate::Cache, Error> {
    pollster::block_on(open_with(registry, load(text, &[]).unwrap()))
}

/// A registry with a backend `strange`, and the options with which it was opened.
fn registry() -> (Registry, Arc<Mutex<Vec<Everything>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut registry = Registry::new();
    let sink = Arc::clone(&seen);
    registry
        .register("strange", move |options: Everything| {
            sink.lock().unwrap().push(options);
            async { memory() }
        })
        .unwrap();
    (registry, seen)
}

fn memory() -> Result<Backend, Error> {
    Ok(cache_memory::Memory::open(cache_memory::Options::new())?.into_backend())
}

#[test]
fn registered_backend_is_opened_with_its_options_and_the_settings_of_every_cache() {
    let (registry, seen) = registry();
    let cache = opened(&registry, "type = 'strange'\nnamespace = 'shop'\nconfig.port = 5").unwrap();
    pollster::block_on(cache.set("k", "v")).unwrap();
    assert!(pollster::block_on(cache.backend().cache.contains(key("shop:k"))).unwrap());
    assert_eq!(*seen.lock().unwrap(), [Everything { port: 5, ..Everything::default() }]);
    assert!(opened(&registry, "type = 'memory'").is_ok(), "built-in ones are still there");
}

fn key(key: &str) -> cache_core::Key<'_> {
    cache_core::Key::new(key).unwrap()
}

#[test]
fn refused_option_is_an_error_of_open_with_the_name_of_the_backend() {
    let (registry, seen) = registry();
    let text = "type = 'strange'\nconfig.port = 'hunter2-sentinel'";
    let error = opened(&registry, text).unwrap_err();
    assert_eq!((error.operation(), error.backend()), (Some("open"), Some("strange")));
    assert!(!format!("{error} {error:?}").contains(SECRET));
    assert!(seen.lock().unwrap().is_empty(), "nothing was opened");
}

#[test]
fn refusal_of_the_backend_itself_is_told_with_its_name() {
    let mut registry = Registry::new();
    registry
        .register("strange", |_: Everything| async {
            Err(Error::not_applied(ErrorKind::Config, "the port is taken"))
        })
        .unwrap();
    let error = opened(&registry, "type = 'strange'").unwrap_err();
    assert_eq!(error.to_string(), "open on strange: wrong settings: the port is taken");
}

#[test]
fn unknown_type_is_refused_with_built_in_and_registered_names() {
    let mut registry = Registry::new();
    registry.register("strange", |_: Everything| async { unreachable!() }).unwrap();
    let error = opened(&registry, &format!("type = '{SECRET}'\nconfig.url = '{SECRET}'"));
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Config, Some("open")));
    assert!(!format!("{error} {error:?}").contains(SECRET));
    let says = error.detail();
    let built_in = BUILTINS.iter().filter(|builtin| builtin.is_on).map(|builtin| builtin.name);
    let available = built_in.chain(["strange"]).collect::<Vec<_>>().join(", ");
    assert_says(says, &["`type` in file", "no such backend", &format!("available: {available}")]);
    let error = opened(&registry, "type = 'strnage'").unwrap_err();
    assert_says(error.detail(), &["did you mean `strange`?"]);
}

#[test]
fn type_that_is_not_built_in_is_refused_without_a_registry() {
    let settings = load("type = 'memroy'", &[("CACHE__TYPE", "memroy")]).unwrap();
    let error = pollster::block_on(open(settings)).unwrap_err();
    let says = error.detail();
    assert_says(says, &["`type` in environment variable `CACHE__TYPE`", "did you mean `memory`?"]);
}

#[test]
fn wrong_settings_are_refused_before_a_backend_is_opened() {
    let mut registry = Registry::new();
    registry.register("strange", |_: Everything| async { panic!("it was opened") }).unwrap();
    let strange = || Settings::new().backend(RegisteredSettings::new("strange", &()).unwrap());
    let zero = std::time::Duration::ZERO;
    for (settings, key) in [
        (strange().default_ttl(zero), "`default_ttl`"),
        (strange().namespace(""), "`namespace`"),
        (strange().deadline(zero), "`deadline`"),
    ] {
        let error = pollster::block_on(open_with(&registry, settings)).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Config, Some("open")));
        assert_says(error.detail(), &[key]);
    }
    let error = pollster::block_on(open(Settings::new().deadline(zero))).unwrap_err();
    assert_says(error.detail(), &["`deadline`", "1 ms to 1 hour"]);
}

#[test]
fn eager_open_counts_no_read() {
    let cache = pollster::block_on(open(Settings::new())).unwrap();
    let statistics = cache.statistics().unwrap();
    assert_eq!((statistics.hits, statistics.misses), (0, 0));
}

#[cfg(target_os = "linux")]
#[test]
fn bound_beyond_the_memory_of_the_machine_is_refused_in_code_too() {
    let settings = Settings::new().backend(crate::MemorySettings::new().max_weight(u64::MAX));
    let error = pollster::block_on(open(settings)).unwrap_err();
    assert_says(error.detail(), &["`config.max_weight`", "bytes of memory"]);
}

#[test]
fn eager_open_fails_where_the_backend_does_not_answer_and_lazy_open_does_not() {
    let mut registry = Registry::new();
    registry
        .register("strange", |_: Everything| async {
            let backend = memory()?;
            backend.cache.stop().await?;
            Ok(backend)
        })
        .unwrap();
    let settings = || Settings::new().backend(RegisteredSettings::new("strange", &()).unwrap());
    let eager = pollster::block_on(open_with(&registry, settings()));
    assert_eq!(eager.unwrap_err().kind(), ErrorKind::Stopped);
    let lazy = pollster::block_on(open_with(&registry, settings().connect(Connect::Lazy)));
    assert_eq!(pollster::block_on(lazy.unwrap().get("k")).unwrap_err().kind(), ErrorKind::Stopped);
}
