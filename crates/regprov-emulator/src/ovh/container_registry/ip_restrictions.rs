//! From where a registry, and the management of it, may be reached.

use serde::Deserialize;
use serde_json::{Value, json};

use super::record::{IpRestriction, Registry};
use super::require_ready;
use crate::answer::Answer;
use crate::clock;
use crate::ovh::context::{Ovh, Reply};
use crate::ovh::failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Given {
    ip_block: String,
    description: Option<String>,
    #[serde(rename = "createdAt")]
    _created_at: Option<String>,
    #[serde(rename = "updatedAt")]
    _updated_at: Option<String>,
}

/// Reads or replaces a list.
pub(super) fn handle(ovh: &mut Ovh<'_>, mut registry: Registry, management: bool) -> Reply {
    match ovh.call.method.as_str() {
        "GET" => Ok(answer(list(&mut registry, management))),
        "PUT" => {
            let given: Vec<Given> = ovh.body()?;
            require_ready(&registry, ovh.tx.now())?;
            let now = ovh.tx.now();
            let before = std::mem::take(list(&mut registry, management));
            let mut after: Vec<IpRestriction> = Vec::new();
            for one in given {
                let ip_block = block(&one.ip_block)?;
                let known = before.iter().find(|known| known.ip_block == ip_block);
                if after.iter().any(|other| other.ip_block == ip_block) {
                    return Err(failure::invalid(&format!(
                        "[ipBlock] Given data ({ip_block}) stands twice"
                    )));
                }
                after.push(IpRestriction {
                    created_at: known.map_or(now, |known| known.created_at),
                    updated_at: now,
                    description: one.description.unwrap_or_default(),
                    ip_block,
                });
            }
            *list(&mut registry, management) = after;
            let answer = answer(list(&mut registry, management));
            registry.save(ovh.tx);
            Ok(answer)
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn list(registry: &mut Registry, management: bool) -> &mut Vec<IpRestriction> {
    if management {
        &mut registry.ip_management
    } else {
        &mut registry.ip_registry
    }
}

fn answer(list: &[IpRestriction]) -> Answer {
    let bodies: Vec<Value> = list
        .iter()
        .map(|one| {
            json!({
                "ipBlock": one.ip_block, "description": one.description,
                "createdAt": clock::seconds(one.created_at), "updatedAt": clock::seconds(one.updated_at),
            })
        })
        .collect();
    Answer::json(200, &bodies)
}

/// A block of addresses with its length; a single address is a block of one.
fn block(text: &str) -> Result<String, Answer> {
    let refusal = || {
        failure::invalid(&format!(
            "[ipBlock] Given data ({text}) is not a block of addresses"
        ))
    };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: std::net::IpAddr = address.parse().map_err(|_| refusal())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length: u8 = match length {
        Some(length) => length.parse().map_err(|_| refusal())?,
        None => most,
    };
    if length > most {
        return Err(refusal());
    }
    Ok(format!("{address}/{length}"))
}
