//! Labels: those of the configuration, with those of the provider, with those that others made.

use crate::client::Client;
use regprov_provider::Partial;
use regprov_value::{Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The label that says an object is declared.
const ATTRIBUTION: (&str, &str) = ("goog-terraform-provisioned", "true");

/// Labels by their keys.
pub(crate) type Labels = BTreeMap<String, String>;

/// The labels of an object as the three attributes show them.
pub(crate) struct Shown {
    pub(crate) labels: Option<Labels>,
    pub(crate) terraform: Labels,
    pub(crate) effective: Labels,
}

/// The labels that the configuration and the provider ask for. An attribution that is there stays.
pub(crate) fn asked(client: &Client, labels: Option<&Labels>, before: Option<&Labels>) -> Labels {
    let mut asked = client.defaults.labels.clone();
    asked.extend(
        labels
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let (key, value) = ATTRIBUTION;
    let attributed = match before {
        Some(before) => before.contains_key(key),
        None => client.defaults.attribution,
    };
    if attributed {
        asked.insert(key.to_owned(), value.to_owned());
    }
    asked
}

/// The labels to write: those of others stay, those that were asked for and no longer are go.
pub(crate) fn written(asked: &Labels, before: Option<&Labels>, live: Option<&Labels>) -> Labels {
    let mut written = live.cloned().unwrap_or_default();
    written.retain(|key, _| !before.is_some_and(|before| before.contains_key(key)));
    written.extend(asked.iter().map(|(key, value)| (key.clone(), value.clone())));
    written
}

/// The labels of a live object. `like` says which of them the configuration manages; an imported object takes all over, but
/// for those of the provider.
pub(crate) fn shown(
    client: &Client,
    live: Labels,
    like: Option<(Option<&Labels>, Option<&Labels>)>,
) -> Shown {
    let picked = |keys: &Labels| -> Labels {
        let kept = live.iter().filter(|(key, _)| keys.contains_key(*key));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    match like {
        Some((labels, terraform)) => Shown {
            labels: labels.map(&picked),
            terraform: terraform.map(&picked).unwrap_or_default(),
            effective: live,
        },
        None => {
            let own = live.iter().filter(|(key, value)| {
                client.defaults.labels.get(*key) != Some(*value) && key.as_str() != ATTRIBUTION.0
            });
            let own: Labels = own.map(|(key, value)| (key.clone(), value.clone())).collect();
            Shown {
                labels: (!own.is_empty()).then_some(own),
                terraform: live.clone(),
                effective: live,
            }
        }
    }
}

/// `terraform_labels` and `effective_labels` of a planned object, where its labels are known. Labels of others on a live
/// object are not foreseen.
pub(crate) fn foreseen(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
    if desired
        .0
        .get("labels")
        .is_some_and(|labels| !labels.is_wholly_known())
        || !desired.is_open("id")
    {
        return Vec::new();
    }
    let labels: Option<Labels> = desired
        .known("labels")
        .and_then(Value::as_entries)
        .map(|entries| {
            let texts = entries
                .iter()
                .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())));
            texts.collect()
        });
    let asked = asked(client, labels.as_ref(), None);
    let items = asked
        .iter()
        .map(|(key, value)| (Arc::from(key.as_str()), Value::string(value)));
    let map = Value::map(Type::String, items.collect());
    vec![("terraform_labels", map.clone()), ("effective_labels", map)]
}

/// The rule for labels.
pub(crate) fn check(value: &Value) -> Result<(), String> {
    let Some(entries) = value.as_entries() else {
        return Ok(());
    };
    if entries.len() > 64 {
        return Err(format!("an object has 64 labels at most, not {}", entries.len()));
    }
    let allowed = |c: char| {
        c.is_lowercase() || c.is_numeric() || c == '_' || c == '-' || (c.is_alphabetic() && !c.is_uppercase())
    };
    for (key, value) in entries {
        let text = value.as_str().unwrap_or_default();
        for (what, part) in [("key", key.as_ref()), ("value", text)] {
            if part.chars().count() > 63 || !part.chars().all(allowed) {
                return Err(format!(
                    "the {what} `{part}` of a label holds something else than small letters, digits, `_` and `-`, or is longer than 63"
                ));
            }
        }
        if !key.starts_with(char::is_alphabetic) {
            return Err(format!("the key `{key}` of a label does not begin with a letter"));
        }
    }
    Ok(())
}
