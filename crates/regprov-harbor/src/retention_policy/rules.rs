//! What a rule of a retention policy keeps.

use crate::client::attribute;
use crate::gates::is_zero;
use crate::selectors::{self, Scopes, Selector};
use regprov_provider::{Finding, Partial};
use regprov_schema::{Meaning, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a rule keeps: one way of counting, of some repositories and tags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RetentionRule {
    /// Whether it does not count for now.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) disabled: Option<bool>,
    /// Everything is kept.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) always_retain: Option<bool>,
    /// So many tags that were pulled last are kept.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) most_recently_pulled: Option<i64>,
    /// So many tags that were pushed last are kept.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) most_recently_pushed: Option<i64>,
    /// What was pulled within so many days is kept.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) n_days_since_last_pull: Option<i64>,
    /// What was pushed within so many days is kept.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) n_days_since_last_push: Option<i64>,
    /// The repositories that it is for: `**`.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) repo_matching: Option<String>,
    /// The repositories that it is not for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) repo_excluding: Option<String>,
    /// The tags that it is for: `**`.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) tag_matching: Option<String>,
    /// The tags that it is not for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) tag_excluding: Option<String>,
    /// Whether it is for artifacts without a tag too.
    #[schema(default = true)]
    pub(crate) untagged_artifacts: Option<bool>,
}

/// A rule as Harbor writes it, and as it is written.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    action: String,
    #[serde(default)]
    template: String,
    #[serde(default)]
    params: BTreeMap<String, i64>,
    #[serde(default)]
    tag_selectors: Vec<Selector>,
    #[serde(default)]
    scope_selectors: Scopes,
}

impl RetentionRule {
    fn counting(&self) -> (&'static str, Option<i64>) {
        let counted = [
            ("nDaysSinceLastPull", self.n_days_since_last_pull),
            ("nDaysSinceLastPush", self.n_days_since_last_push),
            ("latestPulledN", self.most_recently_pulled),
            ("latestPushedK", self.most_recently_pushed),
        ];
        let chosen = counted
            .into_iter()
            .find(|(_, number)| number.is_some_and(|number| number > 0));
        chosen.unwrap_or(("always", None))
    }

    pub(super) fn wire(&self) -> Wire {
        let (template, number) = self.counting();
        let extras = format!("{{\"untagged\":{}}}", self.untagged_artifacts.unwrap_or(true));
        let repositories = [
            (&self.repo_matching, "repoMatches"),
            (&self.repo_excluding, "repoExcludes"),
        ];
        let tags = [(&self.tag_matching, "matches"), (&self.tag_excluding, "excludes")];
        Wire {
            disabled: self.disabled.unwrap_or(false),
            action: "retain".to_owned(),
            template: template.to_owned(),
            params: number
                .map(|number| (template.to_owned(), number))
                .into_iter()
                .collect(),
            tag_selectors: vec![selectors::selector(tags, &extras)],
            scope_selectors: selectors::scopes(selectors::selector(repositories, "")),
        }
    }

    pub(super) fn of(wire: Wire) -> Self {
        let counted = |template: &str| {
            let chosen = wire.template == template;
            chosen.then(|| wire.params.get(template).copied()).flatten()
        };
        let repositories = wire.scope_selectors.repositories();
        let untagged = wire
            .tag_selectors
            .first()
            .is_some_and(|selector| selector.extras.contains("true"));
        Self {
            disabled: Some(wire.disabled),
            always_retain: (wire.template == "always").then_some(true),
            most_recently_pulled: counted("latestPulledN"),
            most_recently_pushed: counted("latestPushedK"),
            n_days_since_last_pull: counted("nDaysSinceLastPull"),
            n_days_since_last_push: counted("nDaysSinceLastPush"),
            repo_matching: selectors::pattern(repositories, "repoMatches"),
            repo_excluding: selectors::pattern(repositories, "repoExcludes"),
            tag_matching: selectors::pattern(&wire.tag_selectors, "matches"),
            tag_excluding: selectors::pattern(&wire.tag_selectors, "excludes"),
            untagged_artifacts: Some(untagged),
        }
    }
}

/// Of each of these a rule has exactly one.
const ONE_OF: &[&[&str]] = &[
    &[
        "always_retain",
        "most_recently_pulled",
        "most_recently_pushed",
        "n_days_since_last_pull",
        "n_days_since_last_push",
    ],
    &["repo_matching", "repo_excluding"],
    &["tag_matching", "tag_excluding"],
];

/// Rules that Harbor takes without a word, and that break the pages of the project.
pub(super) fn checks(desired: Partial<'_>) -> Vec<Finding> {
    let rules = desired
        .known("rule")
        .and_then(Value::as_items)
        .unwrap_or_default();
    let mut findings = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let rule = Partial(rule);
        for names in ONE_OF {
            let open = names.iter().any(|name| rule.is_open(name));
            let set = names
                .iter()
                .filter(|name| rule.known(name).is_some_and(|value| !is_zero(value)));
            let count = set.count();
            if !open && count != 1 {
                findings.push(finding(index, names, count));
            }
        }
    }
    findings
}

fn finding(index: usize, names: &[&str], count: usize) -> Finding {
    let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let has = if count == 0 { "none" } else { "more than one" };
    Finding {
        fatal: true,
        path: attribute("rule").map(|path| path.index(index as u64)),
        summary: "Rule of a retention policy".to_owned(),
        detail: format!(
            "A rule has exactly one of {}, and this one has {has}.",
            listed.join(", ")
        ),
        remedy: Some(
            "Harbor would take it without a word, and fail to carry it out: write exactly one.".to_owned(),
        ),
    }
}
