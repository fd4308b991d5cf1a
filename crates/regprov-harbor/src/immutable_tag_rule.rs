//! `harbor_immutable_tag_rule`: tags that cannot be moved or deleted.

use crate::client::{Ask, Client};
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use crate::project_ref;
use crate::selectors::{self, Scopes, Selector};
use regprov_provider::Error;
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_immutable_tag_rule`.
    ImmutableTagRuleShape,
    "a rule for immutable tags",
    "/projects/{}/immutabletagrules/{}"
);

const REPOSITORIES: &[&str] = &["repo_matching", "repo_excluding"];
const TAGS: &[&str] = &["tag_matching", "tag_excluding"];

/// Tags that cannot be moved or deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ImmutableTagRule {
    /// The project.
    #[schema(replaces, meaning = Meaning::By(project_ref::same), rules = &[Rule::Check(project_ref::check)])]
    pub(crate) project_id: String,
    /// Whether it does not count for now.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) disabled: Option<bool>,
    /// The repositories that it is for: `**`.
    #[schema(meaning = Meaning::ZeroIsNull, exactly_one_of = REPOSITORIES)]
    pub(crate) repo_matching: Option<String>,
    /// The repositories that it is not for.
    #[schema(meaning = Meaning::ZeroIsNull, exactly_one_of = REPOSITORIES)]
    pub(crate) repo_excluding: Option<String>,
    /// The tags that it is for: `v*`.
    #[schema(meaning = Meaning::ZeroIsNull, exactly_one_of = TAGS)]
    pub(crate) tag_matching: Option<String>,
    /// The tags that it is not for.
    #[schema(meaning = Meaning::ZeroIsNull, exactly_one_of = TAGS)]
    pub(crate) tag_excluding: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A rule as Harbor writes it, and as it is written.
#[derive(Serialize, Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    id: i64,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    action: String,
    #[serde(default)]
    template: String,
    #[serde(default)]
    tag_selectors: Vec<Selector>,
    #[serde(default)]
    scope_selectors: Scopes,
}

impl Plain for ImmutableTagRule {
    const WORDS: Words = words!("rule for immutable tags", "rules for immutable tags");
    const NAME: &'static str = "repo_matching";
    const COMPLETED: bool = true;
    type Shape = ImmutableTagRuleShape;
    type Wire = Wire;
    type Body<'a> = Wire;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        format!("{}/immutabletagrules", project_ref::path(&self.project_id))
    }

    fn body(&self, number: i64) -> Wire {
        let repositories = [
            (&self.repo_matching, "repoMatches"),
            (&self.repo_excluding, "repoExcludes"),
        ];
        let tags = [(&self.tag_matching, "matches"), (&self.tag_excluding, "excludes")];
        Wire {
            id: number,
            disabled: self.disabled.unwrap_or(false),
            action: "immutable".to_owned(),
            template: "immutable_template".to_owned(),
            tag_selectors: vec![selectors::selector(tags, "")],
            scope_selectors: selectors::scopes(selectors::selector(repositories, "")),
        }
    }

    /// No rule is told alone: it is looked for in the list of its project.
    async fn wire(client: &Client, path: &str, _like: Option<&Self>) -> Result<Option<Wire>, Error> {
        let (collection, _) = path.rsplit_once('/').unwrap_or((path, ""));
        let rules: Vec<Wire> = match client.api.list(Ask::new(collection, Self::WORDS.list)).await {
            Err(error) if error.status == Some(404) => return Ok(None),
            listed => listed?,
        };
        Ok(rules.into_iter().find(|rule| rule.id == crate::id::number(path)))
    }

    /// Every rule counts when it is made, whatever is sent.
    async fn complete(&self, client: &Client, path: &str) -> Result<Self, Error> {
        if self.disabled == Some(true) {
            let ask = Ask::new(path, "switch the rule for immutable tags off");
            client.api.put(ask, &self.body(crate::id::number(path))).await?;
        }
        Ok(self.identified(path))
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        let project = path.split('/').nth(2).map_or(0, project_ref::number);
        let repositories = wire.scope_selectors.repositories();
        Some(Self {
            project_id: project_ref::spelled(project, like.map(|like| like.project_id.as_str())),
            disabled: Some(wire.disabled),
            repo_matching: selectors::pattern(repositories, "repoMatches"),
            repo_excluding: selectors::pattern(repositories, "repoExcludes"),
            tag_matching: selectors::pattern(&wire.tag_selectors, "matches"),
            tag_excluding: selectors::pattern(&wire.tag_selectors, "excludes"),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (self.collection(), Vec::new())
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        let ours = self.body(0);
        let plain = |selectors: &[Selector]| -> Vec<(String, String)> {
            let pairs = selectors
                .iter()
                .map(|one| (one.decoration.clone(), one.pattern.clone()));
            pairs.collect()
        };
        let same = plain(&wire.tag_selectors) == plain(&ours.tag_selectors)
            && plain(wire.scope_selectors.repositories()) == plain(ours.scope_selectors.repositories());
        same.then(|| format!("{}/{}", self.collection(), wire.id))
    }
}

plain_resource!(
    ImmutableTagRule,
    ImmutableTagRuleShape,
    "harbor_immutable_tag_rule"
);
