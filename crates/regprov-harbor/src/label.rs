//! `harbor_label`: what artifacts can be marked with.

use crate::fields::filled;
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use crate::project_ref;
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_label`.
    LabelShape,
    "a label",
    "/labels/{}"
);

/// What artifacts can be marked with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Label {
    /// Its name.
    #[schema(rules = &[Rule::Length(1, 128)])]
    pub(crate) name: String,
    /// What it means.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Its colour: `#FFFFFF`.
    #[schema(default = "false", meaning = Meaning::ZeroIsNull)]
    pub(crate) color: Option<String>,
    /// The project that it is for; none: all.
    #[schema(replaces, meaning = Meaning::By(project_ref::same), rules = &[Rule::Check(project_ref::check)])]
    pub(crate) project_id: Option<String>,
    /// `p` for a project, `g` for all.
    pub(crate) scope: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A label as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    id: i64,
    name: String,
    description: Option<String>,
    color: Option<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    project_id: i64,
}

/// A POST or PUT.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    name: &'a str,
    description: &'a str,
    color: &'a str,
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<i64>,
}

impl Label {
    fn project(&self) -> Option<i64> {
        let project = self.project_id.as_deref().filter(|text| !text.is_empty());
        project.map(project_ref::number)
    }

    fn reach(&self) -> &'static str {
        if self.project().is_some() { "p" } else { "g" }
    }
}

impl Plain for Label {
    const WORDS: Words = words!("label", "labels");
    type Shape = LabelShape;
    type Wire = Wire;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        "/labels".to_owned()
    }

    fn body(&self, _number: i64) -> Body<'_> {
        Body {
            name: &self.name,
            description: self.description.as_deref().unwrap_or_default(),
            color: self.color.as_deref().unwrap_or_default(),
            scope: self.reach(),
            project_id: self.project(),
        }
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            scope: Computed::known(self.reach().to_owned()),
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        let spelled = like.and_then(|like| like.project_id.as_deref());
        let project = (wire.scope == "p").then(|| project_ref::spelled(wire.project_id, spelled));
        Some(Self {
            name: wire.name,
            description: filled(wire.description),
            color: filled(wire.color),
            project_id: project,
            scope: Computed::known(wire.scope),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        let mut query = vec![("scope", self.reach().to_owned()), ("name", self.name.clone())];
        query.extend(self.project().map(|project| ("project_id", project.to_string())));
        ("/labels".to_owned(), query)
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        (wire.name == self.name).then(|| format!("/labels/{}", wire.id))
    }
}

plain_resource!(Label, LabelShape, "harbor_label");
