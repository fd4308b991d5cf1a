//! The backend `azurerm`: blobs in a storage account.

mod arguments;
mod client;
mod key;
mod lease;

use std::sync::Arc;

use async_trait::async_trait;
use regprov_http::{Clock, TokenSource};
use regprov_state::{StateError, StateStore};

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::fenced::{Fenced, Layout, Terms};
use crate::objects::Objects as _;
use crate::probe::probe;
use crate::s3::{create, delete};
use crate::settings::Settings;

pub(crate) use arguments::ARGUMENTS;
use client::Container;
use lease::BlobLease;

/// Signs in at Azure by the rules of the public provider.
#[async_trait]
pub trait AzureSignIn: Send + Sync {
    /// Signs in with what stands in an environment (`ARM_CLIENT_ID` and the like).
    ///
    /// # Errors
    /// What is missing or was refused, in sentences.
    async fn sign_in(
        &self,
        environment: &std::collections::BTreeMap<String, String>,
    ) -> Result<SignedIn, String>;
}

/// An identity at Azure.
pub struct SignedIn {
    /// Its tokens.
    pub tokens: Arc<dyn TokenSource>,
    /// The address of the resource manager.
    pub manager: String,
    /// What a token for the resource manager is asked for.
    pub manager_audience: String,
}

struct Azure {
    container: Arc<Container>,
    key: String,
    terms: Terms,
    clock: Arc<dyn Clock>,
}

pub(crate) async fn open(
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, OpenError> {
    Ok(Arc::new(Azure {
        container: Arc::new(Container::open(settings, surroundings).await?),
        key: settings.text("key").unwrap_or_default().to_owned(),
        terms: surroundings.terms,
        clock: Arc::clone(&surroundings.clock),
    }))
}

impl Azure {
    fn path(&self, workspace: &str) -> String {
        if workspace == DEFAULT {
            self.key.clone()
        } else {
            format!("{}env:{workspace}", self.key)
        }
    }
}

#[async_trait]
impl Backend for Azure {
    fn promise(&self) -> Promise {
        Promise::Fenced
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        let path = self.path(workspace);
        let container = Arc::new(self.container.for_state(&path));
        Ok(Arc::new(Fenced::new(
            Arc::clone(&container) as Arc<dyn crate::objects::Objects>,
            Arc::new(BlobLease::new(container, path.clone())),
            Layout::beside(path),
            (self.terms, Arc::clone(&self.clock)),
        )))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        let prefix = format!("{}env:", self.key);
        let names = self
            .container
            .list(&prefix)
            .await
            .map_err(|error| error.during("list the workspaces in", self.container.place(&prefix)))?;
        let mut workspaces: Vec<String> = names
            .iter()
            .filter_map(|name| name.strip_prefix(&prefix))
            .filter(|name| !name.contains('/') && !name.is_empty())
            .map(str::to_owned)
            .collect();
        workspaces.sort();
        workspaces.insert(0, DEFAULT.to_owned());
        Ok(workspaces)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        create(self.container.as_ref(), &self.path(name)).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        let path = self.path(name);
        // The lease that the caller holds would keep the blob.
        let freed = self.container.lease(&path, "break", None).await;
        freed.map_err(|error| error.during("delete the workspace", self.container.place(&path)))?;
        delete(self.container.as_ref(), &Layout::beside(path), &[]).await
    }

    async fn probe(&self, id: &str) -> Result<(), StateError> {
        probe(
            self.container.as_ref(),
            &Layout::beside(self.key.clone()).probe(id),
        )
        .await
    }
}
