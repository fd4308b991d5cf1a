//! The backend `gcs`: objects in a Google Cloud Storage bucket.

mod client;
mod credentials;

use std::sync::Arc;

use async_trait::async_trait;
use regprov_http::Clock;
use regprov_state::{StateError, StateStore};

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::fenced::{Fenced, Layout, Terms};
use crate::objects::Objects;
use crate::probe::probe;
use crate::s3::{create, delete};
use crate::settings::{Argument, Kind, Settings, other, secret, text};
use crate::terraform_lock::LockObject;

use client::Bucket;

pub(crate) const ARGUMENTS: &[Argument] = &[
    text("bucket").required(),
    text("prefix"),
    secret("credentials").or_from(&["GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_CREDENTIALS"]),
    secret("access_token").or_from(&["GOOGLE_OAUTH_ACCESS_TOKEN"]),
    text("impersonate_service_account").or_from(&[
        "GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT",
        "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    ]),
    other("impersonate_service_account_delegates", Kind::Texts),
    secret("encryption_key").or_from(&["GOOGLE_ENCRYPTION_KEY"]),
    text("kms_encryption_key").or_from(&["GOOGLE_KMS_ENCRYPTION_KEY"]),
    text("storage_custom_endpoint").or_from(&[
        "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT",
        "GOOGLE_STORAGE_CUSTOM_ENDPOINT",
    ]),
];

const STATE: &str = ".tfstate";
const LOCK: &str = ".tflock";

struct Gcs {
    bucket: Arc<Bucket>,
    /// Empty, or with a slash at its end.
    prefix: String,
    terms: Terms,
    clock: Arc<dyn Clock>,
}

pub(crate) async fn open(
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, OpenError> {
    let given = settings.text_or("prefix", "").trim_start_matches('/');
    let prefix = if given.is_empty() || given.ends_with('/') {
        given.to_owned()
    } else {
        format!("{given}/")
    };
    Ok(Arc::new(Gcs {
        bucket: Arc::new(Bucket::open(settings, surroundings)?),
        prefix,
        terms: surroundings.terms,
        clock: Arc::clone(&surroundings.clock),
    }))
}

impl Gcs {
    fn path(&self, workspace: &str, suffix: &str) -> String {
        format!("{}{workspace}{suffix}", self.prefix)
    }

    fn objects(&self) -> Arc<dyn Objects> {
        Arc::clone(&self.bucket) as Arc<dyn Objects>
    }
}

#[async_trait]
impl Backend for Gcs {
    fn promise(&self) -> Promise {
        Promise::Fenced
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        let lock = LockObject::named_by_version(self.objects(), self.path(workspace, LOCK));
        Ok(Arc::new(Fenced::new(
            self.objects(),
            Arc::new(lock),
            Layout::beside(self.path(workspace, STATE)),
            (self.terms, Arc::clone(&self.clock)),
        )))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        let names = self
            .bucket
            .list(&self.prefix)
            .await
            .map_err(|error| error.during("list the workspaces in", self.bucket.place(&self.prefix)))?;
        let mut workspaces: Vec<String> = names
            .iter()
            .filter_map(|name| name.strip_prefix(&self.prefix)?.strip_suffix(STATE))
            .filter(|name| !name.contains('/') && *name != DEFAULT)
            .map(str::to_owned)
            .collect();
        workspaces.sort();
        workspaces.insert(0, DEFAULT.to_owned());
        Ok(workspaces)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        create(self.bucket.as_ref(), &self.path(name, STATE)).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        let layout = Layout::beside(self.path(name, STATE));
        delete(self.bucket.as_ref(), &layout, &[self.path(name, LOCK)]).await
    }

    async fn probe(&self, id: &str) -> Result<(), StateError> {
        let layout = Layout::beside(self.path(DEFAULT, STATE));
        probe(self.bucket.as_ref(), &layout.probe(id)).await
    }
}
