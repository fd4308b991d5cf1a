//! One member of a role: others are left alone.

use super::{Held, IamId, foreseen, holder_of, title_known};
use crate::client::Client;
use crate::policy::{Edit, Grant, Holder, Policy, is_same_member, normal_member};
use regprov_provider::{
    CreateRequest, Created, DeleteRequest, Deleted, Error, FindRequest, Finding, Observed, Partial,
    PreflightRequest, ReadManyRequest, ReadRequest, Resource,
};
use regprov_value::Value;
use std::collections::BTreeMap;

/// A type whose objects are one member of a role.
pub(crate) trait Member: Held + Resource<Client = Client, Id = IamId> {
    /// The role under its condition.
    fn grant(&self) -> Grant;
    /// The member.
    fn member(&self) -> &str;
    /// The object; what is written in `like` keeps its spelling.
    fn build(id: &IamId, like: Option<&Self>, grant: &Grant, etag: Option<String>) -> Self;
}

/// The id as Terraform writes it.
pub(super) fn text(id: &IamId) -> String {
    let (member, title) = id.member_and_title();
    let mut text = format!("{}/{}/{}", id.holder.path(), id.role, normal_member(member));
    if let Some(title) = title {
        text = format!("{text}/{title}");
    }
    text
}

/// The member's spelling: what is written, where it means the same.
pub(super) fn spelled(member: &str, like: Option<&str>) -> String {
    match like {
        Some(like) if is_same_member(like, member) => like.to_owned(),
        Some(_) | None => member.to_owned(),
    }
}

fn observed<M: Member>(policy: Option<&Policy>, id: &IamId, prior: Option<&M>) -> Observed<M> {
    let (member, title) = id.member_and_title();
    let grant = prior.map(Member::grant);
    let found = policy
        .into_iter()
        .flat_map(|policy| &policy.bindings)
        .find(|binding| {
            let is_conditional = match &grant {
                Some(grant) => binding.condition == grant.condition,
                None => {
                    binding
                        .condition
                        .as_ref()
                        .map(|condition| condition.title.as_str())
                        == title
                }
            };
            binding.role == id.role && is_conditional && binding.has(member)
        });
    match found {
        Some(binding) => {
            let grant = Grant {
                role: binding.role.clone(),
                condition: binding.condition.clone(),
            };
            let etag = policy.and_then(|policy| policy.etag.clone());
            Observed::Present(M::build(id, prior, &grant, etag))
        }
        None => Observed::Absent,
    }
}

pub(super) fn id<M: Member>(object: &M) -> Option<IamId> {
    let grant = object.grant();
    let holder = holder_of(object, None).ok()?;
    Some(IamId::member(
        holder,
        &grant.role,
        object.member(),
        grant.condition.as_ref(),
    ))
}

pub(super) async fn read<M: Member>(request: ReadRequest<'_, M>) -> Result<Observed<M>, Error> {
    let policy = request.id.holder.read(&request.client.api).await?;
    Ok(observed(policy.as_ref(), request.id, request.prior))
}

/// Each policy is read once for all its members.
pub(super) async fn read_many<M: Member>(request: ReadManyRequest<'_, M>) -> Result<Vec<Observed<M>>, Error> {
    let mut policies: BTreeMap<&Holder, Option<Policy>> = BTreeMap::new();
    for (id, _) in request.wanted {
        if !policies.contains_key(&id.holder) {
            policies.insert(&id.holder, id.holder.read(&request.client.api).await?);
        }
    }
    let wanted = request.wanted.iter();
    Ok(wanted
        .map(|(id, prior)| observed(policies[&id.holder].as_ref(), id, prior.as_ref()))
        .collect())
}

pub(super) async fn create<M: Member>(request: CreateRequest<'_, M>) -> Result<Created<M>, Error> {
    let (client, desired) = (request.client, request.desired);
    let (holder, grant) = (holder_of(desired, Some(client))?, desired.grant());
    let id = IamId::member(holder, &grant.role, desired.member(), grant.condition.as_ref());
    let edit = Edit::Add(grant.clone(), normal_member(desired.member()));
    let policy = client.policies.change(&client.api, &id.holder, edit).await?;
    Ok(Created::Done(M::build(&id, Some(desired), &grant, policy.etag)))
}

pub(super) async fn delete<M: Member>(request: DeleteRequest<'_, M>) -> Result<Deleted, Error> {
    let (client, id) = (request.client, request.id);
    let (member, _) = id.member_and_title();
    let grant = match request.prior {
        Some(prior) => prior.grant(),
        None => match read(ReadRequest::<M> {
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
    let edit = Edit::Remove(grant, member.to_owned());
    super::policy::gone(client.policies.change(&client.api, &id.holder, edit).await)
}

/// A member that is there already is taken over, as a repeated write leaves it as it is.
pub(super) async fn find<M: Member>(request: FindRequest<'_, M>) -> Result<Vec<IamId>, Error> {
    let grant = request.desired.grant();
    let holder = holder_of(request.desired, Some(request.client))?;
    let id = IamId::member(
        holder,
        &grant.role,
        request.desired.member(),
        grant.condition.as_ref(),
    );
    let read = ReadRequest {
        client: request.client,
        id: &id,
        prior: Some(request.desired),
    };
    Ok(match self::read(read).await? {
        Observed::Present(_) => vec![id],
        Observed::Absent | Observed::Settling(_) => Vec::new(),
    })
}

/// A role that does not exist.
pub(super) async fn preflight<M: Member>(request: PreflightRequest<'_, M>) -> Vec<Finding> {
    if request.prior.is_some() {
        return Vec::new();
    }
    super::role::unknown(request.client, request.desired)
        .await
        .into_iter()
        .collect()
}

pub(super) fn foresee<M: Member>(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
    foreseen(M::KIND, client, desired, |holder| {
        let title = title_known(desired)?;
        let member = normal_member(desired.text("member")?);
        let path = format!("{}/{}/{member}", holder.path(), desired.text("role")?);
        Some(title.map_or(path.clone(), |title| format!("{path}/{title}")))
    })
}
