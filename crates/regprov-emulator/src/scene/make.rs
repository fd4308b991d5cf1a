//! Makes a scene, in one transaction.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    Condition, Scene, SceneDockerHub, SceneResourceGroup, SceneServicePrincipal, SceneSubscription,
    SeedError, SeedReport,
};
use crate::azure::directory::{
    self, APPLICATIONS, Application, GRAPH_PERMISSIONS, GROUPS, PasswordCredential, Person,
    SERVICE_PRINCIPALS, ServicePrincipal, USERS,
};
use crate::azure::records::{
    FOREIGN_REGISTRIES, FOREIGN_RESOURCES, ForeignResource, PROVIDERS, ProviderRegistration, RESOURCE_GROUPS,
    ResourceGroup, SUBSCRIPTIONS, Subscription,
};
use crate::azure::{locations, login, roles, world};
use crate::clock;
use crate::dockerhub;
use crate::faults::{Action, FAULTS, Fault, Phase, Scheduled, compile};
use crate::google;
use crate::harbor;
use crate::ovh;
use crate::store::{CONDITIONS, SETTINGS, Transaction};

const CENTURY_MS: i64 = 100 * 365 * 24 * 3600 * 1000;

/// Makes the surroundings of a scene and switches its conditions on.
pub(crate) fn seed(tx: &mut Transaction, scene: &Scene) -> Result<SeedReport, SeedError> {
    let default: String = tx
        .get(SETTINGS, world::DEFAULT_SUBSCRIPTION)
        .expect("the default world has a subscription");
    let mut report = SeedReport {
        subscription_id: default.clone(),
        ..SeedReport::default()
    };
    if let Some(knobs) = &scene.knobs {
        tx.put(SETTINGS, "knobs", knobs);
    }
    for scene in &scene.subscriptions {
        subscription(tx, scene)?;
    }
    for group in &scene.resource_groups {
        resource_group(tx, group, &default)?;
    }
    for resource in &scene.resources {
        let id = resource.id.replace("{subscription}", &default);
        if !id.starts_with("/subscriptions/") || !id.to_lowercase().contains("/providers/") {
            return Err(invalid(format!(
                "The resource id {id:?} is not of the form /subscriptions/…/providers/…."
            )));
        }
        let record = ForeignResource {
            id: id.clone(),
            location: resource.location.clone(),
            tags: Some(resource.tags.clone()).filter(|tags| !tags.is_empty()),
            properties: resource.properties.clone(),
        };
        tx.put(FOREIGN_RESOURCES, &id.to_lowercase(), &record);
    }
    people(tx, scene, &mut report)?;
    for principal in &scene.service_principals {
        service_principal(tx, principal, &mut report)?;
    }
    for assignment in &scene.role_assignments {
        let principal = resolve(tx, &assignment.principal)?;
        let role = roles::BUILT_IN
            .iter()
            .find(|role| role.id == assignment.role || role.name.eq_ignore_ascii_case(&assignment.role))
            .ok_or_else(|| invalid(format!("There is no role {:?}.", assignment.role)))?;
        let kind = if tx.contains(USERS, &principal) {
            "User"
        } else if tx.contains(GROUPS, &principal) {
            "Group"
        } else {
            "ServicePrincipal"
        };
        world::assign_role(
            tx,
            &principal,
            kind,
            role.id,
            &assignment.scope.replace("{subscription}", &default),
        );
    }
    for project in &scene.ovh_projects {
        ovh::world::add_project(tx, &project.id, &project.description);
        ovh::world::close(tx);
    }
    for project in &scene.google_projects {
        google::scene::add_project(tx, project)?;
    }
    for bucket in &scene.ovh_buckets {
        ovh::storage::add(tx, bucket);
    }
    docker_hub(tx, &scene.docker_hub)?;
    for issuer in &scene.token_issuers {
        tx.put(login::TOKEN_ISSUERS, &issuer.issuer, &issuer.jwks);
    }
    for harbor in &scene.harbors {
        let access = harbor::provide::provide(tx, harbor)?;
        report.harbors.insert(harbor.url.clone(), access);
    }
    for condition in &scene.conditions {
        switch_on(tx, condition, &default)?;
    }
    schedule(tx, scene.faults.clone())?;
    tx.mark_all_surrounding();
    Ok(report)
}

fn docker_hub(tx: &mut Transaction, scene: &SceneDockerHub) -> Result<(), SeedError> {
    for user in &scene.users {
        dockerhub::world::provide_user(tx, user)?;
    }
    for organization in &scene.organizations {
        dockerhub::world::provide_organization(tx, organization)?;
    }
    for repository in &scene.pushed {
        dockerhub::world::provide_repository(tx, repository)?;
    }
    if let Some(requests) = scene.requests_per_minute {
        dockerhub::world::limit_requests(tx, requests);
    }
    if let Some(pulls) = scene.pull_limit {
        dockerhub::world::limit_pulls(tx, pulls);
    }
    Ok(())
}

fn invalid(text: String) -> SeedError {
    SeedError::Invalid(text)
}

fn uuid(what: &str, text: &str) -> Result<String, SeedError> {
    match Uuid::parse_str(text) {
        Ok(uuid) => Ok(uuid.to_string()),
        Err(_) => Err(invalid(format!("The {what} id {text:?} is not a GUID."))),
    }
}

fn drawn(tx: &mut Transaction, what: &str, given: Option<&String>) -> Result<String, SeedError> {
    given.map_or_else(|| Ok(tx.new_uuid().to_string()), |id| uuid(what, id))
}

/// A subscription; the operator becomes its Owner when it is new.
fn subscription(tx: &mut Transaction, scene: &SceneSubscription) -> Result<(), SeedError> {
    let id = uuid("subscription", &scene.id)?;
    let existing = tx.get::<Subscription>(SUBSCRIPTIONS, &id);
    let before = existing.as_ref();
    let name = scene
        .name
        .clone()
        .or_else(|| before.map(|before| before.display_name.clone()))
        .unwrap_or_else(|| "Seeded".to_owned());
    let state = scene
        .state
        .clone()
        .or_else(|| before.map(|before| before.state.clone()))
        .unwrap_or_else(|| "Enabled".to_owned());
    world::add_subscription(tx, &id, &name, &state);
    if before.is_none() {
        let operator: String = tx
            .get(SETTINGS, world::OPERATOR)
            .expect("the default world has an operator");
        let scope = format!("/subscriptions/{id}");
        world::assign_role(tx, &operator, "ServicePrincipal", roles::OWNER, &scope);
    }
    Ok(())
}

fn resource_group(tx: &mut Transaction, group: &SceneResourceGroup, default: &str) -> Result<(), SeedError> {
    let subscription = group
        .subscription
        .clone()
        .unwrap_or_else(|| default.to_owned())
        .to_lowercase();
    if !tx.contains(SUBSCRIPTIONS, &subscription) {
        return Err(invalid(format!(
            "The resource group {:?} names a subscription that does not exist.",
            group.name
        )));
    }
    let location = locations::find(&group.location).ok_or_else(|| {
        invalid(format!(
            "The location {:?} of {:?} does not exist.",
            group.location, group.name
        ))
    })?;
    let record = ResourceGroup {
        subscription_id: subscription.clone(),
        name: group.name.clone(),
        location: location.name.to_owned(),
        managed_by: None,
        tags: Some(group.tags.clone()).filter(|tags| !tags.is_empty()),
        deleted_at: None,
    };
    let id = format!("/subscriptions/{subscription}/resourceGroups/{}", group.name).to_lowercase();
    tx.put(RESOURCE_GROUPS, &id, &record);
    Ok(())
}

fn people(tx: &mut Transaction, scene: &Scene, report: &mut SeedReport) -> Result<(), SeedError> {
    for (table, list) in [(USERS, &scene.users), (GROUPS, &scene.groups)] {
        for person in list {
            let id = drawn(tx, "object", person.id.as_ref())?;
            let record = Person {
                id: id.clone(),
                display_name: person.display_name.clone(),
                user_principal_name: person.user_principal_name.clone(),
            };
            tx.put(table, &id, &record);
            report.object_ids.insert(person.display_name.clone(), id);
        }
    }
    Ok(())
}

fn service_principal(
    tx: &mut Transaction,
    scene: &SceneServicePrincipal,
    report: &mut SeedReport,
) -> Result<(), SeedError> {
    let mut application = directory::new_application(tx, &scene.display_name);
    application.app_id = drawn(tx, "client", scene.client_id.as_ref())?;
    application.visible_from = tx.now();
    if let Some(secret) = &scene.client_secret {
        let hash = tx.hash_secret(secret);
        application.passwords.push(PasswordCredential {
            key_id: tx.new_uuid().to_string(),
            display_name: Some("seeded".to_owned()),
            start: clock::add(tx.now(), -24 * 3600 * 1000),
            end: clock::add(tx.now(), CENTURY_MS),
            hint: secret.chars().take(3).collect(),
            hash,
            visible_from: tx.now(),
        });
    }
    let mut principal = directory::new_service_principal(tx, &application.app_id, &scene.display_name);
    principal.id = drawn(tx, "object", scene.object_id.as_ref())?;
    principal.visible_from = tx.now();
    principal.assignable_from = tx.now();
    directory::save_application(tx, &application);
    directory::save_service_principal(tx, &principal);
    tx.put(GRAPH_PERMISSIONS, &principal.id, &scene.graph_permissions);
    report
        .client_ids
        .insert(scene.display_name.clone(), application.app_id);
    report.object_ids.insert(scene.display_name.clone(), principal.id);
    Ok(())
}

/// The object id of a principal that a scene names.
fn resolve(tx: &Transaction, name: &str) -> Result<String, SeedError> {
    if name == "operator" {
        return Ok(tx
            .get(SETTINGS, world::OPERATOR)
            .expect("the default world has an operator"));
    }
    let principals = tx.scan::<ServicePrincipal>(SERVICE_PRINCIPALS, "");
    let principal = principals
        .into_iter()
        .find(|(id, p)| id == name || p.app_id.eq_ignore_ascii_case(name) || p.display_name == name);
    if let Some((id, _)) = principal {
        return Ok(id);
    }
    [USERS, GROUPS]
        .into_iter()
        .flat_map(|table| tx.scan::<Person>(table, ""))
        .find(|(id, p)| {
            id == name || p.user_principal_name.as_deref() == Some(name) || p.display_name == name
        })
        .map(|(id, _)| id)
        .ok_or_else(|| invalid(format!("There is no principal {name:?}.")))
}

fn switch_on(tx: &mut Transaction, condition: &Condition, default: &str) -> Result<(), SeedError> {
    match condition {
        Condition::NoPermission {
            principal,
            action,
            scope,
        } => {
            let kept = Condition::NoPermission {
                principal: resolve(tx, principal)?,
                action: action.clone(),
                scope: scope.replace("{subscription}", default),
            };
            let number = tx.count(CONDITIONS);
            tx.put(CONDITIONS, &format!("{number:08}"), &kept);
        }
        Condition::ExpiredSecret { principal } => expire(tx, &resolve(tx, principal)?),
        Condition::NameTaken { name } => tx.put(FOREIGN_REGISTRIES, &name.to_lowercase(), &true),
        Condition::Throttle {
            method,
            path,
            times,
            retry_after,
        } => {
            let body = r#"{"error":{"code":"TooManyRequests","message":"The request is being throttled as the limit has been reached."}}"#;
            let action = Action::Status {
                code: 429,
                body: body.to_owned(),
                retry_after: Some(*retry_after),
            };
            let mut fault = Fault::at_request(1, Phase::Before, action);
            fault.name = "throttle".to_owned();
            (fault.method, fault.path, fault.times) = (method.clone(), path.clone(), *times);
            schedule(tx, vec![fault])?;
        }
        Condition::Quota {
            registries,
            role_assignments,
            directory_objects,
        } => {
            let mut knobs = tx.knobs();
            knobs.quota_registries = registries.unwrap_or(knobs.quota_registries);
            knobs.quota_role_assignments = role_assignments.unwrap_or(knobs.quota_role_assignments);
            knobs.quota_directory_objects = directory_objects.unwrap_or(knobs.quota_directory_objects);
            tx.put(SETTINGS, "knobs", &knobs);
        }
        Condition::UnreachableUpstream { host } => {
            tx.put(harbor::UNREACHABLE_UPSTREAMS, &host.to_lowercase(), &true);
        }
        Condition::OvhConsumerKeyRules { rules } => ovh::world::restrict(tx, rules),
        Condition::GoogleServiceDisabled { service, project } => {
            google::scene::disable(tx, project.as_deref(), service)
        }
        Condition::OvhNotGranted { .. }
        | Condition::GoogleNotGranted { .. }
        | Condition::GoogleOrganizationPolicy { .. } => {
            let number = tx.count(CONDITIONS);
            tx.put(CONDITIONS, &format!("{number:08}"), condition);
        }
        Condition::UnregisteredProvider {
            namespace,
            subscription,
        } => {
            let subscription = subscription.as_deref().unwrap_or(default);
            let key = format!("{subscription}/{namespace}").to_lowercase();
            let state = "NotRegistered".to_owned();
            tx.put(
                PROVIDERS,
                &key,
                &ProviderRegistration {
                    namespace: namespace.clone(),
                    state,
                    settles_at: None,
                },
            );
        }
    }
    Ok(())
}

/// Lets every password of a service principal and of its application expire a moment ago.
fn expire(tx: &mut Transaction, principal_id: &str) {
    let now = clock::add(tx.now(), -1000);
    let expired = |mut passwords: Vec<PasswordCredential>| {
        for password in &mut passwords {
            password.end = password.end.min(now);
        }
        passwords
    };
    let Some(mut principal) = tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, principal_id) else {
        return;
    };
    principal.passwords = expired(principal.passwords);
    tx.put(SERVICE_PRINCIPALS, principal_id, &principal);
    if let Some(mut application) = directory::application_by_app_id(tx, &principal.app_id) {
        application.passwords = expired(application.passwords);
        tx.put::<Application>(APPLICATIONS, &application.id, &application);
    }
}

fn schedule(tx: &mut Transaction, faults: Vec<Fault>) -> Result<(), SeedError> {
    let existing: BTreeMap<String, Scheduled> = tx.scan(FAULTS, "").into_iter().collect();
    let last = existing
        .keys()
        .next_back()
        .and_then(|key| key.parse::<u64>().ok())
        .unwrap_or(0);
    for (number, fault) in (last + 1..).zip(faults) {
        if fault.path.as_deref().is_some_and(|path| compile(path).is_none()) {
            return Err(invalid(format!(
                "The path of the fault {:?} is not a regular expression.",
                fault.name
            )));
        }
        tx.put(FAULTS, &format!("{number:08}"), &Scheduled { fault, seen: 0 });
    }
    Ok(())
}
