//! Terraform's lock in a cluster: a lease whose holder is the lock's ID, with the note as an annotation.

use std::sync::Arc;

use async_trait::async_trait;
use regprov_state::LockInfo;
use serde_json::{Value, json};

use super::client::Wrote;
use super::secrets::Secrets;
use crate::objects::ObjectError;
use crate::terraform_lock::{Taken, TerraformLock};

const NOTE: &str = "app.terraform.io/lock-info";

/// The lease of one state.
pub(super) struct ClusterLease {
    secrets: Arc<Secrets>,
    name: String,
}

impl ClusterLease {
    pub(super) fn new(secrets: Arc<Secrets>) -> Self {
        Self {
            name: format!("lock-{}", secrets.state()),
            secrets,
        }
    }

    /// Frees the lease if it still is held under this ID.
    async fn free(&self, id: &str) -> Result<bool, ObjectError> {
        let cluster = &self.secrets.cluster;
        let Some(lease) = cluster.get("leases", &self.name).await? else {
            return Ok(false);
        };
        if lease["spec"]["holderIdentity"] != *id {
            return Ok(false);
        }
        let change = json!({
            "metadata": {"resourceVersion": lease["metadata"]["resourceVersion"], "annotations": {NOTE: null}},
            "spec": {"holderIdentity": null},
        });
        let wrote = cluster.change("leases", &self.name, &change).await?;
        Ok(matches!(wrote, Wrote::Done(_)))
    }
}

fn note(lease: &Value) -> Option<Box<LockInfo>> {
    let text = lease["metadata"]["annotations"][NOTE].as_str()?;
    serde_json::from_str(text).ok().map(Box::new)
}

#[async_trait]
impl TerraformLock for ClusterLease {
    async fn take(&self, info: &LockInfo, gone: &[String]) -> Result<Taken, ObjectError> {
        let cluster = &self.secrets.cluster;
        let text = serde_json::to_string(info).expect("texts are always printable");
        for _ in 0..4 {
            let present = cluster.get("leases", &self.name).await?;
            let wrote = match &present {
                None => {
                    let lease = json!({
                        "apiVersion": "coordination.k8s.io/v1",
                        "kind": "Lease",
                        "metadata": {
                            "name": self.name,
                            "labels": self.secrets.labels(),
                            "annotations": {NOTE: text},
                        },
                        "spec": {"holderIdentity": info.id},
                    });
                    cluster.create("leases", &lease).await?
                }
                Some(lease) => {
                    let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default();
                    let is_free =
                        holder.is_empty() || holder == info.id || gone.iter().any(|id| id == holder);
                    if !is_free {
                        return Ok(Taken::Theirs(note(lease)));
                    }
                    let change = json!({
                        "metadata": {
                            "resourceVersion": lease["metadata"]["resourceVersion"],
                            "annotations": {NOTE: text},
                        },
                        "spec": {"holderIdentity": info.id},
                    });
                    cluster.change("leases", &self.name, &change).await?
                }
            };
            if let Wrote::Done(_) = wrote {
                return Ok(Taken::Ours);
            }
        }
        Ok(Taken::Theirs(None))
    }

    async fn release(&self, id: &str) -> Result<(), ObjectError> {
        self.free(id).await.map(drop)
    }

    async fn break_lock(&self, id: &str) -> Result<bool, ObjectError> {
        self.free(id).await
    }
}
