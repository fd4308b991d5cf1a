//! `harbor_config_auth`: how people sign in.

mod wire;

use crate::client::{Client, attribute};
use crate::configurations;
use crate::gates::Gate;
use crate::id::shape;
use crate::schedules::single_resource;
use regprov_provider::{Deleted, Error, Finding, Partial};
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret, WriteOnly};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_config_auth`.
    ConfigAuthShape,
    "the authentication",
    "/configurations"
);

/// What is for LDAP only.
const LDAP: &[&str] = &[
    "ldap_url",
    "ldap_base_dn",
    "ldap_uid",
    "ldap_search_dn",
    "ldap_search_password",
    "ldap_filter",
    "ldap_group_uid",
    "ldap_group_base_dn",
    "ldap_group_filter",
    "ldap_group_gid",
    "ldap_group_admin_dn",
];
/// What is for OIDC only.
const OIDC: &[&str] = &[
    "oidc_name",
    "oidc_endpoint",
    "oidc_client_id",
    "oidc_client_secret",
    "oidc_client_secret_wo",
    "oidc_client_secret_wo_version",
    "oidc_groups_claim",
    "oidc_scope",
    "oidc_verify_cert",
    "oidc_auto_onboard",
    "oidc_user_claim",
];
/// What LDAP cannot do without.
const WITH_LDAP: &[&str] = &["ldap_url", "ldap_base_dn", "ldap_uid"];
/// What OIDC cannot do without.
const WITH_OIDC: &[&str] = &["oidc_name", "oidc_endpoint", "oidc_client_id", "oidc_scope"];
/// How deep LDAP searches.
const SCOPES: &[&str] = &["base", "onelevel", "subtree"];

/// How people sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ConfigAuth {
    /// `db_auth`, `oidc_auth`, `ldap_auth` and others.
    #[schema(meaning = Meaning::By(same_mode))]
    pub(crate) auth_mode: String,
    /// Whether it is what people see first.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) primary_auth_mode: Option<bool>,
    /// What the provider is called on the page.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP, required_with = WITH_OIDC)]
    pub(crate) oidc_name: Option<String>,
    /// The address of the provider.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP, required_with = WITH_OIDC)]
    pub(crate) oidc_endpoint: Option<String>,
    /// What the Harbor is called there.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP, required_with = WITH_OIDC)]
    pub(crate) oidc_client_id: Option<String>,
    /// The secret of the Harbor there.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = &["oidc_client_secret_wo", "oidc_client_secret_wo_version", "ldap_url", "ldap_base_dn", "ldap_uid"], required_with = WITH_OIDC)]
    pub(crate) oidc_client_secret: Secret<String>,
    /// The secret of the Harbor there, which is stored nowhere.
    #[schema(conflicts_with = &["oidc_client_secret", "ldap_url", "ldap_base_dn", "ldap_uid"], required_with = &["oidc_client_secret_wo_version"])]
    pub(crate) oidc_client_secret_wo: WriteOnly<String>,
    /// Changes with `oidc_client_secret_wo`.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = &["oidc_client_secret"], required_with = &["oidc_client_secret_wo"])]
    pub(crate) oidc_client_secret_wo_version: Option<i64>,
    /// What is asked for there: `openid,email`.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP, required_with = WITH_OIDC)]
    pub(crate) oidc_scope: Option<String>,
    /// Whether its certificate is verified.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_verify_cert: Option<bool>,
    /// The claim that has the groups.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_groups_claim: Option<String>,
    /// The group of the administrators.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_admin_group: Option<String>,
    /// Which groups count.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_group_filter: Option<String>,
    /// The claim that has the name.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_user_claim: Option<String>,
    /// Whether nobody is asked for a name.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_auto_onboard: Option<bool>,
    /// Whether who signs out here signs out there.
    #[schema(default = false, meaning = Meaning::ZeroIsNull, conflicts_with = LDAP)]
    pub(crate) oidc_logout: Option<bool>,
    /// The address of the directory.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = OIDC, required_with = WITH_LDAP)]
    pub(crate) ldap_url: Option<String>,
    /// Where people are looked for.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = OIDC, required_with = WITH_LDAP)]
    pub(crate) ldap_base_dn: Option<String>,
    /// The attribute that has the name.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = OIDC, required_with = WITH_LDAP)]
    pub(crate) ldap_uid: Option<String>,
    /// Who looks for people there.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = OIDC, required_with = WITH_LDAP)]
    pub(crate) ldap_search_dn: Option<String>,
    /// The password of who looks for people there.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = OIDC, required_with = WITH_LDAP)]
    pub(crate) ldap_search_password: Secret<String>,
    /// Whether its certificate is verified.
    #[schema(default = false, meaning = Meaning::ZeroIsNull, conflicts_with = OIDC)]
    pub(crate) ldap_verify_cert: Option<bool>,
    /// Which people count.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_filter: Option<String>,
    /// How deep it looks: `base`, `onelevel` or `subtree`.
    #[schema(default = "subtree", rules = &[Rule::OneOf(SCOPES)])]
    pub(crate) ldap_scope: Option<String>,
    /// Where groups are looked for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_base_dn: Option<String>,
    /// Which groups count.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_filter: Option<String>,
    /// The attribute that has the name of a group.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_gid: Option<String>,
    /// The attribute that names a group; Harbor does not take it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_uid: Option<String>,
    /// The group of the administrators.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_admin_dn: Option<String>,
    /// The attribute that has the groups of a person.
    #[schema(default = "memberof")]
    pub(crate) ldap_group_membership: Option<String>,
    /// How deep it looks for groups: `base`, `onelevel` or `subtree`.
    #[schema(default = "subtree", rules = &[Rule::OneOf(SCOPES)])]
    pub(crate) ldap_group_scope: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The mode as Harbor calls it.
fn mode(text: &str) -> &str {
    match text {
        "oidc" => "oidc_auth",
        "ldap" => "ldap_auth",
        "db" => "db_auth",
        other => other,
    }
}

fn same_mode(left: &Value, right: &Value) -> bool {
    mode(left.as_str().unwrap_or_default()) == mode(right.as_str().unwrap_or_default())
}

impl ConfigAuth {
    const GATES: &'static [Gate] = &[];

    fn checks(desired: Partial<'_>) -> Vec<Finding> {
        let oidc = desired
            .text("auth_mode")
            .is_some_and(|text| mode(text) == "oidc_auth");
        let names = [
            "oidc_client_secret",
            "oidc_client_secret_wo",
            "oidc_client_secret_wo_version",
        ];
        let secret = names
            .iter()
            .any(|name| desired.is_open(name) || desired.known(name).is_some());
        if !oidc || secret {
            return Vec::new();
        }
        vec![Finding {
            fatal: true,
            path: attribute("oidc_client_secret"),
            summary: "Secret of the OIDC client is missing".to_owned(),
            detail: "Harbor cannot sign anyone in by OIDC without the secret of its client.".to_owned(),
            remedy: Some("Set `oidc_client_secret`, or `oidc_client_secret_wo` with its version.".to_owned()),
        }]
    }

    async fn observe(client: &Client, like: Option<&Self>) -> Result<Option<Self>, Error> {
        let told: Option<wire::Settings> = configurations::read(client).await?;
        Ok(told.map(|told| told.observed(like)))
    }

    async fn write(&self, client: &Client, prior: Option<&Self>) -> Result<Self, Error> {
        for secret in [
            &self.oidc_client_secret,
            &self.oidc_client_secret_wo.0,
            &self.ldap_search_password,
        ] {
            if let Some(secret) = secret.reveal() {
                client.services.redactor.register(secret);
            }
        }
        configurations::write(client, &wire::Write::of(self)).await?;
        let known = self.oidc_client_secret_wo.0.reveal().is_some();
        let version = match prior {
            // A run that was cut short knows the write-only secret no more: the next plan sets it.
            _ if known => self.oidc_client_secret_wo_version,
            Some(prior) => prior.oidc_client_secret_wo_version,
            None => None,
        };
        Ok(Self {
            oidc_client_secret_wo_version: version,
            id: Computed::known(configurations::PATH.to_owned()),
            ..self.clone()
        })
    }

    /// People sign in as before: there is no Harbor without a way to.
    async fn end(_client: &Client) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}

single_resource!(ConfigAuth, ConfigAuthShape, "harbor_config_auth");
