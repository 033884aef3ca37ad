//! Removes the containers of processes that are gone.
//!
//! Dropping a server removes it. A process that was killed drops nothing, so each container says
//! whose it is, and the next process that starts one looks for what was left behind.

use std::collections::HashMap;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use tokio::sync::OnceCell;

use crate::owner::Owner;

/// The label that says which process a container belongs to.
pub(super) const LABEL: &str = "redis-fixture.owner";

pub(super) fn owner() -> String {
    Owner::this_process().to_string()
}

/// Looks once a process.
pub(super) async fn once(docker: &Docker) {
    static DONE: OnceCell<()> = OnceCell::const_new();
    DONE.get_or_init(|| sweep(docker)).await;
}

/// What cannot be removed is left to the next process: two may sweep at the same time.
pub(super) async fn sweep(docker: &Docker) {
    let labelled = HashMap::from([("label", vec![LABEL])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&labelled).build();
    for container in docker.list_containers(Some(options)).await.unwrap_or_default() {
        let owner = container.labels.as_ref().and_then(|labels| labels.get(LABEL));
        let gone = owner.and_then(|owner| owner.parse::<Owner>().ok()).is_some_and(|o| o.is_gone());
        if let (true, Some(id)) = (gone, &container.id) {
            let force = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            let _ = docker.remove_container(id, Some(force)).await;
        }
    }
}
