//! The nested blocks of an application.

use regprov_schema::{Computed, Meaning, Rule, Schema, Secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the application is as an API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Api {
    /// Client ids that consent is bundled with.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) known_client_applications: Option<BTreeSet<String>>,
    /// Whether claims may be mapped without a signing key of its own.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) mapped_claims_enabled: Option<bool>,
    /// The version of the access tokens that it expects.
    #[schema(default = 1_i64, rules = &[Rule::Between(1, 2)])]
    pub(crate) requested_access_token_version: Option<i64>,
    /// The scopes that it offers to users.
    #[schema(block)]
    pub(crate) oauth2_permission_scope: BTreeSet<PermissionScope>,
}

/// A scope that users can grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct PermissionScope {
    /// Its id, a UUID.
    #[schema(rules = &[Rule::Uuid])]
    pub(crate) id: String,
    /// What an administrator reads.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) admin_consent_description: Option<String>,
    /// The title that an administrator reads.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) admin_consent_display_name: Option<String>,
    /// Whether it can be granted.
    #[schema(default = true)]
    pub(crate) enabled: Option<bool>,
    /// Who may grant it.
    #[schema(default = "User", rules = &[Rule::OneOf(&["Admin", "User"])])]
    pub(crate) r#type: Option<String>,
    /// What a user reads.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) user_consent_description: Option<String>,
    /// The title that a user reads.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) user_consent_display_name: Option<String>,
    /// What stands in a token.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) value: Option<String>,
}

/// A role of the application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct AppRole {
    /// Its id, a UUID.
    #[schema(rules = &[Rule::Uuid])]
    pub(crate) id: String,
    /// Who can have it: `User`, `Application`.
    #[schema(rules = &[Rule::MinItems(1)])]
    pub(crate) allowed_member_types: BTreeSet<String>,
    /// What it is for.
    pub(crate) description: String,
    /// Its title.
    pub(crate) display_name: String,
    /// Whether it can be given.
    #[schema(default = true)]
    pub(crate) enabled: Option<bool>,
    /// What stands in a token.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) value: Option<String>,
}

/// Tags by what they do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct FeatureTags {
    /// It signs in by a custom SAML application.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) custom_single_sign_on: Option<bool>,
    /// It is shown among the enterprise applications.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) enterprise: Option<bool>,
    /// It is of the gallery.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) gallery: Option<bool>,
    /// It is hidden from users.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) hide: Option<bool>,
}

/// The tags that have a meaning.
const CUSTOM_SINGLE_SIGN_ON: &str = "WindowsAzureActiveDirectoryCustomSingleSignOnApplication";
const ENTERPRISE: &str = "WindowsAzureActiveDirectoryIntegratedApp";
const GALLERY: &str = "WindowsAzureActiveDirectoryGalleryApplicationNonPrimaryV1";
const HIDE: &str = "HideApp";

impl FeatureTags {
    /// The block that says what the tags say.
    pub(crate) fn of(tags: &BTreeSet<String>) -> Self {
        let has = |tag: &str| Some(tags.iter().any(|known| known.eq_ignore_ascii_case(tag)));
        Self {
            custom_single_sign_on: has(CUSTOM_SINGLE_SIGN_ON),
            enterprise: has(ENTERPRISE),
            gallery: has(GALLERY),
            hide: has(HIDE),
        }
    }

    /// The tags that say what the block says.
    pub(crate) fn tags(&self) -> BTreeSet<String> {
        let rows = [
            (self.custom_single_sign_on, CUSTOM_SINGLE_SIGN_ON),
            (self.enterprise, ENTERPRISE),
            (self.gallery, GALLERY),
            (self.hide, HIDE),
        ];
        rows.iter()
            .filter(|(on, _)| *on == Some(true))
            .map(|(_, tag)| (*tag).to_owned())
            .collect()
    }

    /// What was written, where it means the same.
    pub(crate) fn spelled(tags: &BTreeSet<String>, written: &[Self]) -> Vec<Self> {
        let read = Self::of(tags);
        match written.first() {
            Some(written) if written.tags() == read.tags() => vec![written.clone()],
            Some(_) | None => vec![read],
        }
    }
}

/// Claims that tokens carry beside the usual ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OptionalClaims {
    /// In access tokens.
    #[schema(block)]
    pub(crate) access_token: Vec<OptionalClaim>,
    /// In id tokens.
    #[schema(block)]
    pub(crate) id_token: Vec<OptionalClaim>,
    /// In SAML tokens.
    #[schema(block)]
    pub(crate) saml2_token: Vec<OptionalClaim>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OptionalClaim {
    /// Its name.
    pub(crate) name: String,
    /// More about it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) additional_properties: Option<Vec<String>>,
    /// Whether the client needs it.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) essential: Option<bool>,
    /// Where it is taken from.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::OneOf(&["user"])])]
    pub(crate) source: Option<String>,
}

/// A secret of the application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct ApplicationSecret {
    /// What it is called.
    pub(crate) display_name: String,
    /// From when on it is good.
    #[schema(optional, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) start_date: Computed<String>,
    /// Until when it is good.
    #[schema(optional, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) end_date: Computed<String>,
    /// Its key.
    pub(crate) key_id: Computed<String>,
    /// The secret.
    #[schema(sensitive, once)]
    pub(crate) value: Computed<Secret<String>>,
}

/// Where answers may be sent to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Redirects {
    /// The addresses.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(256)])]
    pub(crate) redirect_uris: Option<BTreeSet<String>>,
}

/// An API that it needs access to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct RequiredResourceAccess {
    /// The client id of the API.
    pub(crate) resource_app_id: String,
    /// What it needs there.
    #[schema(block, min = 1)]
    pub(crate) resource_access: Vec<ResourceAccess>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct ResourceAccess {
    /// The id of the role or scope.
    #[schema(rules = &[Rule::Uuid])]
    pub(crate) id: String,
    /// `Role` or `Scope`.
    #[schema(rules = &[Rule::OneOf(&["Role", "Scope"])])]
    pub(crate) r#type: String,
}

/// What it is as a web application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Web {
    /// Its home page.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) homepage_url: Option<String>,
    /// Where it is told that a user signed out.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) logout_url: Option<String>,
    /// Where answers may be sent to.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(256)])]
    pub(crate) redirect_uris: Option<BTreeSet<String>>,
    /// Tokens without a code.
    #[schema(block, max = 1)]
    pub(crate) implicit_grant: Vec<ImplicitGrant>,
}

/// Tokens without a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ImplicitGrant {
    /// Access tokens.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) access_token_issuance_enabled: Option<bool>,
    /// Id tokens.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) id_token_issuance_enabled: Option<bool>,
}
