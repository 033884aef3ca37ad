//! Encrypted connections, by rustls.
//!
//! The provider of the cryptography is ring, and is named: rustls otherwise takes the one that was
//! installed for the process, and panics where two are built in and none was installed.

use std::path::Path;
use std::sync::Arc;

use cache_core::{Error, ErrorKind};
use cache_redis_wire::{Settings, Tls};
use fred::types::config::{Config, ServerConfig, TlsConnector};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Reads what the settings say of TLS, so that a wrong path is found when the backend is opened.
///
/// # Errors
/// [`Config`](ErrorKind::Config), naming the file.
pub(crate) fn check(settings: &Settings) -> Result<(), Error> {
    settings.tls().map_or(Ok(()), |tls| client_config(tls).map(drop))
}

/// Has fred speak TLS with the server that `config` names. The files are read anew: a certificate that
/// was renewed is used by the next connection.
///
/// # Errors
/// [`Config`](ErrorKind::Config) where the files are at fault, [`Unavailable`](ErrorKind::Unavailable)
/// where the runtime ends.
pub(crate) async fn wrap(address: &str, tls: &Tls, config: &mut Config) -> Result<(), Error> {
    if let ServerConfig::Centralized { server } = &mut config.server {
        let name = tls.get_server_name().unwrap_or(&server.host).to_owned();
        ServerName::try_from(name.as_str()).map_err(|_| {
            wrong(format!(
                "{address}: the host is no name that a certificate can have; see server_name"
            ))
        })?;
        server.tls_server_name = Some(name.into());
    }
    let reading = tls.clone();
    let made = tokio::task::spawn_blocking(move || client_config(&reading));
    let made = made.await.map_err(|_| {
        let detail = "the runtime ended while certificates were read";
        Error::not_applied(ErrorKind::Unavailable, detail)
    })??;
    config.tls = Some(TlsConnector::from(made).into());
    Ok(())
}

/// The faults of a connection by which TLS ends it, by what fred keeps of them: their `Debug`. The
/// first that is found is the one.
const FAULTS: &[(&str, &str)] = &[
    ("NotValidForName", "shows a certificate for another host; see server_name"),
    ("Expired", "shows a certificate that has expired; renew it"),
    ("NotValidYet", "shows a certificate that is not valid yet; see the clocks"),
    ("UnknownIssuer", "shows a certificate that nobody trusted has signed; name its CA in ca_file"),
    ("Revoked", "shows a certificate that was revoked; renew it"),
    ("InvalidCertificate", "shows a certificate that is not valid for a server; renew it"),
    (
        "InvalidMessage(InvalidContentType)",
        "does not speak TLS; ask for `redis://`, or turn TLS on at the server",
    ),
    ("AlertReceived", "refuses TLS as it was offered; it may want a client certificate"),
    ("PeerIncompatible", "cannot agree on TLS with this client; see the server's TLS settings"),
    ("PeerMisbehaved", "cannot agree on TLS with this client; see the server's TLS settings"),
    ("InvalidMessage", "cannot agree on TLS with this client; see the server's TLS settings"),
];

/// The error of a dial that TLS ended; `None` if the error is none of TLS.
pub(crate) fn distrusted(address: &str, details: &str) -> Option<Error> {
    // As `std::io::Error` shows what is not of the system, which is where rustls puts its errors.
    let details = details.strip_prefix("Custom { kind: InvalidData, error: ")?;
    let (_, found) = FAULTS.iter().find(|(fault, _)| details.contains(fault))?;
    Some(wrong(format!("{address} {found}")))
}

fn client_config(tls: &Tls) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| wrong("rustls was built without a version of TLS"))?
        .with_webpki_verifier(verifier(tls, provider)?);
    let Some((certificate, key)) = tls.get_client_certificate() else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(certificate)?;
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable(key, "a private key in PEM"))?;
    builder
        .with_client_auth_cert(chain, private)
        .map_err(|_| unreadable(key, "the private key of the client's certificate"))
}

fn verifier(tls: &Tls, provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    let trusted = match tls.get_ca_file() {
        Some(path) => certificates(path)?,
        // What of them cannot be read is left out: the system's store is not ours to mend.
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(trusted);
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    builder.build().map_err(|_| {
        wrong("there is no certificate to trust, neither in ca_file nor in the system's store")
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(unreadable(path, "certificates in PEM")),
    }
}

fn unreadable(path: &Path, wanted: &str) -> Error {
    wrong(format!("{} cannot be read as {wanted}; see its path and rights", path.display()))
}

fn wrong(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::not_applied(ErrorKind::Config, detail)
}
