//! Buckets.

use crate::client::{Client, attribute};
use crate::id::BucketId;
use crate::storage::{self, Listing, parts::Object, wire};
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a bucket's content is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Encryption {
    sse_algorithm: Computed<String>,
}

/// Whether earlier versions are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Versioning {
    status: Computed<String>,
}

/// Where objects are copied to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Replication {
    rules: Computed<Vec<Rule>>,
}

/// Which objects are copied where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Rule {
    delete_marker_replication: Computed<String>,
    destination: Computed<Destination>,
    filter: Computed<Filter>,
    id: Computed<String>,
    priority: Computed<i64>,
    status: Computed<String>,
}

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Destination {
    name: Computed<String>,
    region: Computed<String>,
    storage_class: Computed<String>,
}

/// Which objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Filter {
    prefix: Computed<String>,
    tags: Computed<BTreeMap<String, String>>,
}

/// A bucket of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Container {
    created_at: Computed<String>,
    encryption: Computed<Encryption>,
    name: Computed<String>,
    objects: Computed<Vec<Object>>,
    objects_count: Computed<u64>,
    objects_size: Computed<u64>,
    owner_id: Computed<i64>,
    region: Computed<String>,
    replication: Computed<Replication>,
    tags: Computed<BTreeMap<String, String>>,
    versioning: Computed<Versioning>,
    virtual_host: Computed<String>,
}

macro_rules! objects {
    ($($name:ty),* $(,)?) => {
        $(impl FieldType for $name {
            fn ty() -> Type {
                <$name>::block().implied_type()
            }
        })*
    };
}
objects!(
    Encryption,
    Versioning,
    Replication,
    Rule,
    Destination,
    Filter,
    Container
);

impl From<wire::Replication> for Replication {
    fn from(wire: wire::Replication) -> Self {
        let rules = wire.rules.unwrap_or_default().into_iter().map(|rule| Rule {
            delete_marker_replication: Computed(rule.delete_marker_replication),
            destination: Computed(rule.destination.map(|to| Destination {
                name: Computed::known(to.name),
                region: Computed::known(to.region),
                storage_class: Computed(to.storage_class),
            })),
            filter: Computed(rule.filter.map(|filter| Filter {
                prefix: Computed(filter.prefix),
                tags: Computed(filter.tags),
            })),
            id: Computed(rule.id),
            priority: Computed(rule.priority),
            status: Computed(rule.status),
        });
        Self {
            rules: Computed::known(rules.collect()),
        }
    }
}

impl From<wire::Bucket> for Container {
    fn from(wire: wire::Bucket) -> Self {
        let objects = wire.objects.unwrap_or_default().into_iter().map(Object::from);
        Self {
            created_at: Computed(wire.created_at),
            encryption: Computed(wire.encryption.map(|part| Encryption {
                sse_algorithm: Computed(part.sse_algorithm),
            })),
            name: Computed::known(wire.name),
            objects: Computed::known(objects.collect()),
            objects_count: Computed(wire.objects_count),
            objects_size: Computed(wire.objects_size),
            owner_id: Computed(wire.owner_id),
            region: Computed::known(wire.region),
            replication: Computed(wire.replication.map(Replication::from)),
            tags: Computed::known(wire.tags.unwrap_or_default()),
            versioning: Computed(wire.versioning.map(|part| Versioning {
                status: Computed(part.status),
            })),
            virtual_host: Computed(wire.virtual_host),
        }
    }
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Storage {
    /// The Public Cloud project.
    service_name: String,
    /// Its region.
    region_name: String,
    /// Its name.
    name: String,
    /// When it was made.
    created_at: Computed<String>,
    /// How its content is encrypted.
    encryption: Computed<Encryption>,
    /// Whether its objects are not listed.
    hide_objects: Option<bool>,
    /// How many objects are listed.
    #[schema(optional)]
    limit: Computed<u64>,
    /// After which key objects are listed.
    #[schema(optional)]
    marker: Computed<String>,
    /// Its objects.
    objects: Computed<Vec<Object>>,
    /// How many objects it has.
    objects_count: Computed<u64>,
    /// How much they take, in bytes.
    objects_size: Computed<u64>,
    /// The user that owns it.
    owner_id: Computed<i64>,
    /// How the keys of listed objects begin.
    #[schema(optional)]
    prefix: Computed<String>,
    /// Its region.
    region: Computed<String>,
    /// Where its objects are copied to.
    replication: Computed<Replication>,
    /// Tags.
    tags: Computed<BTreeMap<String, String>>,
    /// Whether earlier versions are kept.
    versioning: Computed<Versioning>,
    /// Its address.
    virtual_host: Computed<String>,
}

impl DataSource for Storage {
    const TYPE: &'static str = "ovh_cloud_project_storage";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let id = BucketId::new([config.service_name.as_str(), &config.region_name, &config.name]);
        let listing = Listing {
            hide: config.hide_objects == Some(true),
            limit: config.limit.0,
            marker: config.marker.get().map(String::as_str),
            prefix: config.prefix.get().map(String::as_str),
        };
        let wire = storage::get(request.client, &id, &listing)
            .await?
            .ok_or_else(|| {
                let message = format!("there is no bucket {}", regprov_http::sanitize(&id.to_string()));
                Error::new(ErrorKind::Invalid(attribute("name")), message)
                    .remedy("Check `name`, `region_name` and `service_name`.")
            })?;
        let read = Container::from(wire);
        Ok(Self {
            created_at: read.created_at,
            encryption: read.encryption,
            objects: read.objects,
            objects_count: read.objects_count,
            objects_size: read.objects_size,
            owner_id: read.owner_id,
            region: read.region,
            replication: read.replication,
            tags: read.tags,
            versioning: read.versioning,
            virtual_host: read.virtual_host,
            ..config
        })
    }
}

/// The buckets of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Storages {
    /// The Public Cloud project.
    service_name: String,
    /// The region.
    region_name: String,
    /// The buckets.
    #[schema(ty = Type::set(<Container as FieldType>::ty()))]
    containers: Computed<Vec<Container>>,
}

impl DataSource for Storages {
    const TYPE: &'static str = "ovh_cloud_project_storages";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let path = [
            "cloud",
            "project",
            &config.service_name,
            "region",
            &config.region_name,
            "storage",
        ];
        let listed: Option<Vec<wire::Bucket>> = request
            .client
            .api()?
            .get(&path, "list the buckets of the region")
            .await?;
        let listed = listed.ok_or_else(|| {
            let message = format!(
                "there is no region {} in the project",
                regprov_http::sanitize(&config.region_name)
            );
            Error::new(ErrorKind::Invalid(attribute("region_name")), message)
                .remedy("Check `region_name`, in upper case as `GRA`, and `service_name`.")
        })?;
        let mut seen = BTreeSet::new();
        let containers = listed
            .into_iter()
            .filter(|wire| seen.insert(wire.name.clone()))
            .map(Container::from)
            .collect();
        Ok(Self {
            containers: Computed::known(containers),
            ..config
        })
    }
}
