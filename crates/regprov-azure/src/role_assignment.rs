//! `azurerm_role_assignment`: a principal, a role, a scope.
//!
//! Its name is derived from the three, so that a repeated request is the same assignment and one that was lost is found.

mod checks;
mod id;
mod wire;

pub(crate) use id::RoleAssignmentId;

use crate::client::{Ask, Client, attribute};
use crate::former::OBJECT_ID_BEFORE;
use crate::principals::Principal;
use crate::roles;
use regprov_http::sanitize;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Mark, Observed,
    Partial, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

const VERSION: &str = "2022-04-01";
/// The namespace of derived names.
const NAMESPACE: Uuid = Uuid::from_u128(0x7a6b_8f0e_3f0c_5d6e_9b1d_2c7e_5a4f_1e3b);
const ROLE: &[&str] = &["role_definition_id", "role_definition_name"];

/// A role assignment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RoleAssignment {
    /// Its name, a UUID; derived where it is not given.
    #[schema(optional, replaces, meaning = Meaning::IgnoreCase, rules = &[Rule::Uuid])]
    pub(crate) name: Computed<String>,
    /// Where the role holds: a subscription, resource group or resource, and everything below.
    #[schema(replaces, meaning = Meaning::IgnoreCase, rules = &[Rule::Check(check_scope)])]
    pub(crate) scope: String,
    /// The id of the role.
    #[schema(optional, replaces, meaning = Meaning::By(same_role), exactly_one_of = ROLE,
        recomputed_by = &["role_definition_name"])]
    pub(crate) role_definition_id: Computed<String>,
    /// The name of the role: `AcrPush`.
    #[schema(optional, replaces, meaning = Meaning::IgnoreCase, exactly_one_of = ROLE,
        recomputed_by = &["role_definition_id"])]
    pub(crate) role_definition_name: Computed<String>,
    /// The object id of the principal; not a client id.
    #[schema(replaces, meaning = Meaning::IgnoreCase, former = OBJECT_ID_BEFORE)]
    pub(crate) principal_id: String,
    /// What the principal is.
    #[schema(optional, replaces, recomputed_by = &["principal_id"],
        rules = &[Rule::OneOf(&["User", "Group", "ServicePrincipal"])])]
    pub(crate) principal_type: Computed<String>,
    /// Takes the principal for a service principal without asking; of no effect once it is made.
    #[schema(optional, meaning = Meaning::By(always_same))]
    pub(crate) skip_service_principal_aad_check: Computed<bool>,
    /// The managed identity of another tenant on whose behalf it is assigned.
    #[schema(replaces, meaning = Meaning::IgnoreCase)]
    pub(crate) delegated_managed_identity_resource_id: Option<String>,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// A condition that limits it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) condition: Option<String>,
    /// The version of the condition's language.
    #[schema(optional, recomputed_by = &["condition"], rules = &[Rule::OneOf(&["1.0", "2.0"])])]
    pub(crate) condition_version: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_scope(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some("/") => {
            Err("the root scope `/` is refused: name a subscription, resource group or resource".to_owned())
        }
        Some(scope) if !scope.starts_with('/') => Err(format!(
            "`{scope}` is no scope: it begins with `/subscriptions/` or `/providers/`, as ids do"
        )),
        Some(_) | None => Ok(()),
    }
}

fn always_same(_: &Value, _: &Value) -> bool {
    true
}

/// Two ids of one role: the GUID at the end counts.
fn same_role(prior: &Value, new: &Value) -> bool {
    match (prior.as_str(), new.as_str()) {
        (Some(prior), Some(new)) => roles::guid(prior).eq_ignore_ascii_case(roles::guid(new)),
        (_, _) => prior == new,
    }
}

/// The name that follows from scope, role and principal.
fn derived_name(
    scope: &str,
    role_id: Option<&str>,
    role_name: Option<&str>,
    principal: &str,
) -> Option<String> {
    let role = match (role_id, role_name) {
        (Some(id), _) => roles::guid(id).to_owned(),
        (None, Some(name)) => roles::named(name).map_or_else(|| name.to_owned(), |role| role.guid.to_owned()),
        (None, None) => return None,
    };
    let text = format!("{}|{role}|{principal}", scope.trim_end_matches('/')).to_lowercase();
    Some(Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string())
}

fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
    Ask {
        path,
        version: VERSION,
        operation,
    }
}

impl RoleAssignment {
    async fn from_wire(
        client: &Client,
        wire: wire::RoleAssignment,
        like: Option<&Self>,
    ) -> Result<Self, Error> {
        let properties = wire.properties;
        let kept = |written: Option<&String>, read: String, same: fn(&str, &str) -> bool| match written {
            Some(written) if same(written, &read) => written.clone(),
            Some(_) | None => read,
        };
        let ignoring_case = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
        let one_role = |left: &str, right: &str| roles::guid(left).eq_ignore_ascii_case(roles::guid(right));
        let role_name = client.role_name(&properties.role_definition_id).await?;
        let id: RoleAssignmentId = wire.id.parse()?;
        let id =
            id.with_tenant(like.and_then(|like| like.id.get()?.split_once('|').map(|(_, tenant)| tenant)));
        let written_name = like.and_then(|like| like.role_definition_name.get());
        Ok(Self {
            name: Computed::known(wire.name),
            scope: kept(like.map(|like| &like.scope), id.scope().to_owned(), ignoring_case),
            role_definition_id: Computed::known(kept(
                like.and_then(|like| like.role_definition_id.get()),
                properties.role_definition_id,
                one_role,
            )),
            role_definition_name: Computed::known(kept(written_name, role_name, ignoring_case)),
            principal_id: kept(
                like.map(|like| &like.principal_id),
                properties.principal_id,
                ignoring_case,
            ),
            principal_type: Computed(properties.principal_type),
            skip_service_principal_aad_check: Computed(
                like.and_then(|like| like.skip_service_principal_aad_check.0)
                    .or(Some(false)),
            ),
            delegated_managed_identity_resource_id: properties.delegated_managed_identity_resource_id,
            description: properties.description.filter(|text| !text.is_empty()),
            condition: properties.condition.filter(|text| !text.is_empty()),
            condition_version: Computed(Some(properties.condition_version.unwrap_or_default())),
            id: Computed::known(id.to_string()),
        })
    }

    /// The full id of the role that is meant.
    async fn role_id(&self, client: &Client) -> Result<String, Error> {
        if let Some(id) = self.role_definition_id.get() {
            return Ok(id.clone());
        }
        let name = self.role_definition_name.get().map_or("", String::as_str);
        if let Some(role) = roles::named(name) {
            let prefix = subscription_of(&self.scope);
            return Ok(format!(
                "{prefix}/providers/Microsoft.Authorization/roleDefinitions/{}",
                role.guid
            ));
        }
        let mut found = client.roles_named(&self.scope, name).await?;
        found.pop().map(|role| role.id).ok_or_else(|| {
            let message = format!(
                "there is no role `{}` at the scope {}",
                sanitize(name),
                sanitize(&self.scope)
            );
            Error::new(ErrorKind::Invalid(attribute("role_definition_name")), message)
                .remedy("`az role definition list --query \"[].roleName\"` lists the roles.")
        })
    }

    /// The type of the principal: sent always, so that the service need not know the principal yet.
    async fn kind(&self, client: &Client) -> Result<Option<String>, Error> {
        if let Some(kind) = self.principal_type.get() {
            return Ok(Some(kind.clone()));
        }
        if self.skip_service_principal_aad_check.0 == Some(true) {
            return Ok(Some("ServicePrincipal".to_owned()));
        }
        match client.principal(&self.principal_id).await {
            Ok(Principal::Is(kind)) => Ok(Some(kind.to_owned())),
            Ok(Principal::Unknown) => Ok(None),
            Ok(wrong) => Err(checks::wrong_principal(&self.principal_id, &wrong)),
            // Who may assign roles need not be allowed to read the directory.
            Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unauthenticated) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(
        &self,
        client: &Client,
        id: &RoleAssignmentId,
        operation: &'static str,
    ) -> Result<Self, Error> {
        let body = wire::Put::new(wire::PutProperties {
            role_definition_id: self.role_id(client).await?,
            principal_id: self.principal_id.clone(),
            principal_type: self.kind(client).await?,
            description: self.description.clone(),
            condition_version: self
                .condition_version
                .get()
                .cloned()
                .filter(|version| !version.is_empty())
                .or_else(|| self.condition.as_ref().map(|_| "2.0".to_owned())),
            condition: self.condition.clone(),
            delegated_managed_identity_resource_id: self.delegated_managed_identity_resource_id.clone(),
        });
        let path = id.path();
        let accepted = client
            .arm
            .put::<_, wire::RoleAssignment>(ask(&path, operation), &body)
            .await?;
        Self::from_wire(client, accepted.body, Some(self)).await
    }

    /// The id of the assignment that has this scope, role and principal under another name.
    async fn twin(&self, client: &Client) -> Result<Option<String>, Error> {
        let role = self.role_id(client).await?;
        let found = assignments(client, &self.scope, &self.principal_id).await?;
        let twin = found.into_iter().find(|found| {
            let properties = &found.properties;
            roles::guid(&properties.role_definition_id).eq_ignore_ascii_case(roles::guid(&role))
                && properties.principal_id.eq_ignore_ascii_case(&self.principal_id)
                && found
                    .id
                    .parse::<RoleAssignmentId>()
                    .is_ok_and(|id| id.scope().eq_ignore_ascii_case(&self.scope))
        });
        Ok(twin.map(|twin| twin.id))
    }
}

/// The assignments of a principal at, above and below a scope.
async fn assignments(
    client: &Client,
    scope: &str,
    principal: &str,
) -> Result<Vec<wire::RoleAssignment>, Error> {
    let path = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments",
        scope.trim_end_matches('/')
    );
    let filter = format!("principalId eq {}", crate::client::quoted(principal));
    client
        .arm
        .list(ask(&path, "list the principal's roles"), &[("$filter", &filter)])
        .await
}

/// `/subscriptions/{s}` of a scope; empty where it has none.
fn subscription_of(scope: &str) -> String {
    let mut segments = scope.trim_start_matches('/').split('/');
    match (segments.next(), segments.next()) {
        (Some(first), Some(id)) if first.eq_ignore_ascii_case("subscriptions") => {
            format!("/subscriptions/{id}")
        }
        (_, _) => String::new(),
    }
}

impl Resource for RoleAssignment {
    const TYPE: &'static str = "azurerm_role_assignment";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(60);
    type Client = Client;
    type Id = RoleAssignmentId;

    fn id(object: &Self) -> Option<RoleAssignmentId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, path) = (request.client, request.id.path());
        let tenant = request.id.tenant().map(|tenant| ("tenantId", tenant));
        let query: Vec<(&str, &str)> = tenant.into_iter().collect();
        let read: Option<wire::RoleAssignment> = client
            .arm
            .get_with(ask(&path, "read the role assignment"), &query)
            .await?;
        match read {
            Some(wire) => Self::from_wire(client, wire, request.prior)
                .await
                .map(Observed::Present),
            None => Ok(Observed::Absent),
        }
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        if request.wanted.len() < 3 {
            return None;
        }
        let subscription = subscription_of(request.wanted[0].0.scope());
        let elsewhere = |id: &RoleAssignmentId| {
            id.tenant().is_some() || !subscription_of(id.scope()).eq_ignore_ascii_case(&subscription)
        };
        if subscription.is_empty() || request.wanted.iter().any(|(id, _)| elsewhere(id)) {
            return None;
        }
        Some(list(&request, &subscription).await)
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let Some(name) = desired.name.get() else {
            return Err(Error::new(
                ErrorKind::Failed,
                "the role assignment has no name. This is a bug in regprov",
            ));
        };
        let id = RoleAssignmentId::new(&desired.scope, name);
        match desired.write(client, &id, "assign the role").await {
            Ok(made) => Ok(Created::Done(made)),
            Err(error) if matches!(error.kind, ErrorKind::Exists(_)) => {
                Err(existing(client, desired, error).await)
            }
            Err(error) => Err(error),
        }
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let written = request
            .desired
            .write(request.client, request.id, "change the role assignment")
            .await?;
        Ok(Created::Done(written))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.path();
        request
            .client
            .arm
            .delete(ask(&path, "delete the role assignment"))
            .await?;
        Ok(Deleted::Gone)
    }

    fn prepare(desired: Self, _mark: &Mark) -> Self {
        let name = desired.name.0.clone().or_else(|| {
            let (id, name) = (
                desired.role_definition_id.get(),
                desired.role_definition_name.get(),
            );
            derived_name(
                &desired.scope,
                id.map(String::as_str),
                name.map(String::as_str),
                &desired.principal_id,
            )
        });
        Self {
            name: Computed(name),
            ..desired
        }
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<RoleAssignmentId> {
        let scope = desired.text("scope")?;
        let name = match desired.text("name") {
            Some(name) => name.to_owned(),
            None => {
                let (id, name) = (
                    desired.text("role_definition_id"),
                    desired.text("role_definition_name"),
                );
                derived_name(scope, id, name, desired.text("principal_id")?)?
            }
        };
        Some(RoleAssignmentId::new(scope, &name))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        if desired.text("delegated_managed_identity_resource_id").is_some() {
            return Vec::new();
        }
        let Some(id) = Self::identify(client, desired) else {
            return Vec::new();
        };
        vec![
            ("name", Value::string(id.name())),
            ("id", Value::string(id.to_string())),
        ]
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }
}

/// Reads all assignments of a subscription once and picks.
async fn list(
    request: &ReadManyRequest<'_, RoleAssignment>,
    subscription: &str,
) -> Result<Vec<Observed<RoleAssignment>>, Error> {
    let path = format!("{subscription}/providers/Microsoft.Authorization/roleAssignments");
    let listed: Vec<wire::RoleAssignment> = request
        .client
        .arm
        .list(ask(&path, "list the role assignments"), &[])
        .await?;
    let named: BTreeMap<String, wire::RoleAssignment> = listed
        .into_iter()
        .map(|assignment| (assignment.id.to_lowercase(), assignment))
        .collect();
    let mut found = Vec::with_capacity(request.wanted.len());
    for (id, prior) in request.wanted {
        found.push(match named.get(&id.path().to_lowercase()).cloned() {
            Some(wire) => {
                Observed::Present(RoleAssignment::from_wire(request.client, wire, prior.as_ref()).await?)
            }
            None => Observed::Absent,
        });
    }
    Ok(found)
}

/// The service refuses a second assignment of the same three; it does not say which the first is.
async fn existing(client: &Client, desired: &RoleAssignment, error: Error) -> Error {
    match desired.twin(client).await {
        Ok(Some(id)) => {
            let message = format!(
                "the principal has this role at this scope already: {}",
                sanitize(&id)
            );
            Error {
                kind: ErrorKind::Exists(Some(id)),
                message,
                ..error
            }
        }
        Ok(None) | Err(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_from_scope_role_and_principal_however_they_are_written() {
        let scope = "/subscriptions/s/resourceGroups/g";
        let push = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/8311E382-0749-4cb8-b61a-304f252e45ec";
        let by_id = derived_name(scope, Some(push), None, "P").unwrap();
        assert_eq!(
            derived_name("/SUBSCRIPTIONS/s/resourceGroups/G", None, Some("acrpush"), "p").unwrap(),
            by_id
        );
        assert_ne!(derived_name(scope, None, Some("AcrPull"), "p").unwrap(), by_id);
        assert!(by_id.parse::<Uuid>().is_ok());
    }

    #[test]
    fn the_root_scope_is_refused() {
        assert!(
            check_scope(&Value::string("/"))
                .unwrap_err()
                .contains("root scope")
        );
        assert!(check_scope(&Value::string("/subscriptions/s")).is_ok());
    }
}
