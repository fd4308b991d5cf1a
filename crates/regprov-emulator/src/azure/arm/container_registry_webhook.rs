//! Webhooks of a registry. The sandbox keeps them and delivers nothing.

use serde_json::{Map, Value, json};

use super::container_registry::regions;
use super::container_registry_child::Write;
use super::context::{Arm, Reply, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;

const ACTIONS: [&str; 5] = ["push", "delete", "quarantine", "chart_push", "chart_delete"];

/// Name of the sealed text that holds address and headers: both may carry secrets.
const CALLBACK: &str = "callback";

fn context(part: &Resource) -> String {
    format!("{}/{CALLBACK}", part.key())
}

/// Applies a write.
pub(super) fn apply(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = &write.properties;
    let settable = ["serviceUri", "customHeaders", "actions", "scope", "status"];
    fields::check(given, "properties", &settable, &["provisioningState"])?;
    if !regions(arm, write.registry)
        .iter()
        .any(|region| Some(region) == part.location.as_ref())
    {
        let message = "The location of a webhook must be a region of its registry.";
        return Err(invalid("InvalidWebhookLocation", message));
    }
    match fields::texts(given, "actions")? {
        Some(actions) if actions.is_empty() => return Err(no_actions()),
        Some(actions) => {
            if let Some(unknown) = actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
                return Err(invalid(
                    "InvalidParameter",
                    &format!("The webhook action '{unknown}' is not known."),
                ));
            }
            part.properties.insert("actions".into(), json!(actions));
        }
        None if write.partial => {}
        None => return Err(no_actions()),
    }
    let status = fields::choice(given, "status", &["enabled", "disabled"])?;
    if status.is_some() || !write.partial {
        part.properties
            .insert("status".into(), status.unwrap_or_else(|| "enabled".into()).into());
    }
    let scope = fields::text(given, "scope")?;
    if scope.is_some() || !write.partial {
        part.properties
            .insert("scope".into(), scope.unwrap_or_default().into());
    }
    callback(arm, part, write)
}

fn no_actions() -> Answer {
    invalid("InvalidParameter", "A webhook needs at least one action.")
}

fn callback(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = &write.properties;
    let mut config = if write.partial {
        read(arm, part)
    } else {
        json!({ "customHeaders": {} })
    };
    match fields::text(given, "serviceUri")? {
        Some(uri) if uri.starts_with("http://") || uri.starts_with("https://") => {
            config["serviceUri"] = uri.into();
        }
        Some(uri) => {
            return Err(invalid(
                "InvalidParameter",
                &format!("The service URI '{uri}' is not http or https."),
            ));
        }
        None if write.partial => {}
        None => {
            return Err(invalid(
                "InvalidRequestContent",
                "The required property 'serviceUri' is missing.",
            ));
        }
    }
    if given.contains_key("customHeaders") {
        let headers = fields::object(given, "customHeaders")?;
        if headers.values().any(|value| !value.is_string()) {
            return Err(invalid(
                "InvalidRequestContent",
                "The custom headers must be a map of strings.",
            ));
        }
        config["customHeaders"] = headers.into();
    }
    let sealed = arm.tx.seal(&context(part), &config.to_string());
    part.sealed.insert(CALLBACK.to_owned(), sealed);
    Ok(())
}

fn read(arm: &Arm<'_>, part: &Resource) -> Value {
    part.sealed
        .get(CALLBACK)
        .and_then(|sealed| arm.tx.unseal(&context(part), sealed))
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| Value::Object(Map::new()))
}

/// The actions of a webhook.
pub(super) fn act(arm: &mut Arm<'_>, part: &Resource, verb: &str) -> Reply {
    match verb {
        "getcallbackconfig" => Ok(Answer::json(200, &read(arm, part))),
        "listevents" => Ok(Answer::json(200, &json!({ "value": [] }))),
        _ => Err(Answer::unsupported(&format!("the webhook action '{verb}'"))),
    }
}
