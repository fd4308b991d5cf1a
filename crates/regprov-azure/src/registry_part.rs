//! What is inside a registry: scope maps, tokens, webhooks, cache rules, credential sets. One life cycle for all; each
//! type's own file says what its body holds.

pub(crate) mod usages;

use crate::client::{Accepted, Ask, Client};
use crate::id::{Id, RegistryId, RegistryShape, Shape};
use regprov_http::sanitize;
use regprov_provider::{Created, Deleted, Error, ErrorKind, Observed};
use regprov_value::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;

/// A part as ARM writes it.
#[derive(Clone, Deserialize)]
pub(crate) struct Part<P> {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) location: Option<String>,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    pub(crate) identity: Option<Identity>,
    pub(crate) properties: P,
}

/// The identity that a part has.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) principal_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
}

/// The properties of a part; all have a state.
pub(crate) trait Properties: DeserializeOwned + Send {
    /// `provisioningState`.
    fn state(&self) -> Option<&str>;
}

/// Where the last operation on a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ready,
    Working,
    Failed,
}

fn stage(state: Option<&str>) -> Stage {
    match state.unwrap_or("Succeeded").to_ascii_lowercase().as_str() {
        "succeeded" => Stage::Ready,
        "failed" | "canceled" | "cancelled" => Stage::Failed,
        _ => Stage::Working,
    }
}

/// What is being done, as a reason to wait.
fn working<P: Properties>(part: &Part<P>) -> String {
    let state = part.properties.state().unwrap_or("busy");
    format!(
        "`{}` is {}",
        sanitize(&part.name),
        sanitize(state).to_ascii_lowercase()
    )
}

/// Why the operation that this run began has failed; `None` where it was another run's.
async fn failure<P>(client: &Client, part: &Part<P>) -> Option<Error> {
    let fault = client.arm.failure(&part.id).await?;
    let message = format!(
        "Azure could not finish `{}`: {}: {}",
        part.name, fault.code, fault.message
    );
    let mut error = Error::new(ErrorKind::Failed, sanitize(&message));
    error.code = Some(fault.code);
    Some(error)
}

/// A part where it can be seen.
async fn settled<P: Properties>(client: &Client, part: Part<P>) -> Result<Observed<Part<P>>, Error> {
    match stage(part.properties.state()) {
        Stage::Ready => Ok(Observed::Present(part)),
        Stage::Working => Ok(Observed::Settling(working(&part))),
        Stage::Failed => match failure(client, &part).await {
            Some(error) => Err(error),
            None => Ok(Observed::Present(part)),
        },
    }
}

/// Reads a part.
pub(crate) async fn read<P: Properties>(client: &Client, ask: Ask<'_>) -> Result<Observed<Part<P>>, Error> {
    match client.arm.get::<Part<P>>(ask).await? {
        Some(part) => settled(client, part).await,
        None => Ok(Observed::Absent),
    }
}

/// How a write that was accepted goes on.
pub(crate) fn written<P: Properties, R>(
    accepted: Accepted<Part<P>>,
    object: impl FnOnce(Part<P>) -> R,
) -> Created<R> {
    if stage(accepted.body.properties.state()) == Stage::Ready {
        return Created::Done(object(accepted.body));
    }
    let (reason, after) = (working(&accepted.body), accepted.after);
    Created::Pending {
        object: object(accepted.body),
        reason,
        after,
    }
}

/// How a delete goes on.
pub(crate) fn deleted(answer: Option<Option<Duration>>, reason: &str) -> Deleted {
    answer.map_or(Deleted::Gone, |after| Deleted::Pending {
        reason: reason.to_owned(),
        after,
    })
}

/// What is observed, as another form of it.
pub(crate) fn map<A, B>(observed: Observed<A>, change: impl FnOnce(A) -> B) -> Observed<B> {
    match observed {
        Observed::Absent => Observed::Absent,
        Observed::Settling(reason) => Observed::Settling(reason),
        Observed::Present(object) => Observed::Present(change(object)),
    }
}

/// The registry that a part is in: the first three places of its id.
pub(crate) fn registry<S: Shape>(id: &Id<S>) -> RegistryId {
    RegistryId::new([id.part(0), id.part(1), id.part(2)])
}

/// What is listed: `scopeMaps` of a registry.
#[derive(Clone, Copy)]
pub(crate) struct Listing {
    /// The path segment.
    pub(crate) segment: &'static str,
    /// The api-version.
    pub(crate) version: &'static str,
    /// What it is for: "list the scope maps".
    pub(crate) operation: &'static str,
}

impl Listing {
    /// All parts of a registry.
    pub(crate) async fn of<P: Properties>(
        self,
        client: &Client,
        registry: &RegistryId,
    ) -> Result<Vec<Part<P>>, Error> {
        let path = format!("{registry}/{}", self.segment);
        let ask = Ask {
            path: &path,
            version: self.version,
            operation: self.operation,
        };
        client.arm.list(ask, &[]).await
    }

    /// Reads many parts by one list for each registry; `None` where that is no gain.
    pub(crate) async fn many<S: Shape, P: Properties>(
        self,
        client: &Client,
        wanted: &[&Id<S>],
    ) -> Option<Result<Vec<Observed<Part<P>>>, Error>> {
        let registries: BTreeMap<String, RegistryId> = wanted
            .iter()
            .map(|id| registry(id))
            .map(|registry| (registry.to_string().to_lowercase(), registry))
            .collect();
        if wanted.len() < 2 * registries.len() {
            return None;
        }
        Some(self.pick(client, registries.values(), wanted).await)
    }

    async fn pick<S: Shape, P: Properties>(
        self,
        client: &Client,
        registries: impl Iterator<Item = &RegistryId>,
        wanted: &[&Id<S>],
    ) -> Result<Vec<Observed<Part<P>>>, Error> {
        let mut named: BTreeMap<String, Part<P>> = BTreeMap::new();
        for registry in registries {
            let listed = self.of::<P>(client, registry).await?;
            named.extend(listed.into_iter().map(|part| (part.id.to_lowercase(), part)));
        }
        let mut found = Vec::with_capacity(wanted.len());
        for id in wanted {
            found.push(match named.remove(&id.to_string().to_lowercase()) {
                Some(part) => settled(client, part).await?,
                None => Observed::Absent,
            });
        }
        Ok(found)
    }
}

/// The rule of a registry's id.
pub(crate) fn check_registry_id(value: &Value) -> Result<(), String> {
    check_id::<RegistryShape>(value, "`azurerm_container_registry.NAME.id`")
}

/// Whether a text is an id of a form; `write` says how it is written.
pub(crate) fn check_id<S: Shape>(value: &Value, write: &str) -> Result<(), String> {
    match value.as_str() {
        Some(text) if text.parse::<Id<S>>().is_err() => Err(format!(
            "`{text}` is not the id of {}: write {write}, or {}",
            S::WHAT,
            S::PATTERN.replace("{}", "NAME")
        )),
        Some(_) | None => Ok(()),
    }
}

/// The rule of a part's name: 5 to 50 letters, digits and those of `extra`.
pub(crate) fn check_part_name(value: &Value, what: &str, extra: &str) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || extra.contains(letter);
    if (5..=50).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('_') {
        return Ok(());
    }
    let also: Vec<String> = extra.chars().map(|letter| format!(" and `{letter}`")).collect();
    Err(format!(
        "`{name}` is no name of {what}: it has 5 to 50 letters, digits{}",
        also.concat()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_not_final_is_waited_for() {
        assert_eq!(stage(None), Stage::Ready);
        assert_eq!(stage(Some("Canceled")), Stage::Failed);
        assert_eq!(stage(Some("Updating")), Stage::Working);
    }

    #[test]
    fn names_have_five_to_fifty_characters_of_their_alphabet() {
        let check = |name: &str, extra: &str| check_part_name(&Value::string(name), "a token", extra);
        assert!(check("push-robot", "-").is_ok());
        assert!(
            check("push-robot", "")
                .unwrap_err()
                .contains("is no name of a token")
        );
        assert!(check("four", "-").is_err());
        assert!(check("_repositories_pull", "-_").is_err());
    }
}
