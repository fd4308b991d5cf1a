//! The whole policy: every role that is not in it is lost.

use super::binding::losing;
use super::{Held, IamId, foreseen, holder_known, holder_of};
use crate::client::{Client, attribute};
use crate::policy::{Binding, Edit, Holder, Policy};
use regprov_http::sanitize;
use regprov_provider::{
    CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Finding, Observed,
    Partial, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_value::Value;

/// A type whose objects are whole policies.
pub(crate) trait Whole: Held + Resource<Client = Client, Id = IamId> {
    /// The policy as JSON.
    fn policy_data(&self) -> &str;
    /// The object.
    fn build(id: &IamId, like: Option<&Self>, policy_data: String, etag: Option<String>) -> Self;
}

/// A role that a project must not be without: nobody could give it back.
const LAST: &str = "roles/owner";

/// What is gone with its parent is gone.
pub(super) fn gone(changed: Result<Policy, Error>) -> Result<Deleted, Error> {
    match changed {
        Ok(_) => Ok(Deleted::Gone),
        Err(error) if error.kind == ErrorKind::NotYetVisible => Ok(Deleted::Gone),
        Err(error) => Err(error),
    }
}

/// A policy in JSON.
pub(crate) fn parsed(text: &str) -> Result<Policy, Error> {
    serde_json::from_str(text).map_err(|_| {
        Error::new(
            ErrorKind::Invalid(attribute("policy_data")),
            "`policy_data` is not a policy in JSON",
        )
        .remedy("Take it from the data source google_iam_policy.")
    })
}

/// The JSON that the data source `google_iam_policy` gives.
pub(crate) fn printed(policy: &Policy) -> String {
    let (bindings, audit_configs) = policy.meaning();
    let plain = Policy {
        version: None,
        etag: None,
        bindings,
        audit_configs,
    };
    serde_json::to_string(&plain).expect("a policy has a JSON form")
}

/// Policies that say the same.
pub(crate) fn same_policy(left: &Value, right: &Value) -> bool {
    let meaning = |value: &Value| Some(parsed(value.as_str()?).ok()?.meaning());
    match (meaning(left), meaning(right)) {
        (Some(left), Some(right)) => left == right,
        (_, _) => false,
    }
}

/// The rule for policies.
pub(crate) fn check_policy(value: &Value) -> Result<(), String> {
    match value.as_str().map(parsed) {
        Some(Err(error)) => Err(error.message),
        Some(Ok(_)) | None => Ok(()),
    }
}

pub(super) fn id<W: Whole>(object: &W) -> Option<IamId> {
    Some(IamId::policy(holder_of(object, None).ok()?))
}

pub(super) async fn read<W: Whole>(request: ReadRequest<'_, W>) -> Result<Observed<W>, Error> {
    let Some(policy) = request.id.holder.read(&request.client.api).await? else {
        return Ok(Observed::Absent);
    };
    let written = request.prior.map(Whole::policy_data);
    let same = written.filter(|text| parsed(text).is_ok_and(|written| written.meaning() == policy.meaning()));
    let text = same.map_or_else(|| printed(&policy), str::to_owned);
    Ok(Observed::Present(W::build(
        request.id,
        request.prior,
        text,
        policy.etag,
    )))
}

async fn set<W: Whole>(client: &Client, desired: &W) -> Result<Created<W>, Error> {
    let id = IamId::policy(holder_of(desired, Some(client))?);
    let policy = parsed(desired.policy_data())?;
    let edit = Edit::Replace {
        bindings: policy.bindings,
        audit_configs: policy.audit_configs,
    };
    let written = client.policies.change(&client.api, &id.holder, edit).await?;
    let text = desired.policy_data().to_owned();
    Ok(Created::Done(W::build(&id, Some(desired), text, written.etag)))
}

pub(super) async fn create<W: Whole>(request: CreateRequest<'_, W>) -> Result<Created<W>, Error> {
    set(request.client, request.desired).await
}

pub(super) async fn update<W: Whole>(request: UpdateRequest<'_, W>) -> Result<Created<W>, Error> {
    set(request.client, request.desired).await
}

/// What has the policy stays, with a policy of nobody; a project keeps its owners.
pub(super) async fn delete<W: Whole>(request: DeleteRequest<'_, W>) -> Result<Deleted, Error> {
    let (client, holder) = (request.client, &request.id.holder);
    let kept: Vec<Binding> = match holder {
        Holder::Project(_) => {
            let policy = holder.read(&client.api).await?.unwrap_or_default();
            policy
                .bindings
                .into_iter()
                .filter(|binding| binding.role == LAST)
                .collect()
        }
        Holder::Repository { .. } | Holder::ServiceAccount(_) | Holder::Bucket(_) => Vec::new(),
    };
    let edit = Edit::Replace {
        bindings: kept,
        audit_configs: Vec::new(),
    };
    gone(client.policies.change(&client.api, holder, edit).await)
}

/// The policy that a lost write left, where it says what was to be written.
pub(super) async fn find<W: Whole>(request: FindRequest<'_, W>) -> Result<Vec<IamId>, Error> {
    let id = IamId::policy(holder_of(request.desired, Some(request.client))?);
    let wanted = parsed(request.desired.policy_data())?;
    let found = id.holder.read(&request.client.api).await?;
    Ok(match found {
        Some(policy) if policy.meaning() == wanted.meaning() => vec![id],
        Some(_) | None => Vec::new(),
    })
}

pub(super) fn foresee<W: Whole>(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
    foreseen(W::KIND, client, desired, |holder| Some(holder.path()))
}

/// Who has a role now and would lose it.
pub(super) async fn preflight<W: Whole>(request: PreflightRequest<'_, W>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    let Some(holder) = holder_known(W::KIND, client, desired) else {
        return Vec::new();
    };
    let Ok(Some(policy)) = holder.read(&client.api).await else {
        return Vec::new();
    };
    let wanted = desired.text("policy_data").and_then(|text| parsed(text).ok());
    let open = wanted.is_none();
    let wanted = wanted.unwrap_or_default();
    let lost: Vec<String> = policy
        .bindings
        .iter()
        .flat_map(|binding| binding.members.iter().map(move |member| (binding, member)))
        .filter(|(binding, member)| {
            let kept = wanted.binding(&binding.role, binding.condition.as_ref());
            !kept.is_some_and(|kept| kept.has(member))
        })
        .map(|(binding, member)| sanitize(&format!("{member} ({})", binding.role)))
        .collect();
    losing(&lost, open, &format!("every role on {holder}"))
        .into_iter()
        .collect()
}
