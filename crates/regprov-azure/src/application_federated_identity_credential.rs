//! `azuread_application_federated_identity_credential`: trust of an application in the tokens of another issuer.
//!
//! It is made by an upsert whose key is its name, so that a repeated request leaves one.

mod wire;

use crate::application_password::check_application;
use crate::client::{Client, Wrote, attribute, quoted};
use crate::federated_identity_credential::check_issuer;
use crate::former::APPLICATION_BEFORE;
use crate::id::{ApplicationId, Id, shape};
use regprov_http::sanitize;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Finding,
    Observed, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// `azuread_application_federated_identity_credential`: the object id of its application, and its own.
    FederatedCredentialShape,
    "an application's federated identity credential",
    "{}/federatedIdentityCredential/{}"
);

/// The id of a federated credential of an application.
pub(crate) type FederatedCredentialId = Id<FederatedCredentialShape>;

/// The most that one application may have.
const LIMIT: usize = 20;

/// Trust of an application in the tokens of another issuer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ApplicationFederatedIdentityCredential {
    /// The application: `/applications/{object id}`.
    #[schema(replaces, rules = &[Rule::Check(check_application)], former = APPLICATION_BEFORE)]
    pub(crate) application_id: String,
    /// Its name: 1 to 120 letters, digits, `-`, `_`, `.` and `~`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) display_name: String,
    /// Whom the tokens must be for; exactly one.
    #[schema(rules = &[Rule::MinItems(1), Rule::MaxItems(1)])]
    pub(crate) audiences: Vec<String>,
    /// Who issues the tokens.
    #[schema(rules = &[Rule::Check(check_issuer)])]
    pub(crate) issuer: String,
    /// Whom the tokens are about: `repo:ORG/REPO:ref:refs/heads/main`.
    #[schema(rules = &[Rule::Length(1, 600)])]
    pub(crate) subject: String,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 600)])]
    pub(crate) description: Option<String>,
    /// Its own id.
    pub(crate) credential_id: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.~".contains(letter);
    if (1..=120).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name of a federated credential: it has 1 to 120 letters, digits, `-`, `_`, `.` and `~`, as it stands \
         in addresses"
    ))
}

impl ApplicationFederatedIdentityCredential {
    fn from_wire(application: &ApplicationId, wire: wire::Credential) -> Self {
        let holder = application.part(0);
        Self {
            application_id: application.to_string(),
            display_name: wire.name,
            audiences: wire.audiences,
            issuer: wire.issuer,
            subject: wire.subject,
            description: wire.description.filter(|text| !text.is_empty()),
            id: Computed::known(FederatedCredentialId::new([holder, &wire.id]).to_string()),
            credential_id: Computed::known(wire.id),
        }
    }

    fn body(&self) -> wire::Write<'_> {
        wire::Write {
            issuer: &self.issuer,
            subject: &self.subject,
            description: self.description.as_deref().filter(|text| !text.is_empty()),
            audiences: &self.audiences,
        }
    }
}

fn collection(application: &ApplicationId) -> String {
    format!("{application}/federatedIdentityCredentials")
}

fn path(id: &FederatedCredentialId) -> String {
    format!("{}/{}", collection(&ApplicationId::new([id.part(0)])), id.part(1))
}

/// The credentials of an application; none where it is absent.
async fn all(client: &Client, application: &ApplicationId) -> Result<Vec<wire::Credential>, Error> {
    let listed = client
        .graph
        .list("list the federated credentials", &collection(application), &[])
        .await?;
    Ok(listed.unwrap_or_default())
}

/// The credential of a name.
async fn named(
    client: &Client,
    application: &ApplicationId,
    name: &str,
) -> Result<Option<wire::Credential>, Error> {
    let mut all = all(client, application).await?.into_iter();
    Ok(all.find(|credential| credential.name == name))
}

/// A second credential of the same issuer and subject is no conflict that passes.
fn explained(error: Error) -> Error {
    let text = error.message.to_lowercase();
    if !(text.contains("issuer") && text.contains("subject") && text.contains("already exists")) {
        return error;
    }
    Error {
        kind: ErrorKind::Invalid(attribute("subject")),
        remedy: Some(
            "Delete the other credential of the application that has this issuer and subject, or import it."
                .to_owned(),
        ),
        ..error
    }
}

impl Resource for ApplicationFederatedIdentityCredential {
    const TYPE: &'static str = "azuread_application_federated_identity_credential";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = Duration::from_secs(60);
    const TIMEOUTS: Timeouts = crate::id::DIRECTORY_TIMEOUTS;
    type Client = Client;
    type Id = FederatedCredentialId;

    fn id(object: &Self) -> Option<FederatedCredentialId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let application = ApplicationId::new([request.id.part(0)]);
        let read = request
            .client
            .graph
            .get("read the federated credential", &path(request.id), &[])
            .await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(&application, wire))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let application: ApplicationId = desired.application_id.parse()?;
        let key = quoted(&desired.display_name);
        let path = format!("{}(name={key})", collection(&application));
        let wrote: (Wrote, Option<wire::Credential>) = client
            .graph
            .upsert("create the federated credential", &path, &desired.body())
            .await
            .map_err(explained)?;
        let made = match wrote {
            (_, Some(made)) => made,
            (_, None) => named(client, &application, &desired.display_name)
                .await?
                .ok_or_else(|| {
                    let message = "the federated credential was made and cannot be seen yet";
                    Error::new(ErrorKind::NotYetVisible, message)
                })?,
        };
        Ok(Created::Done(Self::from_wire(&application, made)))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, prior, desired) = (request.client, request.prior, request.desired);
        client
            .graph
            .patch(
                "change the federated credential",
                &path(request.id),
                &desired.body(),
            )
            .await
            .map_err(explained)?;
        // It is not read back: the directory may still answer with the old one.
        Ok(Created::Done(Self {
            id: prior.id.clone(),
            credential_id: prior.credential_id.clone(),
            ..desired.clone()
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        request
            .client
            .graph
            .delete("delete the federated credential", &path(request.id))
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<FederatedCredentialId>, Error> {
        let application: ApplicationId = request.desired.application_id.parse()?;
        let found = named(request.client, &application, &request.desired.display_name).await?;
        let id = found.map(|found| Id::new([application.part(0), &found.id]));
        Ok(id.into_iter().collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let application = request
            .desired
            .text("application_id")
            .and_then(|id| id.parse().ok());
        match application {
            Some(application) => check(&request, &application).await.into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// Whether the application has a credential of this name, or of this issuer and subject, or as many as it may have. An upsert
/// would take over one of the name that somebody else made.
async fn check(
    request: &PreflightRequest<'_, ApplicationFederatedIdentityCredential>,
    application: &ApplicationId,
) -> Option<Finding> {
    let (desired, name) = (request.desired, request.desired.text("display_name")?);
    let listed = all(request.client, application).await.ok()?;
    let import = |credential: &wire::Credential| {
        let id = FederatedCredentialId::new([application.part(0), &credential.id]);
        format!(
            "Import that one with the id {}, or delete it.",
            sanitize(&id.to_string())
        )
    };
    let taken = listed
        .iter()
        .find(|other| request.prior.is_none() && other.name == name);
    if let Some(taken) = taken {
        return Some(Finding {
            fatal: true,
            path: attribute("display_name"),
            summary: "Federated credential exists".to_owned(),
            detail: format!(
                "The application has a federated credential `{}` already.",
                sanitize(name)
            ),
            remedy: Some(import(taken)),
        });
    }
    let twin = listed.iter().find(|other| {
        other.name != name
            && Some(other.issuer.as_str()) == desired.text("issuer")
            && Some(other.subject.as_str()) == desired.text("subject")
    });
    // The others may be deleted by this very plan, so these are warnings.
    if let Some(twin) = twin {
        return Some(Finding {
            fatal: false,
            path: attribute("subject"),
            summary: "Issuer and subject are in use".to_owned(),
            detail: format!(
                "The federated credential `{}` of the application has the same issuer and subject; Entra refuses a second one.",
                sanitize(&twin.name)
            ),
            remedy: Some(import(twin)),
        });
    }
    (request.prior.is_none() && listed.len() >= LIMIT).then(|| Finding {
        fatal: false,
        path: attribute("application_id"),
        summary: "Limit of federated credentials".to_owned(),
        detail: format!(
            "The application has {} federated credentials already; {LIMIT} are the limit.",
            listed.len()
        ),
        remedy: Some("Delete one that is not needed, or use another application.".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_address() {
        assert!(check_name(&Value::string("github-main_1.0~x")).is_ok());
        assert!(check_name(&Value::string("github main")).is_err());
        assert!(check_name(&Value::string("x".repeat(121))).is_err());
    }

    #[test]
    fn the_id_is_that_of_the_public_provider() {
        let text = "app/federatedIdentityCredential/cred";
        let id: FederatedCredentialId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(path(&id), "/applications/app/federatedIdentityCredentials/cred");
    }
}
