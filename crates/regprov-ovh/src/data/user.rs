//! Users of a project, their S3 credentials and policies.

use crate::client::{Client, attribute};
use crate::id::UserId;
use crate::s3_credential::{self, no_user};
use crate::s3_policy;
use crate::user::role::Role;
use crate::user::{self, wire};
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic, Secret};
use regprov_value::Type;
use serde::{Deserialize, Serialize};

/// A user of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct User {
    /// The Public Cloud project.
    service_name: String,
    /// Its id.
    user_id: String,
    /// When it was made.
    creation_date: Computed<String>,
    /// What it is for.
    description: Computed<String>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
    /// Its roles.
    roles: Computed<Vec<Role>>,
    /// `ok` where it can be used.
    status: Computed<String>,
    /// Its name.
    username: Computed<String>,
}

impl DataSource for User {
    const TYPE: &'static str = "ovh_cloud_project_user";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let id = UserId::new([config.service_name.as_str(), &config.user_id]);
        let wire = user::get(request.client, &id)
            .await?
            .ok_or_else(|| no_user(&config.user_id))?;
        Ok(Self {
            service_name: config.service_name,
            creation_date: Computed(wire.creation_date),
            description: Computed::known(wire.description.unwrap_or_default()),
            id: Computed::known(config.user_id.clone()),
            user_id: config.user_id,
            roles: Computed::known(wire.roles.into_iter().map(Role::from).collect()),
            status: Computed::known(wire.status),
            username: Computed::known(wire.username),
        })
    }
}

/// The users of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Users {
    /// The Public Cloud project.
    service_name: String,
    /// The project.
    #[schema(optional)]
    id: Computed<String>,
    /// The users.
    users: Computed<Vec<Item>>,
}

/// A user of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Item {
    creation_date: Computed<String>,
    description: Computed<String>,
    roles: Computed<Vec<Role>>,
    status: Computed<String>,
    user_id: Computed<String>,
    username: Computed<String>,
}

impl FieldType for Item {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl From<wire::User> for Item {
    fn from(wire: wire::User) -> Self {
        Self {
            creation_date: Computed(wire.creation_date),
            description: Computed::known(wire.description.unwrap_or_default()),
            roles: Computed::known(wire.roles.into_iter().map(Role::from).collect()),
            status: Computed::known(wire.status),
            user_id: Computed::known(wire.id.to_string()),
            username: Computed::known(wire.username),
        }
    }
}

impl DataSource for Users {
    const TYPE: &'static str = "ovh_cloud_project_users";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let listed = user::list(request.client, &config.service_name).await?;
        Ok(Self {
            id: Computed::known(config.service_name.clone()),
            service_name: config.service_name,
            users: Computed::known(listed.into_iter().map(Item::from).collect()),
        })
    }
}

/// An S3 credential of a user, with its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct S3Credential {
    /// The Public Cloud project.
    service_name: String,
    /// The user.
    user_id: String,
    /// The access key.
    access_key_id: String,
    /// The access key.
    #[schema(optional)]
    id: Computed<String>,
    /// The secret key.
    #[schema(sensitive)]
    secret_access_key: Computed<Secret<String>>,
}

impl DataSource for S3Credential {
    const TYPE: &'static str = "ovh_cloud_project_user_s3_credential";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let place = (config.service_name.as_str(), config.user_id.as_str());
        let listed = s3_credential::list(client, place.0, place.1)
            .await?
            .ok_or_else(|| no_user(&config.user_id))?;
        if !listed.iter().any(|wire| wire.access == config.access_key_id) {
            let message = format!(
                "the user has no S3 credential {}",
                regprov_http::sanitize(&config.access_key_id)
            );
            return Err(
                Error::new(ErrorKind::Invalid(attribute("access_key_id")), message)
                    .remedy("`ovh_cloud_project_user_s3_credentials` lists the access keys of a user."),
            );
        }
        let secret = s3_credential::secret(client, place, &config.access_key_id).await?;
        Ok(Self {
            id: Computed::known(config.access_key_id.clone()),
            secret_access_key: Computed::known(secret),
            ..config
        })
    }
}

/// The access keys of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct S3Credentials {
    /// The Public Cloud project.
    service_name: String,
    /// The user.
    user_id: String,
    /// The access keys.
    access_key_ids: Computed<Vec<String>>,
    /// Its id: project and user.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for S3Credentials {
    const TYPE: &'static str = "ovh_cloud_project_user_s3_credentials";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let listed = s3_credential::list(request.client, &config.service_name, &config.user_id)
            .await?
            .ok_or_else(|| no_user(&config.user_id))?;
        Ok(Self {
            access_key_ids: Computed::known(listed.into_iter().map(|wire| wire.access).collect()),
            id: Computed::known(format!("{}/{}", config.service_name, config.user_id)),
            ..config
        })
    }
}

/// The policy of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct S3Policy {
    /// The Public Cloud project.
    service_name: String,
    /// The user.
    user_id: String,
    /// Its id: project and user.
    #[schema(optional)]
    id: Computed<String>,
    /// The policy: a JSON document.
    policy: Computed<String>,
}

impl DataSource for S3Policy {
    const TYPE: &'static str = "ovh_cloud_project_user_s3_policy";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let id = UserId::new([config.service_name.as_str(), &config.user_id]);
        let policy = s3_policy::get(request.client, &id)
            .await?
            .ok_or_else(|| no_user(&config.user_id))?;
        Ok(Self {
            id: Computed::known(id.to_string()),
            policy: Computed::known(policy),
            ..config
        })
    }
}
