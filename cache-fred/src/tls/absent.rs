//! What there is of TLS in a build without it: refusals.

use cache_core::{Error, ErrorKind};
use cache_redis_wire::{Settings, Tls};
use fred::types::config::Config;

/// Refuses settings that ask for TLS.
///
/// # Errors
/// [`Config`](ErrorKind::Config) if they do.
pub(crate) fn check(settings: &Settings) -> Result<(), Error> {
    match settings.tls() {
        None => Ok(()),
        Some(_) => Err(not_built()),
    }
}

/// Refuses; [`check`] has refused before.
pub(crate) async fn wrap(_address: &str, _tls: &Tls, _config: &mut Config) -> Result<(), Error> {
    Err(not_built())
}

/// Nothing is an error of TLS.
pub(crate) fn distrusted(_address: &str, _details: &str) -> Option<Error> {
    None
}

fn not_built() -> Error {
    let detail = concat!(
        "TLS is asked for, and this program was built without it; turn the feature `tls` of \
         cache-facade or ",
        env!("CARGO_PKG_NAME"),
        " on, or ask for `redis://` without TLS"
    );
    Error::not_applied(ErrorKind::Config, detail)
}
