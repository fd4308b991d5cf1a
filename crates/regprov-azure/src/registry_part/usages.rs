//! How much of what its SKU allows a registry uses.

use super::{Ask, Client};
use crate::client::attribute;
use crate::id::RegistryId;
use regprov_http::sanitize;
use regprov_provider::Finding;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

/// The usages of each registry, asked once, and the new parts that the plan has seen.
#[derive(Default)]
pub(crate) struct Usages(Mutex<BTreeMap<String, Arc<Known>>>);

#[derive(Default)]
struct Known {
    usages: OnceCell<Vec<Usage>>,
    planned: Mutex<BTreeSet<(&'static str, String)>>,
}

/// One limit.
#[derive(Clone, Deserialize)]
struct Usage {
    name: String,
    /// -1: none.
    limit: i64,
    #[serde(rename = "currentValue")]
    current: i64,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    value: Vec<Usage>,
}

/// What is counted.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    /// The name in the answer: `Tokens`.
    pub(crate) name: &'static str,
    /// In words: "tokens".
    pub(crate) words: &'static str,
}

/// A warning where one part more is beyond the limit of the registry's SKU. The plan may also delete parts or raise the SKU,
/// so it is no more than that. Where the registry does not exist yet, or may not be asked, there is nothing to say.
pub(crate) async fn beyond(
    client: &Client,
    registry: &RegistryId,
    counted: Counted,
    part: &str,
) -> Option<Finding> {
    let known = {
        let mut registries = client.usages.0.lock().expect("no holder of this lock panics");
        Arc::clone(registries.entry(registry.to_string().to_lowercase()).or_default())
    };
    let usages = known
        .usages
        .get_or_try_init(|| ask(client, registry))
        .await
        .ok()?;
    let usage = usages
        .iter()
        .find(|usage| usage.name.eq_ignore_ascii_case(counted.name) && usage.limit >= 0)?;
    let planned = {
        let mut planned = known.planned.lock().expect("no holder of this lock panics");
        planned.insert((counted.name, part.to_lowercase()));
        planned.iter().filter(|(name, _)| *name == counted.name).count()
    };
    let after = usage
        .current
        .saturating_add(i64::try_from(planned).unwrap_or(i64::MAX));
    if after <= usage.limit {
        return None;
    }
    Some(Finding {
        fatal: false,
        path: attribute("name"),
        summary: "Limit of the registry's SKU".to_owned(),
        detail: format!(
            "The registry `{}` may have {} {} and has {} already; with those of this plan it would have {after}.",
            sanitize(registry.part(2)),
            usage.limit,
            counted.words,
            usage.current
        ),
        remedy: Some("Delete one that is not needed, or raise `sku` of the registry.".to_owned()),
    })
}

/// A registry that is not there uses nothing of anything, which is not remembered.
async fn ask(client: &Client, registry: &RegistryId) -> Result<Vec<Usage>, ()> {
    let path = format!("{registry}/listUsages");
    let ask = Ask {
        path: &path,
        version: crate::container_registry::VERSION,
        operation: "read what the registry uses",
    };
    match client.arm.get::<Answer>(ask).await {
        Ok(Some(answer)) => Ok(answer.value),
        Ok(None) | Err(_) => Err(()),
    }
}
