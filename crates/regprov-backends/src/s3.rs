//! The backend `s3`: Amazon S3, and stores that speak its protocol.

mod arguments;
mod client;
mod credentials;
mod profile;
mod security;
mod sign;

use std::sync::Arc;

use async_trait::async_trait;
use regprov_http::Clock;
use regprov_state::{StateError, StateStore};

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::fenced::{Fenced, Layout, PLACEHOLDER, Terms};
use crate::objects::{Condition, Objects, Written, put_surely};
use crate::probe::probe;
use crate::settings::Settings;
use crate::terraform_lock::LockObject;

pub(crate) use arguments::ARGUMENTS;
use client::Bucket;
pub(crate) use client::{age, lost, unfit};
pub(crate) use sign::ESCAPED;

/// What stands before the names of workspaces, unless the block says something else.
const WORKSPACE_PREFIX: &str = "env:";

struct S3 {
    bucket: Arc<Bucket>,
    key: String,
    workspace_prefix: String,
    terms: Terms,
    clock: Arc<dyn Clock>,
}

pub(crate) async fn open(
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, OpenError> {
    let key = settings.text("key").unwrap_or_default();
    if key.starts_with('/') || key.ends_with('/') {
        return Err(OpenError::Settings(
            "`key` is the path of the state within the bucket, and neither begins nor ends with `/`.".into(),
        ));
    }
    let prefix = settings.text_or("workspace_key_prefix", WORKSPACE_PREFIX);
    if prefix.starts_with('/') || prefix.ends_with('/') {
        return Err(OpenError::Settings(
            "`workspace_key_prefix` neither begins nor ends with `/`.".into(),
        ));
    }
    let bucket = Bucket::open(settings, surroundings).await?;
    Ok(Arc::new(S3 {
        bucket: Arc::new(bucket),
        key: key.to_owned(),
        workspace_prefix: prefix.to_owned(),
        terms: surroundings.terms,
        clock: Arc::clone(&surroundings.clock),
    }))
}

impl S3 {
    fn path(&self, workspace: &str) -> String {
        if workspace == DEFAULT {
            self.key.clone()
        } else {
            format!("{}/{workspace}/{}", self.workspace_prefix, self.key)
        }
    }

    fn objects(&self) -> Arc<dyn Objects> {
        Arc::clone(&self.bucket) as Arc<dyn Objects>
    }
}

#[async_trait]
impl Backend for S3 {
    fn promise(&self) -> Promise {
        Promise::Fenced
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        let path = self.path(workspace);
        let lock = LockObject::new(self.objects(), format!("{path}.tflock"));
        Ok(Arc::new(Fenced::new(
            self.objects(),
            Arc::new(lock),
            Layout::beside(path),
            (self.terms, Arc::clone(&self.clock)),
        )))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        let prefix = format!("{}/", self.workspace_prefix);
        let names = self
            .bucket
            .list(&prefix)
            .await
            .map_err(|error| error.during("list the workspaces in", self.bucket.place(&prefix)))?;
        let mut workspaces: Vec<String> = names
            .iter()
            .filter_map(|name| {
                let (workspace, key) = name.strip_prefix(&prefix)?.split_once('/')?;
                (key == self.key && !workspace.is_empty()).then(|| workspace.to_owned())
            })
            .collect();
        workspaces.sort();
        workspaces.dedup();
        workspaces.insert(0, DEFAULT.to_owned());
        Ok(workspaces)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        create(self.bucket.as_ref(), &self.path(name)).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        let path = self.path(name);
        delete(
            self.bucket.as_ref(),
            &Layout::beside(path.clone()),
            &[format!("{path}.tflock")],
        )
        .await
    }

    async fn probe(&self, id: &str) -> Result<(), StateError> {
        probe(self.bucket.as_ref(), &Layout::beside(self.key.clone()).probe(id)).await
    }
}

/// Writes an empty state where there is none.
pub(crate) async fn create(objects: &dyn Objects, path: &str) -> Result<(), StateError> {
    match put_surely(objects, path, PLACEHOLDER.as_bytes(), Condition::Absent).await {
        Ok(Written::Done(_) | Written::Refused) => Ok(()),
        Err(error) => Err(error.during("make the workspace", objects.place(path))),
    }
}

/// Removes a state and all that is beside it. The head goes last, as it is the lock.
pub(crate) async fn delete(
    objects: &dyn Objects,
    layout: &Layout,
    more: &[String],
) -> Result<(), StateError> {
    let failed = |name: &str| {
        let place = objects.place(name);
        move |error: crate::objects::ObjectError| error.during("delete the workspace", place)
    };
    let own = objects.list(&layout.own).await.map_err(failed(&layout.own))?;
    let (last, first): (Vec<_>, Vec<_>) = own.iter().partition(|name| name.ends_with("/head"));
    let all = std::iter::once(&layout.state)
        .chain(first)
        .chain(more)
        .chain(last);
    for name in all {
        objects.delete(name).await.map_err(failed(name))?;
    }
    Ok(())
}
