//! What `config` holds for the types on a Redis server.

use std::path::PathBuf;

use cache_core::{Error, Secret};
use figment::value::Value;

use super::fields;
use crate::settings::RedisSettings;
use crate::settings::merged::Merged;
use crate::settings::table::{Kind, Setting, redis as table};

/// Reads it; the keys are checked already.
pub(super) fn settings(merged: &Merged) -> Result<RedisSettings, Error> {
    let path = |setting| text(merged, setting).map(|text| text.map(PathBuf::from));
    let settings = RedisSettings {
        url: secret(merged, &table::URL)?,
        host: text(merged, &table::HOST)?,
        port: number(merged, &table::PORT)?,
        unix_socket: path(&table::UNIX_SOCKET)?,
        username: text(merged, &table::USERNAME)?,
        password: secret(merged, &table::PASSWORD)?,
        password_file: path(&table::PASSWORD_FILE)?,
        database: number(merged, &table::DATABASE)?,
        protocol: number(merged, &table::PROTOCOL)?,
        connections: number(merged, &table::CONNECTIONS)?,
        max_in_flight: number(merged, &table::MAX_IN_FLIGHT)?,
        connect_timeout: merged.read(&table::CONNECT_TIMEOUT, fields::timeout)?,
        tls: merged.read(&table::TLS, fields::flag)?.unwrap_or_default(),
        tls_ca_file: path(&table::TLS_CA_FILE)?,
        tls_certificate_file: path(&table::TLS_CERTIFICATE_FILE)?,
        tls_key_file: path(&table::TLS_KEY_FILE)?,
        tls_server_name: text(merged, &table::TLS_SERVER_NAME)?,
    };
    check(merged, &settings).map(|()| settings)
}

/// What only the driver's part knows, so that it is told with the place where it was set.
#[cfg(any(feature = "redis", feature = "fred"))]
fn check(merged: &Merged, settings: &RedisSettings) -> Result<(), Error> {
    use std::time::Duration;

    use crate::settings::table::CONFIG;

    if let Some(url) = &settings.url {
        let alone = cache_redis_wire::Options::new().url(url.expose());
        alone.check().map_err(|error| merged.refused(table::URL.key, error.detail()))?;
    }
    let options = settings.options(Duration::from_secs(1))?;
    options.check().map(drop).map_err(|error| merged.refused(CONFIG, error.detail()))
}

/// Without a driver nothing is opened.
#[cfg(not(any(feature = "redis", feature = "fred")))]
#[expect(clippy::unnecessary_wraps, reason = "with a driver there is something to refuse")]
fn check(_: &Merged, _: &RedisSettings) -> Result<(), Error> {
    Ok(())
}

fn text(merged: &Merged, setting: &Setting) -> Result<Option<String>, Error> {
    merged.read(setting, |value| fields::text(value).filter(|text| !text.is_empty()))
}

fn secret(merged: &Merged, setting: &Setting) -> Result<Option<Secret>, Error> {
    Ok(text(merged, setting)?.map(Secret::new))
}

fn number<T: TryFrom<u64>>(merged: &Merged, setting: &Setting) -> Result<Option<T>, Error> {
    let Kind::Number { least, most } = setting.kind else { return Ok(None) };
    let parse = |value: &Value| T::try_from(fields::number(value, least, most)?).ok();
    merged.read(setting, parse)
}

#[cfg(test)]
mod tests;
