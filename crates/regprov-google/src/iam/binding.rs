//! All members of a role: who is not named loses it.

use super::{Held, IamId, foreseen, holder_known, holder_of, title_known};
use crate::client::{Client, attribute};
use crate::policy::{Condition, Edit, Grant, Policy, is_same_member, normal_member};
use regprov_http::sanitize;
use regprov_provider::{
    CreateRequest, Created, DeleteRequest, Deleted, Error, FindRequest, Finding, Observed, Partial,
    PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_value::Value;
use std::collections::BTreeSet;

/// A type whose objects are all members of a role.
pub(crate) trait Binding: Held + Resource<Client = Client, Id = IamId> {
    /// The role under its condition.
    fn grant(&self) -> Grant;
    /// The members.
    fn members(&self) -> &BTreeSet<String>;
    /// The object; what is written in `like` keeps its spelling.
    fn build(
        id: &IamId,
        like: Option<&Self>,
        found: (&Grant, BTreeSet<String>),
        etag: Option<String>,
    ) -> Self;
}

/// The id as Terraform writes it.
pub(super) fn text(id: &IamId) -> String {
    let text = format!("{}/{}", id.holder.path(), id.role);
    id.title().map_or(text.clone(), |title| format!("{text}/{title}"))
}

/// Sets of the same members.
pub(crate) fn same_members(left: &Value, right: &Value) -> bool {
    let normal = |value: &Value| -> BTreeSet<String> {
        let items = value.as_items().unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item.as_str().map(normal_member))
            .collect()
    };
    left.is_wholly_known() && right.is_wholly_known() && normal(left) == normal(right)
}

pub(super) fn id<B: Binding>(object: &B) -> Option<IamId> {
    let grant = object.grant();
    let holder = holder_of(object, None).ok()?;
    Some(IamId::binding(holder, &grant.role, grant.condition.as_ref()))
}

fn observed<B: Binding>(policy: &Policy, id: &IamId, prior: Option<&B>) -> Observed<B> {
    let grant = prior.map(Binding::grant);
    let found = policy.bindings.iter().find(|binding| {
        let is_conditional = match &grant {
            Some(grant) => binding.condition == grant.condition,
            None => {
                binding
                    .condition
                    .as_ref()
                    .map(|condition| condition.title.as_str())
                    == id.title()
            }
        };
        binding.role == id.role && is_conditional
    });
    let (grant, members) = match (found, grant) {
        (Some(found), _) => {
            let grant = Grant {
                role: found.role.clone(),
                condition: found.condition.clone(),
            };
            (grant, found.members.as_slice())
        }
        // A binding of nobody is the same as none.
        (None, Some(grant)) if prior.is_some_and(|prior| prior.members().is_empty()) => (grant, &[][..]),
        (None, _) => return Observed::Absent,
    };
    let written = prior.map(Binding::members);
    let spelled = members.iter().map(|member| {
        let same = written
            .into_iter()
            .flatten()
            .find(|written| is_same_member(written, member));
        same.unwrap_or(member).clone()
    });
    Observed::Present(B::build(
        id,
        prior,
        (&grant, spelled.collect()),
        policy.etag.clone(),
    ))
}

pub(super) async fn read<B: Binding>(request: ReadRequest<'_, B>) -> Result<Observed<B>, Error> {
    let policy = request.id.holder.read(&request.client.api).await?;
    Ok(policy.map_or(Observed::Absent, |policy| {
        observed(&policy, request.id, request.prior)
    }))
}

async fn set<B: Binding>(client: &Client, desired: &B) -> Result<Created<B>, Error> {
    let (holder, grant) = (holder_of(desired, Some(client))?, desired.grant());
    let id = IamId::binding(holder, &grant.role, grant.condition.as_ref());
    let members: Vec<String> = desired
        .members()
        .iter()
        .map(|member| normal_member(member))
        .collect();
    let edit = Edit::Set(grant.clone(), members);
    let policy = client.policies.change(&client.api, &id.holder, edit).await?;
    let made = B::build(
        &id,
        Some(desired),
        (&grant, desired.members().clone()),
        policy.etag,
    );
    Ok(Created::Done(made))
}

pub(super) async fn create<B: Binding>(request: CreateRequest<'_, B>) -> Result<Created<B>, Error> {
    set(request.client, request.desired).await
}

pub(super) async fn update<B: Binding>(request: UpdateRequest<'_, B>) -> Result<Created<B>, Error> {
    set(request.client, request.desired).await
}

pub(super) async fn delete<B: Binding>(request: DeleteRequest<'_, B>) -> Result<Deleted, Error> {
    let (client, id) = (request.client, request.id);
    let grant = match request.prior {
        Some(prior) => prior.grant(),
        None => match read(ReadRequest::<B> {
            client,
            id,
            prior: None,
        })
        .await?
        {
            Observed::Present(object) => object.grant(),
            Observed::Absent | Observed::Settling(_) => return Ok(Deleted::Gone),
        },
    };
    let edit = Edit::Set(grant, Vec::new());
    super::policy::gone(client.policies.change(&client.api, &id.holder, edit).await)
}

pub(super) async fn find<B: Binding>(request: FindRequest<'_, B>) -> Result<Vec<IamId>, Error> {
    let grant = request.desired.grant();
    let holder = holder_of(request.desired, Some(request.client))?;
    let id = IamId::binding(holder, &grant.role, grant.condition.as_ref());
    let policy = id.holder.read(&request.client.api).await?;
    let wanted: BTreeSet<String> = request
        .desired
        .members()
        .iter()
        .map(|member| normal_member(member))
        .collect();
    let is_written = policy.is_some_and(|policy| {
        let found = policy.binding(&grant.role, grant.condition.as_ref());
        let members: BTreeSet<String> = found
            .map(|binding| {
                binding
                    .members
                    .iter()
                    .map(|member| normal_member(member))
                    .collect()
            })
            .unwrap_or_default();
        members == wanted
    });
    Ok(if is_written { vec![id] } else { Vec::new() })
}

pub(super) fn foresee<B: Binding>(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
    foreseen(B::KIND, client, desired, |holder| {
        let title = title_known(desired)?;
        let path = format!("{}/{}", holder.path(), desired.text("role")?);
        Some(title.map_or(path.clone(), |title| format!("{path}/{title}")))
    })
}

/// A role that does not exist, or who has it now and would lose it.
pub(super) async fn preflight<B: Binding>(request: PreflightRequest<'_, B>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    if request.prior.is_none()
        && let Some(finding) = super::role::unknown(client, desired).await
    {
        return vec![finding];
    }
    let (Some(holder), Some(role)) = (holder_known(B::KIND, client, desired), desired.text("role")) else {
        return Vec::new();
    };
    let Ok(Some(policy)) = holder.read(&client.api).await else {
        return Vec::new();
    };
    let Some(title) = title_known(desired) else {
        return Vec::new();
    };
    let has_title = |condition: Option<&Condition>| {
        condition.map(|condition| condition.title.as_str()) == title.as_deref()
    };
    let keeps: Vec<&str> = desired
        .0
        .get("members")
        .and_then(Value::as_items)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let lost: Vec<String> = policy
        .bindings
        .iter()
        .filter(|binding| binding.role == role && has_title(binding.condition.as_ref()))
        .flat_map(|binding| &binding.members)
        .filter(|member| !keeps.iter().any(|keep| is_same_member(keep, member)))
        .map(|member| sanitize(member))
        .collect();
    let open = desired
        .0
        .get("members")
        .is_some_and(|members| !members.is_wholly_known());
    losing(&lost, open, &format!("{role} on {holder}"))
        .into_iter()
        .collect()
}

/// What to say of members that lose something.
pub(super) fn losing(lost: &[String], open: bool, what: &str) -> Option<Finding> {
    if lost.is_empty() {
        return None;
    }
    let unless = if open {
        ", unless they are among the members that are known after apply"
    } else {
        ""
    };
    Some(Finding {
        fatal: false,
        path: attribute(if what.starts_with("every role") {
            "policy_data"
        } else {
            "members"
        }),
        summary: "Members will lose a role".to_owned(),
        detail: format!(
            "It names all who have {what}. These have it now and are not named, so that they lose it{unless}:\n\n  {}",
            lost.join("\n  ")
        ),
        remedy: Some("Name them too, or use a `…_iam_member`, which leaves others alone.".to_owned()),
    })
}
