//! Certificates for servers of tests: good ones, and one for each way to be wrong.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

use crate::Failure;

/// What a server needs to speak TLS, and what a client needs to trust it and to be trusted.
///
/// The files are removed with the last clone.
#[derive(Debug, Clone)]
pub struct Certificates {
    files: Arc<Files>,
}

#[derive(Debug)]
struct Files {
    directory: PathBuf,
    texts: Vec<(&'static str, String)>,
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

const AUTHORITY: &str = "ca.pem";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server.key";
const CLIENT: &str = "client.pem";
const CLIENT_KEY: &str = "client.key";

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    Host,
    Expired,
    SelfSigned,
}

impl Certificates {
    /// Good for `localhost` and `127.0.0.1`, from an authority that [`ca_file`](Self::ca_file) names.
    ///
    /// # Errors
    ///
    /// Where no file can be written.
    pub fn valid() -> Result<Self, Failure> {
        Self::with(Flaw::None)
    }

    /// Good for another host than the server's.
    ///
    /// # Errors
    ///
    /// Where no file can be written.
    pub fn for_another_host() -> Result<Self, Failure> {
        Self::with(Flaw::Host)
    }

    /// Past its last day.
    ///
    /// # Errors
    ///
    /// Where no file can be written.
    pub fn expired() -> Result<Self, Failure> {
        Self::with(Flaw::Expired)
    }

    /// Signed by nobody but itself: the authority in [`ca_file`](Self::ca_file) knows nothing of it.
    ///
    /// # Errors
    ///
    /// Where no file can be written.
    pub fn self_signed() -> Result<Self, Failure> {
        Self::with(Flaw::SelfSigned)
    }

    fn with(flaw: Flaw) -> Result<Self, Failure> {
        let texts = texts(flaw)
            .map_err(|error| Failure::new(format!("no certificate could be made: {error}")))?;
        let name = format!("redis-fixture-tls-{}-{:016x}", std::process::id(), fastrand::u64(..));
        let directory = std::env::temp_dir().join(name);
        let files = Files { directory, texts };
        let unwritable = |error| Failure::new(format!("{}: {error}", files.directory.display()));
        std::fs::create_dir_all(&files.directory).map_err(unwritable)?;
        for (name, text) in &files.texts {
            std::fs::write(files.directory.join(name), text).map_err(unwritable)?;
        }
        Ok(Self { files: Arc::new(files) })
    }

    /// The file with the authority that a client is to trust.
    pub fn ca_file(&self) -> PathBuf {
        self.files.directory.join(AUTHORITY)
    }

    /// The file with a certificate for a client, of the same authority.
    pub fn client_certificate_file(&self) -> PathBuf {
        self.files.directory.join(CLIENT)
    }

    /// The file with the key to the client's certificate.
    pub fn client_key_file(&self) -> PathBuf {
        self.files.directory.join(CLIENT_KEY)
    }

    /// Names and texts of the files.
    pub(crate) fn files(&self) -> &[(&'static str, String)] {
        &self.files.texts
    }

    /// What a server is told that finds the files in a directory.
    pub(crate) fn command_line(port: u16, directory: &str) -> Vec<String> {
        let words = [
            ("--tls-port", port.to_string()),
            ("--tls-cert-file", format!("{directory}/{SERVER}")),
            ("--tls-key-file", format!("{directory}/{SERVER_KEY}")),
            ("--tls-ca-cert-file", format!("{directory}/{AUTHORITY}")),
            ("--tls-auth-clients", "optional".to_owned()),
        ];
        words.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }
}

fn texts(flaw: Flaw) -> Result<Vec<(&'static str, String)>, rcgen::Error> {
    let mut authority = named("redis-fixture authority", &[])?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let hosts: &[&str] = match flaw {
        Flaw::Host => &["elsewhere.example"],
        Flaw::None | Flaw::Expired | Flaw::SelfSigned => &["localhost", "127.0.0.1"],
    };
    let mut server = named("redis-fixture server", hosts)?;
    if flaw == Flaw::Expired {
        server.not_before = date_time_ymd(2000, 1, 1);
        server.not_after = date_time_ymd(2001, 1, 1);
    }
    let server_key = KeyPair::generate()?;
    let server = match flaw {
        Flaw::SelfSigned => server.self_signed(&server_key)?,
        Flaw::None | Flaw::Host | Flaw::Expired => server.signed_by(&server_key, &authority)?,
    };
    let client_key = KeyPair::generate()?;
    let client = named("redis-fixture client", &["client.example"])?;
    let client = client.signed_by(&client_key, &authority)?;
    Ok(vec![
        (AUTHORITY, authority.pem()),
        (SERVER, server.pem()),
        (SERVER_KEY, server_key.serialize_pem()),
        (CLIENT, client.pem()),
        (CLIENT_KEY, client_key.serialize_pem()),
    ])
}

fn named(name: &str, hosts: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}
