//! `ovh_cloud_project_user_s3_credential`: keys of a user for the object storage.
//!
//! The service names the keys and carries no mark of ours. Which keys the user had before is therefore noted in a first step:
//! what is there beside them after a lost answer, and is recorded nowhere, is ours.

use crate::client::Client;
use crate::id::S3CredentialId;
use crate::rights;
use crate::user::wire::Empty;
use http::Method;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Finding,
    Observed, PreflightRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Schema, Secret};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

/// Keys of a user for the object storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct S3Credential {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// The user.
    #[schema(replaces)]
    pub(crate) user_id: String,
    /// The access key.
    pub(crate) access_key_id: Computed<String>,
    /// The user, as the credential names it.
    pub(crate) internal_user_id: Computed<String>,
    /// The secret key.
    #[schema(sensitive)]
    pub(crate) secret_access_key: Computed<Secret<String>>,
    /// Its id: the access key.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A credential as the API writes it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wire {
    pub(crate) access: String,
    #[serde(default)]
    secret: Option<Zeroizing<String>>,
    #[serde(default)]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    secret: Zeroizing<String>,
}

/// How the note of the first step begins; access keys follow.
const NOTE: &str = "before:";

fn path<'a>(project: &'a str, user: &'a str) -> [&'a str; 6] {
    ["cloud", "project", project, "user", user, "s3Credentials"]
}

/// The credentials of a user; `None` where there is no such user.
pub(crate) async fn list(client: &Client, project: &str, user: &str) -> Result<Option<Vec<Wire>>, Error> {
    client
        .api()?
        .get(&path(project, user), "list the S3 credentials of the user")
        .await
}

/// The secret of a credential, which the service tells again.
pub(crate) async fn secret(
    client: &Client,
    (project, user): (&str, &str),
    access: &str,
) -> Result<Secret<String>, Error> {
    let [a, b, c, d, e, f] = path(project, user);
    let told: Told = client
        .api()?
        .ask(
            &[a, b, c, d, e, f, access, "secret"],
            &Empty {},
            "read the secret of the S3 credential",
        )
        .await?;
    Ok(Secret::new(told.secret.as_str().to_owned()))
}

impl S3Credential {
    fn of((project, user): (&str, &str), wire: &Wire, secret: Secret<String>) -> Self {
        Self {
            service_name: project.to_owned(),
            user_id: user.to_owned(),
            access_key_id: Computed::known(wire.access.clone()),
            internal_user_id: Computed::known(wire.user_id.clone().unwrap_or_else(|| user.to_owned())),
            secret_access_key: Computed::known(secret),
            id: Computed::known(wire.access.clone()),
        }
    }
}

impl Resource for S3Credential {
    const TYPE: &'static str = "ovh_cloud_project_user_s3_credential";
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = Duration::from_secs(15);
    type Client = Client;
    type Id = S3CredentialId;

    fn id(object: &Self) -> Option<S3CredentialId> {
        S3CredentialId::known([
            Some(&object.service_name),
            Some(&object.user_id),
            object.access_key_id.get().map(String::as_str),
        ])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (project, user, access) = (request.id.part(0), request.id.part(1), request.id.part(2));
        let [a, b, c, d, e, f] = path(project, user);
        let read: Option<Wire> = request
            .client
            .api()?
            .get(&[a, b, c, d, e, f, access], "read the S3 credential")
            .await?;
        let Some(wire) = read else {
            return Ok(Observed::Absent);
        };
        // The secret of a credential does not change: what is recorded is not asked for again.
        let recorded = request
            .prior
            .and_then(|prior| prior.secret_access_key.get())
            .filter(|secret| secret.reveal().is_some());
        let secret = match recorded {
            Some(secret) => secret.clone(),
            None => secret(request.client, (project, user), access).await?,
        };
        Ok(Observed::Present(Self::of((project, user), &wire, secret)))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let (project, user) = (desired.service_name.as_str(), desired.user_id.as_str());
        if request.step.is_none() {
            let before = list(client, project, user).await?.ok_or_else(|| no_user(user))?;
            let keys: Vec<&str> = before.iter().map(|wire| wire.access.as_str()).collect();
            return Ok(Created::Step(Self {
                id: Computed::known(format!("{NOTE}{}", keys.join(","))),
                ..desired.clone()
            }));
        }
        let _turn = client.turn.lock().await;
        let wire: Wire = client
            .api()?
            .create(&path(project, user), &Empty {}, "make the S3 credential")
            .await?;
        client.made(&wire.access);
        let told = match &wire.secret {
            Some(secret) => Secret::new(secret.as_str().to_owned()),
            None => secret(client, (project, user), &wire.access).await?,
        };
        Ok(Created::Done(Self::of((project, user), &wire, told)))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let [a, b, c, d, e, f] = path(request.id.part(0), request.id.part(1));
        request
            .client
            .api()?
            .delete(
                &[a, b, c, d, e, f, request.id.part(2)],
                "delete the S3 credential",
            )
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<S3CredentialId>, Error> {
        let (client, desired) = (request.client, request.desired);
        let note = request.step.and_then(|step| step.id.get());
        // Without a note nothing was sent.
        let Some(before) = note.and_then(|note| note.strip_prefix(NOTE)) else {
            return Ok(Vec::new());
        };
        let _turn = client.turn.lock().await;
        let (project, user) = (desired.service_name.as_str(), desired.user_id.as_str());
        let listed = list(client, project, user).await?.unwrap_or_default();
        let ours = listed.iter().filter(|wire| {
            !before.split(',').any(|known| known == wire.access) && !client.has_made(&wire.access)
        });
        Ok(ours
            .map(|wire| S3CredentialId::new([project, user, &wire.access]))
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let desired = request.desired;
        let place = desired.text("service_name").zip(desired.text("user_id"));
        let Some((project, user)) = place.filter(|_| request.prior.is_none()) else {
            return Vec::new();
        };
        let path = format!("/cloud/project/{project}/user/{user}/s3Credentials");
        rights::missing(request.client, &Method::POST, &path)
            .await
            .into_iter()
            .collect()
    }

    fn parse_import(client: &Client, text: &str) -> Result<S3CredentialId, Error> {
        S3CredentialId::imported(text, client.project.as_deref())
    }
}

/// The error where a user is not there.
pub(crate) fn no_user(user: &str) -> Error {
    let message = format!("there is no user {} in the project", regprov_http::sanitize(user));
    Error::new(ErrorKind::Invalid(crate::client::attribute("user_id")), message)
        .remedy("Check `user_id` and `service_name`: write `ovh_cloud_project_user.NAME.id`.")
}
