//! Encrypted connections, by rustls.
//!
//! The provider of the cryptography is ring, and is named: rustls otherwise takes the one that was
//! installed for the process, and panics where two are built in and none was installed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use cache_core::{Error, ErrorKind};
use cache_redis_wire::{Settings, Tls};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, InvalidMessage, RootCertStore};

use crate::stream::Stream;

/// Reads what the settings say of TLS, so that a wrong path is found when the backend is opened.
///
/// # Errors
/// [`Config`](ErrorKind::Config), naming the file.
pub(crate) fn check(settings: &Settings) -> Result<(), Error> {
    settings.tls().map_or(Ok(()), |tls| client_config(tls).map(drop))
}

/// Speaks TLS over a socket that is connected to `host`. The files are read anew: a certificate that
/// was renewed is used by the next connection.
///
/// # Errors
/// [`Config`](ErrorKind::Config) where the files or the server's certificate are at fault,
/// [`Unavailable`](ErrorKind::Unavailable) otherwise.
pub(crate) async fn wrap(
    address: &str,
    host: &str,
    tls: &Tls,
    stream: TcpStream,
) -> Result<Box<dyn Stream>, Error> {
    let name = tls.get_server_name().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name).map_err(|_| {
        wrong(format!(
            "{address}: the host is no name that a certificate can have; see server_name"
        ))
    })?;
    let reading = tls.clone();
    let config = tokio::task::spawn_blocking(move || client_config(&reading));
    let config = config.await.map_err(|_| {
        let detail = "the runtime ended while certificates were read";
        Error::not_applied(ErrorKind::Unavailable, detail)
    })??;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match connecting.await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(crate::error::unreachable(address, &error)),
    }
}

/// The error of a dial that TLS ended; `None` if the error is none of TLS.
pub(crate) fn distrusted(address: &str, error: &io::Error) -> Option<Error> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let found = match error {
        rustls::Error::InvalidCertificate(error) => fault_of_certificate(error),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "does not speak TLS; ask for `redis://`, or turn TLS on at the server"
        }
        rustls::Error::AlertReceived(_) => {
            "refuses TLS as it was offered; it may want a client certificate"
        }
        _ => "cannot agree on TLS with this client; see the server's TLS settings",
    };
    Some(wrong(format!("{address} {found}")))
}

fn fault_of_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "shows a certificate for another host; see server_name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "shows a certificate that has expired; renew it"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "shows a certificate that is not valid yet; see the clocks"
        }
        CertificateError::UnknownIssuer => {
            "shows a certificate that nobody trusted has signed; name its CA in ca_file"
        }
        CertificateError::Revoked => "shows a certificate that was revoked; renew it",
        _ => "shows a certificate that is not valid for a server; renew it",
    }
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
