//! Servers in containers, by testcontainers.

mod sweep;

use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    KillContainerOptionsBuilder, StopContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{ContainerRequest, IntoContainerPort, Mount};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};

use super::machine::Machine;
use super::port::Port;
use super::{Found, IMAGE, Problem};
use crate::address::Address;
use crate::socket::SocketFile;
use crate::tls::Certificates;
use crate::{Endpoint, Failure, Server, ServerOptions, clock};

/// The image for those who name none: the public one.
pub(super) const DEFAULT_IMAGE: &str = "redis:8-alpine";

/// Inside of the container; every container has ports of its own.
const PORT: u16 = 6379;
const TLS_PORT: u16 = 6380;

/// How long a server may take from its start to its first answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The directory inside of the container that has the certificates.
const CERTIFICATES: &str = "/certificates";

/// The directory inside of the container that has the socket.
const SOCKET: &str = "/socket";

/// A server in a container. Dropping it, on our runtime alone, removes the container.
#[derive(Debug)]
pub(crate) struct Container {
    docker: Docker,
    inside: ContainerAsync<GenericImage>,
    /// The engine lets go of them whenever the container stops.
    _ports: Vec<Port>,
}

/// Whether an image is asked for by name, so that no other server will do.
pub(super) fn is_asked_for(options: &ServerOptions) -> bool {
    options.image.is_some() || named_image().is_some()
}

fn named_image() -> Option<String> {
    std::env::var(IMAGE).ok().filter(|image| !image.is_empty())
}

/// Starts a container, and answers when the server in it answers.
pub(super) async fn start(options: &ServerOptions) -> Found<Server> {
    let named = options.image.clone().or_else(named_image);
    let docker = engine().await.map_err(|reason| match &named {
        None => Problem::Absent(reason),
        Some(image) => Problem::refused(format!(
            "the image {image} is asked for by name, and {reason}; start Docker, or name no image"
        )),
    })?;
    sweep::once(&docker).await;
    let image = named.as_deref().unwrap_or(DEFAULT_IMAGE);
    let mut started = None;
    // Between finding a free port and taking it a process that knows nothing of us may take it.
    for _ in 0..5 {
        let ports = ports(options)?;
        match request(options, image, &ports).start().await {
            Ok(inside) => {
                started = Some((inside, ports));
                break;
            }
            Err(error) if is_port_taken(&error) => {}
            Err(error) if named.is_none() && is_image_missing(&docker, image).await => {
                return Err(Problem::Absent(format!("Docker has no image {image}: {error}")));
            }
            Err(error) => return Err(unusable(image, &error)),
        }
    }
    let taken = || Problem::refused("Docker found five ports taken in turn");
    let (inside, ports) = started.ok_or_else(taken)?;
    let container = Container { docker, inside, _ports: ports };
    container.ready(options, image).await
}

/// Removes the containers of processes that are gone, if there is an engine.
pub(super) async fn sweep() {
    if let Ok(docker) = engine().await {
        sweep::sweep(&docker).await;
    }
}

/// A client of the engine that has answered, or why there is none.
async fn engine() -> Result<Docker, String> {
    let docker = docker_client_instance().await.map_err(|error| format!("no Docker: {error}"))?;
    match docker.ping().await {
        Ok(_) => Ok(docker),
        Err(error) => Err(format!("no Docker engine answers: {error}")),
    }
}

/// The ports of the machine that lead to those inside.
fn ports(options: &ServerOptions) -> Found<Vec<Port>> {
    let count = 1 + usize::from(options.certificates.is_some());
    (0..count).map(|_| Port::free()).collect()
}

fn request(options: &ServerOptions, image: &str, ports: &[Port]) -> ContainerRequest<GenericImage> {
    // The tag is behind the last colon, unless that one belongs to the port of a registry.
    let (name, tag) = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    };
    let mut more = Vec::new();
    let mut request = GenericImage::new(name, tag)
        .with_startup_timeout(PATIENCE)
        .with_label(sweep::LABEL, sweep::owner());
    for (port, inside) in ports.iter().zip([PORT, TLS_PORT]) {
        request = request.with_mapped_port(port.number(), inside.tcp());
    }
    if let Some(certificates) = &options.certificates {
        for (name, text) in certificates.files() {
            let place = format!("{CERTIFICATES}/{name}");
            request = request.with_copy_to(place, text.clone().into_bytes());
        }
        more = Certificates::command_line(TLS_PORT, CERTIFICATES);
    }
    if let Some(socket) = &options.socket {
        let directory = socket.directory().display().to_string();
        request = request.with_mount(Mount::bind_mount(directory, SOCKET));
        more.extend(SocketFile::command_line(SOCKET));
    }
    request.with_cmd(options.command_line(PORT, more))
}

/// The engine tells by words alone that a port is in use.
fn is_port_taken(error: &TestcontainersError) -> bool {
    let text = error.to_string();
    text.contains("port is already allocated") || text.contains("address already in use")
}

async fn is_image_missing(docker: &Docker, image: &str) -> bool {
    docker.inspect_image(image).await.is_err()
}

fn unusable(image: &str, error: &TestcontainersError) -> Problem {
    Problem::refused(format!(
        "Docker could not start {image}: {error}; is there such an image, or a registry to have it \
         from? `cargo xtask server-images` builds some without one; {IMAGE} chooses the image"
    ))
}

impl Container {
    async fn ready(self, options: &ServerOptions, image: &str) -> Found<Server> {
        let unusable = |error| unusable(image, &error);
        let host = self.inside.get_host().await.map_err(unusable)?.to_string();
        // The name may also mean an address of IPv6, where the engine need not listen.
        let host = if host == "localhost" { "127.0.0.1".to_owned() } else { host };
        // A server that has ended already has no ports any more.
        let Ok((port, tls_port)) = self.ports(options).await else {
            return Err(Problem::Refused(self.last_words(image).await));
        };
        let address = Address::new(&host, port, options.password.clone());
        // The engine's own proxy accepts connections before the server does: an answer counts.
        let up = clock::poll(PATIENCE, || async {
            if address.answers().await {
                return Some(true);
            }
            let runs = self.inside.is_running().await.unwrap_or(false);
            (!runs).then_some(false)
        });
        if up.await != Some(true) {
            return Err(Problem::Refused(self.last_words(image).await));
        }
        let endpoint = Endpoint::new(address, options.databases());
        let description = format!("Docker image {image}");
        Ok(Server::new(endpoint, tls_port, description, Machine::Container(Box::new(self))))
    }

    /// Where the engine lets clients in, plainly and by TLS.
    async fn ports(
        &self,
        options: &ServerOptions,
    ) -> Result<(u16, Option<u16>), TestcontainersError> {
        let port = self.inside.get_host_port_ipv4(PORT).await?;
        let tls_port = match options.certificates {
            None => None,
            Some(_) => Some(self.inside.get_host_port_ipv4(TLS_PORT).await?),
        };
        Ok((port, tls_port))
    }

    async fn last_words(&self, image: &str) -> Failure {
        let lines = self.inside.stdout_to_vec().await.unwrap_or_default();
        let errors = self.inside.stderr_to_vec().await.unwrap_or_default();
        let text = String::from_utf8_lossy(&[lines, errors].concat()).into_owned();
        super::ended(&format!("the server of the image {image}"), &text)
    }

    fn failed(&self, what: &str, error: &dyn std::error::Error) -> Failure {
        Failure::new(format!("Docker did not {what} the container {}: {error}", self.inside.id()))
    }

    pub(super) async fn kill(&self) -> Result<(), Failure> {
        let signal = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killed = self.docker.kill_container(self.inside.id(), Some(signal)).await;
        killed.map_err(|error| self.failed("kill", &error))?;
        let gone = clock::poll(PATIENCE, || async {
            let runs = self.inside.is_running().await.unwrap_or(true);
            (!runs).then_some(())
        });
        let late = || Failure::new(format!("{} runs 30 s after its kill", self.inside.id()));
        gone.await.ok_or_else(late)
    }

    pub(super) async fn stop(&self) -> Result<(), Failure> {
        let seconds = StopContainerOptionsBuilder::new().t(20).build();
        let stopped = self.docker.stop_container(self.inside.id(), Some(seconds)).await;
        stopped.map_err(|error| self.failed("stop", &error))
    }

    pub(super) async fn freeze(&self) -> Result<(), Failure> {
        self.inside.pause().await.map_err(|error| self.failed("pause", &error))
    }

    pub(super) async fn thaw(&self) -> Result<(), Failure> {
        self.inside.unpause().await.map_err(|error| self.failed("unpause", &error))
    }

    pub(super) async fn restart(&self) -> Result<(), Failure> {
        if self.inside.is_running().await.unwrap_or(false) {
            // A paused container takes no signal before it is unpaused; others cannot be.
            let _ = self.inside.unpause().await;
            self.kill().await?;
        }
        let started = self.docker.start_container(self.inside.id(), None);
        started.await.map_err(|error| self.failed("start", &error))
    }

    /// In the network that the engine puts containers into; another one after each start.
    pub(super) async fn address_inside(&self) -> Result<(String, u16), Failure> {
        let container = self.docker.inspect_container(self.inside.id(), None).await;
        let container = container.map_err(|error| self.failed("tell the address of", &error))?;
        let networks = container.network_settings.and_then(|settings| settings.networks);
        let addresses = networks.into_iter().flatten().filter_map(|(_, own)| own.ip_address);
        let address = addresses.into_iter().find(|address| !address.is_empty());
        let none = || Failure::new(format!("the container {} has no address", self.inside.id()));
        Ok((address.ok_or_else(none)?, PORT))
    }
}
