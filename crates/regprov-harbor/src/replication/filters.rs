//! What a replication copies.

use crate::client::attribute;
use crate::selectors::written;
use regprov_provider::{Finding, Partial};
use regprov_schema::{Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One condition; exactly one of `name`, `tag`, `labels` and `resource` is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Filter {
    /// Whether what fits a tag or label is copied (`matches`) or not (`excludes`).
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::OneOf(&["", "matches", "excludes"])])]
    pub(crate) decoration: Option<String>,
    /// The labels of what is copied.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) labels: Option<Vec<String>>,
    /// The repositories that are copied: `app/**`.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) name: Option<String>,
    /// What is copied: `image` or `artifact`.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) resource: Option<String>,
    /// The tags that are copied: `v*`.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) tag: Option<String>,
}

/// A filter as Harbor writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Wire {
    #[serde(default, rename = "type")]
    kind: String,
    value: Option<Content>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decoration: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Texts(Vec<String>),
}

impl Filter {
    /// As it is sent; none where it says nothing. Only tags and labels have a decoration.
    pub(super) fn wire(&self) -> Option<Wire> {
        let labels = self.labels.as_ref().filter(|labels| !labels.is_empty());
        let (kind, value) = if let Some(resource) = written(&self.resource) {
            ("resource", Content::Text(resource.to_owned()))
        } else if let Some(labels) = labels {
            ("label", Content::Texts(labels.clone()))
        } else if let Some(tag) = written(&self.tag) {
            ("tag", Content::Text(tag.replace(' ', "")))
        } else {
            ("name", Content::Text(written(&self.name)?.to_owned()))
        };
        let decorated = matches!(kind, "tag" | "label");
        Some(Wire {
            kind: kind.to_owned(),
            value: Some(value),
            decoration: written(&self.decoration).filter(|_| decorated).map(str::to_owned),
        })
    }

    fn of(wire: Wire) -> Self {
        let mut filter = Self {
            decoration: wire.decoration.filter(|text| !text.is_empty()),
            labels: None,
            name: None,
            resource: None,
            tag: None,
        };
        match (wire.kind.as_str(), wire.value) {
            ("name", Some(Content::Text(text))) => filter.name = Some(text),
            ("tag", Some(Content::Text(text))) => filter.tag = Some(text),
            ("resource", Some(Content::Text(text))) => filter.resource = Some(text),
            ("label", Some(Content::Texts(texts))) => filter.labels = Some(texts),
            (_, _) => {}
        }
        filter
    }
}

/// A filter as what it means: without a decoration tags and labels match.
fn meant(wire: &Wire) -> Wire {
    let mut wire = wire.clone();
    wire.decoration = wire.decoration.filter(|text| text == "excludes");
    wire
}

/// The filters as they were read, in the spelling of what was recorded.
pub(super) fn observed(read: Option<Vec<Wire>>, recorded: Option<&BTreeSet<Filter>>) -> BTreeSet<Filter> {
    let read = read.into_iter().flatten().map(|wire| {
        let same = |filter: &&Filter| filter.wire().is_some_and(|ours| meant(&ours) == meant(&wire));
        let spelled = recorded.into_iter().flatten().find(same).cloned();
        spelled.unwrap_or_else(|| Filter::of(wire))
    });
    read.collect()
}

/// A block with more than one condition, of which only one would count.
pub(super) fn checks(desired: Partial<'_>) -> Vec<Finding> {
    let blocks = desired
        .known("filters")
        .and_then(Value::as_items)
        .unwrap_or_default();
    let wrong = blocks.iter().filter(|block| {
        let block = Partial(block);
        let names = ["name", "tag", "labels", "resource"];
        let set = |name: &&str| {
            block.is_open(name)
                || block
                    .known(name)
                    .is_some_and(|value| !crate::gates::is_zero(value))
        };
        names.iter().filter(|name| set(name)).count() != 1
    });
    wrong
        .map(|_| Finding {
            fatal: true,
            path: attribute("filters"),
            summary: "One condition in each filter".to_owned(),
            detail: "A `filters` block has exactly one of `name`, `tag`, `labels` and `resource`: Harbor would leave the others \
                     out without a word."
                .to_owned(),
            remedy: Some("Write a `filters` block for each condition; all of them must be met.".to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_in_the_spelling_of_what_was_recorded() {
        let written = Filter {
            decoration: Some("matches".to_owned()),
            labels: None,
            name: Some(String::new()),
            resource: None,
            tag: Some("v1, v2".to_owned()),
        };
        let told =
            r#"[{"type":"tag","value":"v1,v2"},{"type":"label","value":["a"],"decoration":"excludes"}]"#;
        let told: Vec<Wire> = serde_json::from_str(told).unwrap();
        let seen = observed(Some(told), Some(&BTreeSet::from([written.clone()])));
        assert!(seen.contains(&written), "{seen:?}");
        assert!(
            seen.iter()
                .any(|filter| filter.labels.as_deref() == Some(&["a".to_owned()]))
        );
    }
}
