//! Providers of workload identity pools: whose tokens are taken, and what they say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::expression::Expression;
use super::failure::Failure;
use super::federation::Written;

/// A provider as a request writes it.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenProvider {
    display_name: String,
    description: String,
    disabled: bool,
    attribute_mapping: BTreeMap<String, String>,
    attribute_condition: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc: Option<Oidc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws: Option<Aws>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saml: Option<Saml>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x509: Option<serde_json::Value>,
    #[serde(skip_serializing)]
    name: String,
    #[serde(skip_serializing)]
    state: String,
    #[serde(skip_serializing)]
    expire_time: String,
}

/// An issuer of tokens.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Oidc {
    pub(super) issuer_uri: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) allowed_audiences: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) jwks_json: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Aws {
    account_id: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Saml {
    idp_metadata_xml: String,
}

impl Written for WrittenProvider {
    const MUTABLE: &'static [&'static str] = &[
        "displayName",
        "description",
        "disabled",
        "attributeMapping",
        "attributeCondition",
        "oidc",
        "aws",
        "saml",
        "x509",
    ];

    fn check(&self, new: bool) -> Result<(), Failure> {
        let kinds = [
            self.oidc.is_some(),
            self.aws.is_some(),
            self.saml.is_some(),
            self.x509.is_some(),
        ];
        let kinds = kinds.into_iter().filter(|there| *there).count();
        if kinds > 1 || (new && kinds == 0) {
            return Err(Failure::invalid(
                "Exactly one of oidc, aws, saml and x509 must be set.",
            ));
        }
        if let Some(oidc) = &self.oidc {
            if !oidc.issuer_uri.starts_with("https://") {
                return Err(Failure::invalid_field(
                    "oidc.issuer_uri",
                    "Invalid issuer uri: it must start with https://.",
                ));
            }
            if new && !self.attribute_mapping.contains_key("google.subject") {
                return Err(Failure::invalid_field(
                    "attribute_mapping",
                    "The attribute mapping must map google.subject.",
                ));
            }
            if !oidc.jwks_json.is_empty()
                && serde_json::from_str::<serde_json::Value>(&oidc.jwks_json).is_err()
            {
                return Err(Failure::invalid_field("oidc.jwks_json", "The JWKS is not JSON."));
            }
        }
        self.check_expressions()
    }
}

impl WrittenProvider {
    fn check_expressions(&self) -> Result<(), Failure> {
        for (name, text) in &self.attribute_mapping {
            let known = matches!(
                name.as_str(),
                "google.subject"
                    | "google.groups"
                    | "google.display_name"
                    | "google.profile_photo"
                    | "google.posix_username"
                    | "google.email"
            ) || name.strip_prefix("attribute.").is_some_and(|rest| {
                !rest.is_empty()
                    && rest.len() <= 100
                    && rest
                        .chars()
                        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
            });
            if !known {
                return Err(Failure::invalid(format!(
                    "The mapped attribute '{name}' is not valid."
                )));
            }
            let read = Expression::parse(text);
            read.map_err(|reason| {
                Failure::invalid(format!(
                    "Error compiling the attribute mapping of {name}: {reason}"
                ))
            })?;
        }
        if self.attribute_condition.is_empty() {
            return Ok(());
        }
        if self.attribute_condition.len() > 4096 {
            return Err(Failure::invalid(
                "The attribute condition is longer than 4096 characters.",
            ));
        }
        let read = Expression::parse(&self.attribute_condition);
        read.map(drop)
            .map_err(|reason| Failure::invalid(format!("Error compiling the attribute condition: {reason}")))
    }
}
