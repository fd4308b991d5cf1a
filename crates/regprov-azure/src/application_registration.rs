//! `azuread_application_registration`: an application whose other parts are resources of their own.
//!
//! As `azuread_application` it is made by an upsert whose key is the mark of the attempt. It writes only what it declares:
//! redirect addresses, roles, scopes and secrets stay as they are.

mod wire;

use crate::client::{Client, quoted};
use crate::id::{ApplicationId, DIRECTORY_TIMEOUTS};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

const CLAIMS: [&str; 5] = [
    "All",
    "None",
    "ApplicationGroup",
    "DirectoryRole",
    "SecurityGroup",
];

/// An application whose other parts are resources of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ApplicationRegistration {
    /// Its name; need not be unique.
    #[schema(rules = &[Rule::Length(1, 256)])]
    pub(crate) display_name: String,
    /// Its client id.
    pub(crate) client_id: Computed<String>,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 1024)])]
    pub(crate) description: Option<String>,
    /// Whether and why Microsoft disabled it.
    pub(crate) disabled_by_microsoft: Computed<String>,
    /// Which groups stand in tokens.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_claims)])]
    pub(crate) group_membership_claims: Option<BTreeSet<String>>,
    /// Its home page.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_page)])]
    pub(crate) homepage_url: Option<String>,
    /// Whether access tokens are issued by the implicit flow.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) implicit_access_token_issuance_enabled: Option<bool>,
    /// Whether id tokens are issued by the implicit flow.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) implicit_id_token_issuance_enabled: Option<bool>,
    /// Where users are sent to log out.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_page)])]
    pub(crate) logout_url: Option<String>,
    /// Its marketing page.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_page)])]
    pub(crate) marketing_url: Option<String>,
    /// Notes.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) notes: Option<String>,
    /// Its object id.
    pub(crate) object_id: Computed<String>,
    /// Its privacy statement.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_page)])]
    pub(crate) privacy_statement_url: Option<String>,
    /// The domain that vouches for it.
    pub(crate) publisher_domain: Computed<String>,
    /// The version of the access tokens that it wants.
    #[schema(default = 2_i64, rules = &[Rule::Between(1, 2)])]
    pub(crate) requested_access_token_version: Option<i64>,
    /// A reference in a service management database.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) service_management_reference: Option<String>,
    /// Who can sign in to it.
    #[schema(default = "AzureADMyOrg", rules = &[Rule::OneOf(&["AzureADMyOrg", "AzureADMultipleOrgs",
        "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"])])]
    pub(crate) sign_in_audience: Option<String>,
    /// Its support page.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_page)])]
    pub(crate) support_url: Option<String>,
    /// Its terms of service.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Check(check_page)])]
    pub(crate) terms_of_service_url: Option<String>,
    /// Its id: `/applications/{object id}`.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_claims(value: &Value) -> Result<(), String> {
    let claims = value.as_items().unwrap_or_default();
    match claims
        .iter()
        .filter_map(Value::as_str)
        .find(|claim| !CLAIMS.contains(claim))
    {
        Some(wrong) => Err(format!(
            "`{wrong}` is no kind of groups: it is one of {}",
            CLAIMS.join(", ")
        )),
        None => Ok(()),
    }
}

fn check_page(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some("") | None => Ok(()),
        Some(text) if url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) => {
            Ok(())
        }
        Some(text) => Err(format!(
            "`{text}` is no address of a page: it begins with `https://` or `http://`"
        )),
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl ApplicationRegistration {
    fn body(&self) -> wire::Write {
        let claims = self.group_membership_claims.iter().flatten();
        let claims: Vec<&str> = claims.map(String::as_str).collect();
        wire::Write {
            display_name: self.display_name.clone(),
            description: filled(self.description.clone()),
            group_membership_claims: filled(Some(claims.join(","))),
            notes: filled(self.notes.clone()),
            service_management_reference: filled(self.service_management_reference.clone()),
            sign_in_audience: self
                .sign_in_audience
                .clone()
                .unwrap_or_else(|| "AzureADMyOrg".to_owned()),
            api: wire::Api {
                requested_access_token_version: self.requested_access_token_version.or(Some(2)),
            },
            info: wire::Info {
                marketing_url: filled(self.marketing_url.clone()),
                privacy_statement_url: filled(self.privacy_statement_url.clone()),
                support_url: filled(self.support_url.clone()),
                terms_of_service_url: filled(self.terms_of_service_url.clone()),
            },
            web: wire::Web {
                home_page_url: filled(self.homepage_url.clone()),
                logout_url: filled(self.logout_url.clone()),
                implicit_grant_settings: wire::ImplicitGrant {
                    enable_access_token_issuance: Some(
                        self.implicit_access_token_issuance_enabled.unwrap_or(false),
                    ),
                    enable_id_token_issuance: Some(self.implicit_id_token_issuance_enabled.unwrap_or(false)),
                },
            },
        }
    }

    fn from_wire(wire: wire::Application) -> Self {
        let (api, info, web) = (
            wire.api.unwrap_or_default(),
            wire.info.unwrap_or_default(),
            wire.web.unwrap_or_default(),
        );
        let claims = wire.group_membership_claims.unwrap_or_default();
        let claims: BTreeSet<String> = claims
            .split(',')
            .map(|claim| claim.trim().to_owned())
            .filter(|claim| !claim.is_empty())
            .collect();
        Self {
            display_name: wire.display_name,
            client_id: Computed::known(wire.app_id),
            description: filled(wire.description),
            disabled_by_microsoft: Computed(Some(wire.disabled_by_microsoft_status.unwrap_or_default())),
            group_membership_claims: Some(claims).filter(|claims| !claims.is_empty()),
            homepage_url: filled(web.home_page_url),
            implicit_access_token_issuance_enabled: Some(
                web.implicit_grant_settings
                    .enable_access_token_issuance
                    .unwrap_or(false),
            ),
            implicit_id_token_issuance_enabled: Some(
                web.implicit_grant_settings
                    .enable_id_token_issuance
                    .unwrap_or(false),
            ),
            logout_url: filled(web.logout_url),
            marketing_url: filled(info.marketing_url),
            notes: filled(wire.notes),
            privacy_statement_url: filled(info.privacy_statement_url),
            publisher_domain: Computed(Some(wire.publisher_domain.unwrap_or_default())),
            // Without a version the directory issues the first.
            requested_access_token_version: api.requested_access_token_version.or(Some(1)),
            service_management_reference: filled(wire.service_management_reference),
            sign_in_audience: wire.sign_in_audience,
            support_url: filled(info.support_url),
            terms_of_service_url: filled(info.terms_of_service_url),
            id: Computed::known(ApplicationId::new([&wire.id]).to_string()),
            object_id: Computed::known(wire.id),
        }
    }
}

/// The path of the application that carries our key.
fn key_path(key: &str) -> String {
    format!("/applications(uniqueName={})", quoted(key))
}

async fn by_key(client: &Client, key: &str) -> Result<Option<wire::Application>, Error> {
    client
        .graph
        .get("look for the application", &key_path(key), &[])
        .await
}

impl Resource for ApplicationRegistration {
    const TYPE: &'static str = "azuread_application_registration";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = Duration::from_secs(120);
    const TIMEOUTS: Timeouts = DIRECTORY_TIMEOUTS;
    type Client = Client;
    type Id = ApplicationId;

    fn id(object: &Self) -> Option<ApplicationId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read = request
            .client
            .graph
            .get("read the application", &path, &[])
            .await?;
        Ok(read.map_or(Observed::Absent, |wire| Observed::Present(Self::from_wire(wire))))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, key) = (request.client, request.mark.text.as_str());
        let (_, made) = client
            .graph
            .upsert("create the application", &key_path(key), &request.desired.body())
            .await?;
        let made = match made {
            Some(made) => made,
            None => by_key(client, key).await?.ok_or_else(|| {
                let message = "the application was made and cannot be seen yet";
                Error::new(ErrorKind::NotYetVisible, message)
            })?,
        };
        Ok(Created::Done(Self::from_wire(made)))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (prior, desired, path) = (request.prior, request.desired, request.id.to_string());
        request
            .client
            .graph
            .patch("change the application", &path, &desired.body())
            .await?;
        // It is not read back: the directory may still answer with the old one.
        Ok(Created::Done(Self {
            client_id: prior.client_id.clone(),
            disabled_by_microsoft: prior.disabled_by_microsoft.clone(),
            implicit_access_token_issuance_enabled: Some(
                desired.implicit_access_token_issuance_enabled.unwrap_or(false),
            ),
            implicit_id_token_issuance_enabled: Some(
                desired.implicit_id_token_issuance_enabled.unwrap_or(false),
            ),
            object_id: prior.object_id.clone(),
            publisher_domain: prior.publisher_domain.clone(),
            id: prior.id.clone(),
            ..desired.clone()
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        request
            .client
            .graph
            .delete("delete the application", &request.id.to_string())
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<ApplicationId>, Error> {
        let found = by_key(request.client, &request.mark.text).await?;
        Ok(found
            .map(|found| ApplicationId::new([&found.id]))
            .into_iter()
            .collect())
    }

    fn parse_import(_client: &Client, text: &str) -> Result<ApplicationId, Error> {
        if text.trim().parse::<uuid::Uuid>().is_ok() {
            return Ok(ApplicationId::new([text.trim()]));
        }
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let json = r#"{"display_name":"push","client_id":"c","description":"d","disabled_by_microsoft":"",
            "group_membership_claims":["DirectoryRole","SecurityGroup"],"homepage_url":"https://h","implicit_access_token_issuance_enabled":true,
            "implicit_id_token_issuance_enabled":false,"logout_url":"https://l","marketing_url":"https://m","notes":"n","object_id":"o",
            "privacy_statement_url":"https://p","publisher_domain":"","requested_access_token_version":2,
            "service_management_reference":"r","sign_in_audience":"AzureADMyOrg","support_url":"https://s","terms_of_service_url":"https://t",
            "id":"/applications/o"}"#;
        let object: ApplicationRegistration = serde_json::from_str(json).unwrap();
        let mut sent = serde_json::to_value(object.body()).unwrap();
        sent["id"] = "o".into();
        sent["appId"] = "c".into();
        let read = ApplicationRegistration::from_wire(serde_json::from_value(sent).unwrap());
        assert_eq!(read, object);
    }

    #[test]
    fn pages_and_claims_are_checked() {
        assert!(check_page(&Value::string("https://example.com")).is_ok());
        assert!(check_page(&Value::string("example.com")).is_err());
        let claims = Value::set(regprov_value::Type::String, vec!["Everyone".into()]);
        assert!(check_claims(&claims).unwrap_err().contains("`Everyone`"));
    }
}
