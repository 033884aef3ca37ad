//! What a server runs in, and what can be done to it there.

use super::container::Container;
use super::process::Process;
use crate::Failure;

/// A container or a process. Dropping it removes it.
#[derive(Debug)]
pub(crate) enum Machine {
    Container(Box<Container>),
    Process(Box<Process>),
}

impl Machine {
    pub(crate) async fn kill(&self) -> Result<(), Failure> {
        match self {
            Self::Container(container) => container.kill().await,
            Self::Process(process) => process.kill().await,
        }
    }

    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        match self {
            Self::Container(container) => container.stop().await,
            Self::Process(process) => process.stop().await,
        }
    }

    pub(crate) async fn freeze(&self) -> Result<(), Failure> {
        match self {
            Self::Container(container) => container.freeze().await,
            Self::Process(process) => process.freeze(),
        }
    }

    pub(crate) async fn thaw(&self) -> Result<(), Failure> {
        match self {
            Self::Container(container) => container.thaw().await,
            Self::Process(process) => process.thaw(),
        }
    }

    pub(crate) async fn restart(&self) -> Result<(), Failure> {
        match self {
            Self::Container(container) => container.restart().await,
            Self::Process(process) => process.restart().await,
        }
    }

    /// Waits until its process is gone, where the drop alone would not. The drop does the rest.
    pub(crate) async fn end(&self) {
        if let Self::Process(process) = self {
            // One that has ended already takes no signal.
            let _ = process.kill().await;
        }
    }

    /// Where another server of the same kind reaches this one.
    pub(crate) async fn address_for_servers(&self) -> Result<(String, u16), Failure> {
        match self {
            Self::Container(container) => container.address_inside().await,
            Self::Process(process) => Ok(process.address()),
        }
    }
}
