//! The backend `kubernetes`: secrets in a namespace.
//!
//! The state is compressed into the secret that Terraform names, in several where it is large. Our own objects are secrets of
//! their own labels, which Terraform does not see.

mod arguments;
mod client;
mod kubeconfig;
mod lease;
mod secrets;

use std::sync::Arc;

use async_trait::async_trait;
use regprov_http::Clock;
use regprov_state::{StateError, StateStore};

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::fenced::{Fenced, Layout, Terms};
use crate::objects::{ObjectError, Objects as _};
use crate::probe::probe;
use crate::s3::{create, delete};
use crate::settings::Settings;

pub(crate) use arguments::ARGUMENTS;
use client::Cluster;
use lease::ClusterLease;
use secrets::Secrets;

struct Kubernetes {
    cluster: Arc<Cluster>,
    suffix: String,
    labels: std::collections::BTreeMap<String, String>,
    terms: Terms,
    clock: Arc<dyn Clock>,
}

pub(crate) async fn open(
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, OpenError> {
    Ok(Arc::new(Kubernetes {
        cluster: Arc::new(Cluster::open(settings, surroundings).await?),
        suffix: settings.text("secret_suffix").unwrap_or_default().to_owned(),
        labels: settings.text_map("labels"),
        terms: surroundings.terms,
        clock: Arc::clone(&surroundings.clock),
    }))
}

impl Kubernetes {
    fn secrets(&self, workspace: &str) -> Result<Arc<Secrets>, StateError> {
        let secrets = Secrets::new(Arc::clone(&self.cluster), (workspace, &self.suffix), &self.labels);
        let name = secrets.state();
        let is_plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character)
        };
        if name.len() <= 200
            && name.chars().all(is_plain)
            && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return Ok(Arc::new(secrets));
        }
        Err(ObjectError::new(format!("`{name}` is no name for a secret"))
            .remedy("The workspace and `secret_suffix` may hold small letters, digits, `-` and `.` only.")
            .during("use the workspace in", self.cluster.place()))
    }
}

#[async_trait]
impl Backend for Kubernetes {
    fn promise(&self) -> Promise {
        Promise::Fenced
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        let secrets = self.secrets(workspace)?;
        let state = secrets.state();
        let lease = ClusterLease::new(Arc::clone(&secrets));
        Ok(Arc::new(Fenced::new(
            secrets,
            Arc::new(lease),
            Layout::beside(state),
            (self.terms, Arc::clone(&self.clock)),
        )))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        let failed = |error: ObjectError| error.during("list the workspaces in", self.cluster.place());
        let secrets = self
            .cluster
            .list("secrets", "tfstate=true")
            .await
            .map_err(failed)?;
        let label = |secret: &serde_json::Value, name: &str| {
            secret["metadata"]["labels"][name].as_str().map(str::to_owned)
        };
        let mut workspaces: Vec<String> = secrets
            .iter()
            .filter(|secret| label(secret, "tfstateSecretSuffix").as_ref() == Some(&self.suffix))
            .filter_map(|secret| label(secret, "tfstateWorkspace"))
            .filter(|workspace| workspace != DEFAULT)
            .collect();
        workspaces.sort();
        workspaces.dedup();
        workspaces.insert(0, DEFAULT.to_owned());
        Ok(workspaces)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        let secrets = self.secrets(name)?;
        create(secrets.as_ref(), &secrets.state()).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        let secrets = self.secrets(name)?;
        delete(secrets.as_ref(), &Layout::beside(secrets.state()), &[]).await?;
        let lease = format!("lock-{}", secrets.state());
        self.cluster
            .delete("leases", &lease)
            .await
            .map_err(|error| error.during("delete the workspace", secrets.place(&lease)))
    }

    async fn probe(&self, id: &str) -> Result<(), StateError> {
        let secrets = self.secrets(DEFAULT)?;
        probe(
            secrets.as_ref(),
            &Layout::beside(secrets.state()).probe(&id.to_lowercase()),
        )
        .await
    }
}
