//! Lists: pages, and resources of every type as the generic list shows them.

use serde_json::{Value, json};

use super::context::{Arm, Reply, invalid, not_found};
use super::filter::{self, Term};
use super::resource::{Resource, TABLES};
use crate::answer::Answer;
use crate::azure::records::{FOREIGN_RESOURCES, ForeignResource};

/// The longest page that is given unasked.
const PAGE: usize = 1000;

/// One page of items: `$top` of them, after those that `$skiptoken` says.
pub(super) fn page(arm: &Arm<'_>, items: Vec<Value>) -> Value {
    let number = |name| {
        arm.call
            .query(name)
            .and_then(|text: &str| text.parse::<usize>().ok())
    };
    let (skip, top) = (
        number("$skiptoken").unwrap_or(0),
        number("$top").unwrap_or(PAGE).max(1),
    );
    let more = items.len() > skip.saturating_add(top);
    let value: Vec<Value> = items.into_iter().skip(skip).take(top).collect();
    let mut page = json!({ "value": value });
    if more {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in arm
            .call
            .query
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"))
        {
            query.append_pair(name, value);
        }
        query.append_pair("$skiptoken", &(skip + top).to_string());
        page["nextLink"] = format!("{}{}?{}", arm.call.base_url(), arm.call.path, query.finish()).into();
    }
    page
}

/// The resources below a scope, without their properties.
pub(super) fn resources(arm: &mut Arm<'_>, scope: &str) -> Reply {
    let terms = match arm.call.query("$filter") {
        None | Some("") => Vec::new(),
        Some(text) => filter::parse(text).ok_or_else(|| bad_filter(text))?,
    };
    let prefix = format!("{}/", scope.to_ascii_lowercase());
    let mut items = Vec::new();
    for table in TABLES {
        for (key, resource) in arm.tx.scan::<Resource>(table, &prefix) {
            // Only what is tracked by Resource Manager has a location; parts such as tokens are not listed.
            if resource.location.is_some() && arm.may(&format!("{}/read", resource.kind), &key) {
                let mut envelope = resource.envelope();
                if arm
                    .call
                    .query("$expand")
                    .is_some_and(|expand| expand.contains("provisioningState"))
                {
                    envelope.insert(
                        "provisioningState".into(),
                        resource.provisioning_state(arm.tx.now()).into(),
                    );
                }
                items.push(Value::Object(envelope));
            }
        }
    }
    for (key, foreign) in arm.tx.scan::<ForeignResource>(FOREIGN_RESOURCES, &prefix) {
        if arm.may(&format!("{}/read", kind_of(&foreign.id)), &key) {
            items.push(foreign_body(&foreign, false));
        }
    }
    let mut kept = Vec::new();
    for item in items {
        if matches(&item, &terms)? {
            kept.push(item);
        }
    }
    Ok(Answer::json(200, &page(arm, kept)))
}

pub(super) fn bad_filter(text: &str) -> Answer {
    invalid(
        "InvalidFilterInQueryString",
        &format!("Invalid $filter '{text}' specified in the query string."),
    )
}

fn matches(item: &Value, terms: &[Term]) -> Result<bool, Answer> {
    let mut tag_name = None;
    for term in terms {
        let Term::Equals(name, wanted) = term else {
            return Err(Answer::unsupported("functions in this $filter"));
        };
        let same = |found: &Value| {
            found
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        let group = || {
            item["id"]
                .as_str()
                .and_then(group_of)
                .is_some_and(|group| group.eq_ignore_ascii_case(wanted))
        };
        let holds = match name.to_ascii_lowercase().as_str() {
            "resourcetype" => same(&item["type"]),
            "name" => same(&item["name"]),
            "location" => same(&item["location"]),
            "resourcegroup" => group(),
            "tagname" => {
                tag_name = Some(wanted.clone());
                item["tags"].get(wanted).is_some()
            }
            "tagvalue" => tag_name
                .as_ref()
                .is_some_and(|tag| item["tags"][tag] == wanted.as_str()),
            other => return Err(Answer::unsupported(&format!("'{other}' in this $filter"))),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The resource group in an id.
pub(super) fn group_of(id: &str) -> Option<&str> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case("resourceGroups"))?;
    segments.next()
}

/// The type in an id: namespace, then every other segment after it.
pub(super) fn kind_of(id: &str) -> String {
    let segments: Vec<&str> = id.split('/').collect();
    let at = segments
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let rest = at.map_or(&[][..], |at| &segments[at + 1..]);
    let types = rest.iter().skip(1).step_by(2);
    rest.iter()
        .take(1)
        .chain(types)
        .copied()
        .collect::<Vec<_>>()
        .join("/")
}

/// A resource of a type that the sandbox does not emulate: it can be read where a scene placed it.
pub(super) fn foreign(arm: &mut Arm<'_>) -> Reply {
    let id = super::context::scope_of(&arm.call.segments);
    let kind = kind_of(&id);
    if arm.call.method != "GET" && arm.call.method != "HEAD" {
        return Err(Answer::unsupported(&format!(
            "{} of the type {kind}",
            arm.call.method
        )));
    }
    arm.require(&format!("{kind}/read"), &id)?;
    match arm
        .tx
        .get::<ForeignResource>(FOREIGN_RESOURCES, &id.to_ascii_lowercase())
    {
        Some(foreign) => Ok(Answer::json(200, &foreign_body(&foreign, true))),
        None => {
            let name = id.rsplit('/').next().unwrap_or_default();
            Err(not_found(
                &format!("{kind}/{name}"),
                group_of(&id).unwrap_or_default(),
            ))
        }
    }
}

fn foreign_body(foreign: &ForeignResource, whole: bool) -> Value {
    let mut body = json!({
        "id": foreign.id, "name": foreign.id.rsplit('/').next(), "type": kind_of(&foreign.id),
    });
    if let Some(location) = &foreign.location {
        body["location"] = location.clone().into();
    }
    if let Some(tags) = &foreign.tags {
        body["tags"] = json!(tags);
    }
    if whole {
        body["properties"] = foreign.properties.clone();
    }
    body
}
