//! `google_artifact_registry_docker_image`: an image of a repository.

use super::missing;
use crate::client::{Ask, Client, Paged};
use crate::endpoints::Product;
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// An image of a repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct DockerImage {
    /// The location of the repository.
    pub(crate) location: String,
    /// The repository.
    pub(crate) repository_id: String,
    /// The image: `NAME`, `NAME:TAG` or `NAME@DIGEST`. Without both it is the one that was uploaded last.
    pub(crate) image_name: String,
    /// The project of the repository.
    pub(crate) project: Option<String>,
    /// Its full name.
    pub(crate) name: Computed<String>,
    /// Where it is pulled from.
    pub(crate) self_link: Computed<String>,
    /// Its tags.
    pub(crate) tags: Computed<Vec<String>>,
    /// Its size.
    pub(crate) image_size_bytes: Computed<String>,
    /// Its media type.
    pub(crate) media_type: Computed<String>,
    /// When it was uploaded.
    pub(crate) upload_time: Computed<String>,
    /// When it was built.
    pub(crate) build_time: Computed<String>,
    /// When it last changed.
    pub(crate) update_time: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Page {
    docker_images: Vec<Wire>,
    next_page_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    name: String,
    uri: Option<String>,
    tags: Vec<String>,
    image_size_bytes: Option<String>,
    media_type: Option<String>,
    upload_time: Option<String>,
    build_time: Option<String>,
    update_time: Option<String>,
}

impl Paged for Page {
    type Item = Wire;

    fn open(self) -> (Vec<Wire>, Option<String>) {
        (self.docker_images, self.next_page_token)
    }
}

/// Whether an image is the one that is meant.
fn is_meant(wire: &Wire, written: &str) -> bool {
    let last = wire.name.rsplit('/').next().unwrap_or_default();
    let (name, digest) = last.split_once('@').unwrap_or((last, ""));
    let name = name.replace("%2F", "/").replace("%2f", "/");
    if let Some((wanted, wanted_digest)) = written.split_once('@') {
        return wanted == name && wanted_digest == digest;
    }
    match written.rsplit_once(':') {
        Some((wanted, tag)) if !tag.contains('/') => {
            wanted == name && wire.tags.iter().any(|known| known == tag)
        }
        Some(_) | None => written == name,
    }
}

impl DataSource for DockerImage {
    const TYPE: &'static str = "google_artifact_registry_docker_image";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let project = client.project_or(config.project.as_deref())?;
        let path = format!(
            "projects/{project}/locations/{}/repositories/{}/dockerImages",
            config.location, config.repository_id
        );
        let ask = Ask::new(Product::ArtifactRegistry, &path, "list the images");
        let query = [("pageSize", "1000")];
        let images = client
            .api
            .list::<Page>(ask.query(&query))
            .await?
            .unwrap_or_default();
        let meant = images
            .into_iter()
            .filter(|wire| is_meant(wire, &config.image_name));
        let wire = meant.max_by(|left, right| left.upload_time.cmp(&right.upload_time));
        let wire = wire.ok_or_else(|| missing(&format!("image {}", config.image_name)))?;
        Ok(Self {
            project: Some(project),
            id: Computed::known(wire.name.clone()),
            name: Computed::known(wire.name),
            self_link: Computed(wire.uri),
            tags: Computed::known(wire.tags),
            image_size_bytes: Computed(wire.image_size_bytes),
            media_type: Computed(wire.media_type),
            upload_time: Computed(wire.upload_time),
            build_time: Computed(wire.build_time),
            update_time: Computed(wire.update_time),
            ..config
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_found_by_name_by_tag_and_by_digest() {
        let wire = Wire {
            name: "projects/p/locations/l/repositories/r/dockerImages/a%2Fb@sha256:1".to_owned(),
            tags: vec!["v1".to_owned()],
            ..Wire::default()
        };
        assert!(is_meant(&wire, "a/b"));
        assert!(is_meant(&wire, "a/b:v1"));
        assert!(is_meant(&wire, "a/b@sha256:1"));
        assert!(!is_meant(&wire, "a/b:v2"));
        assert!(!is_meant(&wire, "b"));
    }
}
