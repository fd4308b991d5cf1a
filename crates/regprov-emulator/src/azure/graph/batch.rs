//! `$batch`: up to twenty requests in one; each succeeds or fails by itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::permission::Visitor;
use super::route::Route;
use super::{Visit, dispatch};
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

const MOST: usize = 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Answers a batch; its parts run in order, those whose prerequisites failed do not run.
pub(super) fn run(tx: &mut Transaction, visit: &Visit<'_>) -> Answer {
    match parts(visit) {
        Ok(parts) => {
            let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
            let mut responses = Vec::new();
            for part in parts {
                let answer = run_part(tx, visit, &part, &statuses);
                statuses.insert(part.id.clone(), answer.status.as_u16());
                responses.push(response(&part.id, &answer));
            }
            Answer::json(200, &json!({ "responses": responses }))
        }
        Err(failure) => failure.answer(tx, visit.call),
    }
}

fn parts(visit: &Visit<'_>) -> Result<Vec<Part>, Failure> {
    if visit.call.method != Method::POST {
        return Err(Failure::method(visit.call));
    }
    let batch: Batch = visit.call.json()?;
    if batch.requests.len() > MOST {
        let text = format!("Number of batch request steps exceeds the maximum value of {MOST}.");
        return Err(Failure::new(400, "BadRequest", text));
    }
    for (index, part) in batch.requests.iter().enumerate() {
        let earlier = &batch.requests[..index];
        if earlier.iter().any(|other| other.id == part.id) {
            return Err(Failure::new(
                400,
                "BadRequest",
                format!("Request id '{}' is duplicated.", part.id),
            ));
        }
        if let Some(unmet) = part
            .depends_on
            .iter()
            .find(|id| !earlier.iter().any(|other| other.id == **id))
        {
            let text = format!(
                "Request '{}' depends on '{unmet}', which does not come before it.",
                part.id
            );
            return Err(Failure::new(400, "BadRequest", text));
        }
    }
    Ok(batch.requests)
}

fn run_part(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    part: &Part,
    statuses: &BTreeMap<String, u16>,
) -> Answer {
    if part
        .depends_on
        .iter()
        .any(|id| statuses.get(id).is_none_or(|status| *status >= 400))
    {
        return Failure::new(
            424,
            "FailedDependency",
            "A request that this one depends on failed.",
        )
        .answer(tx, visit.call);
    }
    match call_of(visit, part) {
        Ok(call) => match Visitor::of(tx, &call) {
            Ok(visitor) => {
                let route = Route::parse(&call.segments[2..]);
                dispatch(
                    tx,
                    &Visit {
                        call: &call,
                        visitor,
                        beta: visit.beta,
                    },
                    &route,
                )
            }
            Err(failure) => failure.answer(tx, visit.call),
        },
        Err(failure) => failure.answer(tx, visit.call),
    }
}

/// A part as a request of its own, with the batch's token.
fn call_of(visit: &Visit<'_>, part: &Part) -> Result<Call, Failure> {
    let bad = |what: &str| {
        Failure::new(
            400,
            "BadRequest",
            format!("Request '{}' has an invalid {what}.", part.id),
        )
    };
    let method = Method::from_bytes(part.method.to_uppercase().as_bytes()).map_err(|_| bad("method"))?;
    let mut headers = HeaderMap::new();
    if let Some(authorization) = visit.call.headers.get("authorization") {
        headers.insert("authorization", authorization.clone());
    }
    for (name, value) in &part.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("header"))?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| bad("header"))?);
    }
    let body = part
        .body
        .as_ref()
        .map(|body| Bytes::from(body.to_string()))
        .unwrap_or_default();
    let path = format!(
        "/graph/{}/{}",
        if visit.beta { "beta" } else { "v1.0" },
        part.url.trim_start_matches('/')
    );
    Ok(Call::new(method, &path, headers, body).at(&visit.call.scheme, &visit.call.host))
}

fn response(id: &str, answer: &Answer) -> Value {
    let headers: Map<String, Value> = answer
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), json!(value.to_str().ok()?))))
        .collect();
    let mut response = json!({ "id": id, "status": answer.status.as_u16(), "headers": headers });
    if !answer.body.is_empty() {
        response["body"] = serde_json::from_slice(&answer.body).expect("Graph answers in JSON");
    }
    response
}
