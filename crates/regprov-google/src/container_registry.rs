//! `google_container_registry`: the bucket of a registry that Google has shut down. It can be read and forgotten; a new one
//! cannot be made.

use crate::client::{Ask, Client, attribute};
use crate::endpoints::Product;
use crate::fields;
use crate::id::BucketName;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PreflightRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Meaning, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

/// The bucket of a registry that Google has shut down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ContainerRegistry {
    /// Where it is: `EU`, `US`, `ASIA`.
    #[schema(replaces, meaning = Meaning::IgnoreCase)]
    pub(crate) location: Option<String>,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
    /// The address of its bucket.
    pub(crate) bucket_self_link: Computed<String>,
    /// Its bucket.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Bucket {
    self_link: Option<String>,
}

/// The bucket of a project's registry.
fn bucket(project: &str, location: Option<&str>) -> String {
    let project = match project.split_once(':') {
        Some((domain, project)) => format!("{project}.{domain}.a"),
        None => project.to_owned(),
    };
    match location.filter(|location| !location.is_empty()) {
        Some(location) => format!("{}.artifacts.{project}.appspot.com", location.to_lowercase()),
        None => format!("artifacts.{project}.appspot.com"),
    }
}

/// What to declare in its place.
fn successor(location: Option<&str>) -> String {
    let (host, place) = match location.map(str::to_lowercase).as_deref() {
        Some("eu") => ("eu.gcr.io", "europe"),
        Some("asia") => ("asia.gcr.io", "asia"),
        Some("us") => ("us.gcr.io", "us"),
        _ => ("gcr.io", "us"),
    };
    format!(
        "Declare the repository that serves {host} from Artifact Registry, under the same image names:\n\n    \
         resource \"google_artifact_registry_repository\" \"gcr\" {{\n      location      = \"{place}\"\n      repository_id = \"{host}\"\n      \
         format        = \"DOCKER\"\n    }}\n\nand take this block out. One that is in the state is forgotten without harm."
    )
}

const SHUT_DOWN: &str = "Container Registry was shut down on 2025-03-18: no bucket can be made for it, and nothing can be pushed to one";

impl Resource for ContainerRegistry {
    const TYPE: &'static str = "google_container_registry";
    const CREATE: CreateClass = CreateClass::UniqueName;
    type Client = Client;
    type Id = BucketName;

    fn id(object: &Self) -> Option<BucketName> {
        BucketName::known([object.id.get().map(String::as_str)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let name = request.id.part(0);
        let path = format!("b/{name}");
        let ask = Ask::new(Product::Storage, &path, "read the bucket of the registry");
        let Some(wire) = request.client.api.get::<Bucket>(ask).await? else {
            return Ok(Observed::Absent);
        };
        let like = request.prior;
        let of_name = name.split_once("artifacts.");
        let place = of_name.map(|(place, _)| place.trim_end_matches('.').to_uppercase());
        let project = of_name.and_then(|(_, rest)| rest.strip_suffix(".appspot.com"));
        Ok(Observed::Present(Self {
            location: match like {
                Some(like) => like.location.clone(),
                None => fields::filled(place),
            },
            project: match like.map(|like| like.project.clone()) {
                Some(Computed(Some(project))) => Computed::known(project),
                Some(_) | None => Computed(project.map(str::to_owned)),
            },
            bucket_self_link: Computed(wire.self_link),
            id: Computed::known(name.to_owned()),
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let message = format!("{SHUT_DOWN}.");
        Err(Error::new(ErrorKind::Unsupported, message)
            .remedy(successor(request.desired.location.as_deref())))
    }

    /// The public provider leaves the bucket too.
    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let Some(project) = fields::project_known(client, desired) else {
            return Vec::new();
        };
        let id = bucket(&project, desired.text("location"));
        vec![("id", Value::string(id)), ("project", Value::string(project))]
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        if request.prior.is_some() {
            return Vec::new();
        }
        vec![Finding {
            fatal: true,
            path: attribute("project"),
            summary: "Container Registry is shut down".to_owned(),
            detail: format!("{SHUT_DOWN}. The hosts `gcr.io` live on: Artifact Registry serves them."),
            remedy: Some(successor(request.desired.text("location"))),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_as_google_named_them() {
        assert_eq!(bucket("p", None), "artifacts.p.appspot.com");
        assert_eq!(bucket("p", Some("EU")), "eu.artifacts.p.appspot.com");
        assert!(successor(Some("EU")).contains("\"eu.gcr.io\""));
    }
}
