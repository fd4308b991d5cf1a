//! The nested objects of a service principal.

use crate::application::{FeatureTags, wire};
use crate::fields::object_types;
use regprov_schema::{Meaning, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Tags by what they do, under the old names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Features {
    /// It signs in by a custom SAML application.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) custom_single_sign_on_app: Option<bool>,
    /// It is shown among the enterprise applications.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) enterprise_application: Option<bool>,
    /// It is of the gallery.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) gallery_application: Option<bool>,
    /// It is shown to users.
    #[schema(default = true)]
    pub(crate) visible_to_users: Option<bool>,
}

impl Features {
    /// The block that says what the tags say.
    pub(crate) fn of(tags: &BTreeSet<String>) -> Self {
        let tags = FeatureTags::of(tags);
        Self {
            custom_single_sign_on_app: tags.custom_single_sign_on,
            enterprise_application: tags.enterprise,
            gallery_application: tags.gallery,
            visible_to_users: tags.hide.map(|hide| !hide),
        }
    }

    /// The tags that say what the block says.
    pub(crate) fn tags(&self) -> BTreeSet<String> {
        let tags = FeatureTags {
            custom_single_sign_on: self.custom_single_sign_on_app,
            enterprise: self.enterprise_application,
            gallery: self.gallery_application,
            hide: Some(!self.visible_to_users.unwrap_or(true)),
        };
        tags.tags()
    }
}

/// How it signs in by SAML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct SamlSingleSignOn {
    /// Where the user goes after signing in.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) relay_state: Option<String>,
}

/// A role of its application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct PublishedRole {
    /// Who can have it.
    pub(crate) allowed_member_types: Option<Vec<String>>,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// Its title.
    pub(crate) display_name: Option<String>,
    /// Whether it can be given.
    pub(crate) enabled: Option<bool>,
    /// Its id.
    pub(crate) id: Option<String>,
    /// What stands in a token.
    pub(crate) value: Option<String>,
}

impl From<&wire::AppRole> for PublishedRole {
    fn from(role: &wire::AppRole) -> Self {
        Self {
            allowed_member_types: Some(role.allowed_member_types.iter().cloned().collect()),
            description: Some(role.description.clone()),
            display_name: Some(role.display_name.clone()),
            enabled: role.is_enabled,
            id: Some(role.id.clone()),
            value: Some(role.value.clone().unwrap_or_default()),
        }
    }
}

/// A scope of its application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct PublishedScope {
    /// What an administrator reads.
    pub(crate) admin_consent_description: Option<String>,
    /// The title that an administrator reads.
    pub(crate) admin_consent_display_name: Option<String>,
    /// Whether it can be granted.
    pub(crate) enabled: Option<bool>,
    /// Its id.
    pub(crate) id: Option<String>,
    /// Who may grant it.
    pub(crate) r#type: Option<String>,
    /// What a user reads.
    pub(crate) user_consent_description: Option<String>,
    /// The title that a user reads.
    pub(crate) user_consent_display_name: Option<String>,
    /// What stands in a token.
    pub(crate) value: Option<String>,
}

impl From<&wire::PermissionScope> for PublishedScope {
    fn from(scope: &wire::PermissionScope) -> Self {
        let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
        Self {
            admin_consent_description: text(&scope.admin_consent_description),
            admin_consent_display_name: text(&scope.admin_consent_display_name),
            enabled: scope.is_enabled,
            id: Some(scope.id.clone()),
            r#type: text(&scope.kind),
            user_consent_description: text(&scope.user_consent_description),
            user_consent_display_name: text(&scope.user_consent_display_name),
            value: text(&scope.value),
        }
    }
}

object_types!(
    PublishedRole,
    PublishedScope,
    Features,
    FeatureTags,
    SamlSingleSignOn
);
