//! The attributes of applications and service principals that are kept as Graph writes them: names, types, defaults.

use serde_json::{Map, Value, json};

use super::failure::Failure;

/// The JSON type of an attribute; all but arrays may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Object,
    Texts,
    Objects,
    /// Shown, and refused in a request.
    ReadOnly,
}

/// One attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

const fn attribute(name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, kind }
}

/// An application's attributes, in the order in which Graph writes them; id and the like come before, credentials after.
pub(super) const APPLICATION: &[Attribute] = &[
    attribute("applicationTemplateId", Kind::ReadOnly),
    attribute("disabledByMicrosoftStatus", Kind::ReadOnly),
    attribute("description", Kind::Text),
    attribute("groupMembershipClaims", Kind::Text),
    attribute("identifierUris", Kind::Texts),
    attribute("isDeviceOnlyAuthSupported", Kind::Flag),
    attribute("isFallbackPublicClient", Kind::Flag),
    attribute("nativeAuthenticationApisEnabled", Kind::Text),
    attribute("notes", Kind::Text),
    attribute("publisherDomain", Kind::ReadOnly),
    attribute("serviceManagementReference", Kind::Text),
    attribute("signInAudience", Kind::Text),
    attribute("tags", Kind::Texts),
    attribute("tokenEncryptionKeyId", Kind::Text),
    attribute("samlMetadataUrl", Kind::Text),
    attribute("defaultRedirectUri", Kind::Text),
    attribute("certification", Kind::ReadOnly),
    attribute("optionalClaims", Kind::Object),
    attribute("servicePrincipalLockConfiguration", Kind::Object),
    attribute("requestSignatureVerification", Kind::Object),
    attribute("addIns", Kind::Objects),
    attribute("api", Kind::Object),
    attribute("appRoles", Kind::Objects),
    attribute("info", Kind::Object),
    attribute("parentalControlSettings", Kind::Object),
    attribute("publicClient", Kind::Object),
    attribute("requiredResourceAccess", Kind::Objects),
    attribute("verifiedPublisher", Kind::ReadOnly),
    attribute("web", Kind::Object),
    attribute("spa", Kind::Object),
];

/// A service principal's own attributes; what it takes from its application is not among them.
pub(super) const SERVICE_PRINCIPAL: &[Attribute] = &[
    attribute("alternativeNames", Kind::Texts),
    attribute("appOwnerOrganizationId", Kind::ReadOnly),
    attribute("appRoleAssignmentRequired", Kind::Flag),
    attribute("customSecurityAttributes", Kind::Object),
    attribute("description", Kind::Text),
    attribute("disabledByMicrosoftStatus", Kind::ReadOnly),
    attribute("loginUrl", Kind::Text),
    attribute("logoutUrl", Kind::Text),
    attribute("homepage", Kind::Text),
    attribute("notes", Kind::Text),
    attribute("notificationEmailAddresses", Kind::Texts),
    attribute("preferredSingleSignOnMode", Kind::Text),
    attribute("preferredTokenSigningKeyThumbprint", Kind::Text),
    attribute("replyUrls", Kind::Texts),
    attribute("samlMetadataUrl", Kind::ReadOnly),
    attribute("samlSingleSignOnSettings", Kind::Object),
    attribute("servicePrincipalNames", Kind::Texts),
    attribute("tags", Kind::Texts),
    attribute("tokenEncryptionKeyId", Kind::Text),
    attribute("addIns", Kind::Objects),
    attribute("resourceSpecificApplicationPermissions", Kind::ReadOnly),
    attribute("verifiedPublisher", Kind::ReadOnly),
];

/// What Graph fills in for an application attribute, or for the parts of one, that nobody set.
pub(super) fn application_default(name: &str) -> Value {
    match name {
        "api" => json!({
            "acceptMappedClaims": null, "knownClientApplications": [], "requestedAccessTokenVersion": null,
            "oauth2PermissionScopes": [], "preAuthorizedApplications": [],
        }),
        "info" => json!({
            "logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null,
            "termsOfServiceUrl": null,
        }),
        "parentalControlSettings" => json!({ "countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow" }),
        "publicClient" | "spa" => json!({ "redirectUris": [] }),
        "verifiedPublisher" => {
            json!({ "displayName": null, "verifiedPublisherId": null, "addedDateTime": null })
        }
        "web" => json!({
            "homePageUrl": null, "logoutUrl": null, "redirectUris": [], "redirectUriSettings": [],
            "implicitGrantSettings": { "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false },
        }),
        "servicePrincipalLockConfiguration" => json!({
            "isEnabled": true, "allProperties": true, "credentialsWithUsageVerify": true,
            "credentialsWithUsageSign": true, "tokenEncryptionKeyId": true,
        }),
        "signInAudience" => json!("AzureADandPersonalMicrosoftAccount"),
        _ => match APPLICATION
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.kind)
        {
            Some(Kind::Texts | Kind::Objects) => json!([]),
            Some(Kind::Text | Kind::Flag | Kind::Object | Kind::ReadOnly) | None => Value::Null,
        },
    }
}

/// Puts the attributes of a request into an object's, checking names and types. `null` unsets.
pub(super) fn merge(
    attributes: &mut Map<String, Value>,
    known: &[Attribute],
    request: Map<String, Value>,
    type_name: &str,
) -> Result<(), Failure> {
    for (name, value) in request {
        if name.starts_with("@odata.") {
            continue;
        }
        let kind = known
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.kind);
        let fits = match kind {
            Some(Kind::Text) => value.is_string() || value.is_null(),
            Some(Kind::Flag) => value.is_boolean() || value.is_null(),
            Some(Kind::Object) => value.is_object() || value.is_null(),
            Some(Kind::Texts) => value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_string)),
            Some(Kind::Objects) => value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_object)),
            Some(Kind::ReadOnly) => {
                return Err(Failure::bad_request(format!(
                    "Property '{name}' is read-only and cannot be set."
                )));
            }
            None => {
                return Err(Failure::bad_request(format!(
                    "One or more property values specified are invalid. The property '{name}' does not exist on type '{type_name}'."
                )));
            }
        };
        if !fits {
            return Err(Failure::bad_request(format!(
                "Invalid value specified for property '{name}' of resource '{type_name}'."
            )));
        }
        match (attributes.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, Value::Null) => {
                attributes.remove(&name);
            }
            (_, value) => {
                attributes.insert(name, value);
            }
        }
    }
    Ok(())
}

/// An attribute as shown: what was set, over what Graph fills in.
pub(super) fn shown(attributes: &Map<String, Value>, name: &str, default: Value) -> Value {
    match (attributes.get(name), default) {
        (Some(Value::Object(set)), Value::Object(mut filled)) => {
            filled.extend(set.clone());
            Value::Object(filled)
        }
        (Some(set), _) => set.clone(),
        (None, default) => default,
    }
}
