//! What a server is started with.

use crate::socket::SocketFile;
use crate::tls::Certificates;
use crate::{Failure, Server, runtime, source};

/// What a server of one's own is started with.
///
/// Without anything it has 1024 databases, asks nobody for a password, keeps nothing on disk, and
/// allows `DEBUG` and protected settings.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ServerOptions {
    pub(crate) image: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) certificates: Option<Certificates>,
    pub(crate) socket: Option<SocketFile>,
    pub(crate) arguments: Vec<String>,
}

/// How many databases a server has: one test opens several backends that share nothing.
pub(crate) const DATABASES: u32 = 1024;

impl ServerOptions {
    /// A server as the tests mostly need it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The Docker image, whatever `REDIS_FIXTURE_IMAGE` says. It is to be had, or starting fails.
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// A line of `redis.conf`: `setting("maxmemory", &["1mb"])`. The last one of a name counts.
    pub fn setting(mut self, name: &str, values: &[&str]) -> Self {
        self.arguments.push(format!("--{name}"));
        self.arguments.extend(values.iter().map(|value| (*value).to_owned()));
        self
    }

    /// What the default user has to log in with. [`url`](crate::Endpoint::url) contains it.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.setting("requirepass", &[password])
    }

    /// A user beside the default one: `user("reader", "secret", "~* +@read")`.
    pub fn user(self, name: &str, password: &str, rules: &str) -> Self {
        let password = format!(">{password}");
        let words = [name, "on", &password];
        let words: Vec<_> = words.into_iter().chain(rules.split_whitespace()).collect();
        self.setting("user", &words)
    }

    /// A second port that speaks TLS; [`Server::tls_url`] names it. It asks clients for a
    /// certificate and takes none too: `setting("tls-auth-clients", &["yes"])` insists.
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.certificates = Some(certificates.clone());
        self
    }

    /// A socket in the file system beside the port. In Docker the engine has to be on this machine.
    pub fn socket(mut self, file: &SocketFile) -> Self {
        self.socket = Some(file.clone());
        self
    }

    /// Starts a server that is the caller's alone, and removes it when it is dropped.
    ///
    /// # Errors
    ///
    /// Where there is no way to a server, or where the server ends by itself: the text says what was
    /// tried and what helps, or what the server wrote last.
    pub async fn start(self) -> Result<Server, Failure> {
        runtime::run(source::start(self)).await
    }

    /// The words behind the name of the program, for a port. What was asked for comes last: it counts.
    pub(crate) fn command_line(&self, port: u16, more: Vec<String>) -> Vec<String> {
        let base = [
            ("port", port.to_string()),
            ("databases", DATABASES.to_string()),
            ("protected-mode", "no".to_owned()),
            ("save", String::new()),
            ("appendonly", "no".to_owned()),
            ("enable-debug-command", "yes".to_owned()),
            ("enable-protected-configs", "yes".to_owned()),
        ];
        let base = base.into_iter().flat_map(|(name, value)| [format!("--{name}"), value]);
        base.chain(more).chain(self.arguments.iter().cloned()).collect()
    }

    /// How many databases the server will have.
    pub(crate) fn databases(&self) -> u32 {
        let position = self.arguments.iter().rposition(|argument| argument == "--databases");
        let value = position.and_then(|position| self.arguments.get(position + 1));
        value.and_then(|value| value.parse().ok()).unwrap_or(DATABASES)
    }
}
