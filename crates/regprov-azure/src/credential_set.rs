//! `azurerm_container_registry_credential_set`: where cache rules find the login of the registry that they read.

mod wire;

use crate::client::{Ask, Client};
use crate::id::{Id, RegistryId, shape};
use crate::registry_part::{self, Listing, Part};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Observed, Partial, ReadManyRequest,
    ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

pub(crate) const VERSION: &str = "2023-07-01";

shape!(
    /// `azurerm_container_registry_credential_set`.
    CredentialSetShape,
    "a credential set",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/credentialSets/{}"
);

/// The id of a credential set.
pub(crate) type CredentialSetId = Id<CredentialSetShape>;

const LISTING: Listing = Listing {
    segment: "credentialSets",
    version: VERSION,
    operation: "list the credential sets",
};

/// Where cache rules find the login of the registry that they read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct CredentialSet {
    /// Its name: 5 to 50 letters, digits and `-`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The registry.
    #[schema(replaces, meaning = Meaning::IgnoreCase, rules = &[Rule::Check(registry_part::check_registry_id)])]
    pub(crate) container_registry_id: String,
    /// The host that the login is for: `docker.io`.
    #[schema(replaces, rules = &[Rule::Length(1, 512)])]
    pub(crate) login_server: String,
    /// Where name and password are kept.
    #[schema(block, min = 1, max = 1)]
    pub(crate) authentication_credentials: Vec<AuthenticationCredential>,
    /// The identity that may read them.
    #[schema(block, min = 1, max = 1)]
    pub(crate) identity: Vec<SetIdentity>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// Where name and password are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct AuthenticationCredential {
    /// The Key Vault secret that holds the password, without a version.
    #[schema(rules = &[Rule::Check(check_secret)])]
    pub(crate) password_secret_id: String,
    /// The Key Vault secret that holds the user name, without a version.
    #[schema(rules = &[Rule::Check(check_secret)])]
    pub(crate) username_secret_id: String,
}

/// The identity of a credential set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct SetIdentity {
    /// `SystemAssigned`.
    #[schema(rules = &[Rule::OneOf(&["SystemAssigned"])])]
    pub(crate) r#type: String,
    /// Its object id; give it the role `Key Vault Secrets User`.
    pub(crate) principal_id: Computed<String>,
    /// Its tenant.
    pub(crate) tenant_id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    registry_part::check_part_name(value, "a credential set", "-")
}

fn check_secret(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let segments = Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "https")
        .and_then(|url| {
            let segments = url.path_segments()?;
            Some(
                segments
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            )
        });
    match segments.unwrap_or_default().as_slice() {
        [kind, _] if kind == "secrets" => Ok(()),
        [kind, _, version] if kind == "secrets" => Err(format!(
            "`{text}` names the version `{version}` of the secret, so that a new one would never be used: leave it away; \
             `azurerm_key_vault_secret.NAME.versionless_id` is such an id"
        )),
        _ => Err(format!(
            "`{text}` is no id of a Key Vault secret: write `https://VAULT.vault.azure.net/secrets/NAME`"
        )),
    }
}

impl CredentialSet {
    fn from_wire(wire: Part<wire::Properties>, like: Option<&Self>) -> Self {
        let id: Option<CredentialSetId> = wire.id.parse().ok();
        let registry = id.as_ref().map(|id| registry_part::registry(id).to_string());
        let credentials =
            wire.properties
                .auth_credentials
                .into_iter()
                .map(|credential| AuthenticationCredential {
                    password_secret_id: credential.password_secret_identifier,
                    username_secret_id: credential.username_secret_identifier,
                });
        let identity = wire.identity.map(|identity| SetIdentity {
            // The service really spells it with a small letter.
            r#type: if identity.kind.eq_ignore_ascii_case("SystemAssigned") {
                "SystemAssigned".to_owned()
            } else {
                identity.kind
            },
            principal_id: Computed(Some(identity.principal_id.unwrap_or_default())),
            tenant_id: Computed(Some(identity.tenant_id.unwrap_or_default())),
        });
        Self {
            name: wire.name,
            container_registry_id: match like {
                Some(like) => like.container_registry_id.clone(),
                None => registry.unwrap_or_default(),
            },
            login_server: wire.properties.login_server.unwrap_or_default(),
            authentication_credentials: credentials.collect(),
            identity: identity.into_iter().collect(),
            id: Computed(id.map(|id| id.to_string())),
        }
    }

    fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
        Ask {
            path,
            version: VERSION,
            operation,
        }
    }

    fn remote_id(&self) -> Result<CredentialSetId, Error> {
        let registry: RegistryId = self.container_registry_id.parse()?;
        Ok(within(&registry, &self.name))
    }
}

fn within(registry: &RegistryId, name: &str) -> CredentialSetId {
    Id::new([registry.part(0), registry.part(1), registry.part(2), name])
}

impl Resource for CredentialSet {
    const TYPE: &'static str = "azurerm_container_registry_credential_set";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = CredentialSetId;

    fn id(object: &Self) -> Option<CredentialSetId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read = registry_part::read(request.client, Self::ask(&path, "read the credential set")).await?;
        Ok(registry_part::map(read, |wire| {
            Self::from_wire(wire, request.prior)
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let ids: Vec<&CredentialSetId> = request.wanted.iter().map(|(id, _)| id).collect();
        let read = LISTING.many(request.client, &ids).await?;
        Some(read.map(|parts| {
            let pairs = parts.into_iter().zip(request.wanted);
            pairs
                .map(|(part, (_, prior))| {
                    registry_part::map(part, |wire| Self::from_wire(wire, prior.as_ref()))
                })
                .collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let path = desired.remote_id()?.to_string();
        let ask = Self::ask(&path, "create the credential set");
        let accepted = client.arm.put(ask, &wire::Write::create(desired)).await?;
        let made = registry_part::written(accepted, |wire| Self::from_wire(wire, Some(desired)));
        if let Created::Done(object) | Created::Pending { object, .. } = &made
            && let Some(principal) = object
                .identity
                .first()
                .and_then(|identity| identity.principal_id.get())
        {
            client.known.service_principal(principal);
        }
        Ok(made)
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, path) = (request.desired, request.id.to_string());
        let ask = Self::ask(&path, "change the credential set");
        let accepted = request
            .client
            .arm
            .patch(ask, &wire::Write::change(desired))
            .await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let ask = Self::ask(&path, "delete the credential set");
        let answer = request.client.arm.delete(ask).await?;
        Ok(registry_part::deleted(
            answer,
            "Azure is deleting the credential set",
        ))
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<CredentialSetId> {
        let registry: RegistryId = desired.text("container_registry_id")?.parse().ok()?;
        Some(within(&registry, desired.text("name")?))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_without_its_version() {
        let check = |text: &str| check_secret(&Value::string(text));
        assert!(check("https://kv.vault.azure.net/secrets/user").is_ok());
        assert!(
            check("https://kv.vault.azure.net/secrets/user/0a1b")
                .unwrap_err()
                .contains("the version `0a1b`")
        );
        assert!(check("https://kv.vault.azure.net/keys/user").is_err());
        assert!(check("user").is_err());
    }

    #[test]
    fn the_recorded_answer_of_the_service_becomes_an_object() {
        let json = r#"{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r/credentialSets/hub-login",
            "name":"hub-login","type":"Microsoft.ContainerRegistry/registries/credentialSets",
            "identity":{"type":"systemAssigned","principalId":"p","tenantId":"t"},
            "properties":{"loginServer":"docker.io","creationDate":"2026-01-01T00:00:00Z","provisioningState":"Succeeded",
            "authCredentials":[{"name":"Credential1","usernameSecretIdentifier":"u","passwordSecretIdentifier":"w",
            "credentialHealth":{"status":"Unhealthy","errorCode":"Forbidden","errorMessage":"m"}}]}}"#;
        let set = CredentialSet::from_wire(serde_json::from_str(json).unwrap(), None);
        assert_eq!(set.identity[0].r#type, "SystemAssigned");
        assert_eq!(set.authentication_credentials[0].username_secret_id, "u");
        assert!(set.container_registry_id.ends_with("/registries/r"));
    }
}
