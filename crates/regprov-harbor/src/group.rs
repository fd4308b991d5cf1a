//! `harbor_group`: a group of users of another directory.

use crate::fields::filled;
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_group`.
    GroupShape,
    "a group",
    "/usergroups/{}"
);

/// A group of users of another directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Group {
    /// Its name.
    #[schema(replaces, rules = &[Rule::Length(1, 255)])]
    pub(crate) group_name: String,
    /// 1 for LDAP, 2 for HTTP, 3 for OIDC.
    #[schema(replaces, rules = &[Rule::Between(1, 3)])]
    pub(crate) group_type: i64,
    /// Its name in the directory.
    #[schema(replaces, meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_dn: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A group as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) group_name: String,
    #[serde(default)]
    pub(crate) group_type: i64,
    pub(crate) ldap_group_dn: Option<String>,
}

/// A POST or PUT.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    group_name: &'a str,
    group_type: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    ldap_group_dn: &'a str,
}

impl Group {
    fn distinguished(&self) -> &str {
        self.ldap_group_dn.as_deref().unwrap_or_default()
    }
}

impl Plain for Group {
    const WORDS: Words = words!("group", "groups");
    const NAME: &'static str = "group_name";
    type Shape = GroupShape;
    type Wire = Wire;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        "/usergroups".to_owned()
    }

    fn body(&self, _number: i64) -> Body<'_> {
        Body {
            group_name: &self.group_name,
            group_type: self.group_type,
            ldap_group_dn: self.distinguished(),
        }
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, _like: Option<&Self>) -> Option<Self> {
        Some(Self {
            group_name: wire.group_name,
            group_type: wire.group_type,
            ldap_group_dn: filled(wire.ldap_group_dn),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (
            "/usergroups".to_owned(),
            vec![("group_name", self.group_name.clone())],
        )
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        let same = wire.group_name == self.group_name
            && wire.group_type == self.group_type
            && wire.ldap_group_dn.as_deref().unwrap_or_default() == self.distinguished();
        same.then(|| format!("/usergroups/{}", wire.id))
    }
}

plain_resource!(Group, GroupShape, "harbor_group");
