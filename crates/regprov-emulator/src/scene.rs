//! Scenes: the surroundings that files expect, and the conditions under which a run happens.

mod make;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::faults::Fault;
use crate::knobs::Knobs;

pub(crate) use make::seed;

/// A scene, as `regprov sandbox seed FILE` reads it.
///
/// Where a principal is named: `operator`, an object id, a client id, a user principal name, or a display name. In
/// scopes and ids `{subscription}` stands for the default subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scene {
    /// Further subscriptions; the operator becomes their Owner.
    pub subscriptions: Vec<SceneSubscription>,
    /// Resource groups that exist already.
    pub resource_groups: Vec<SceneResourceGroup>,
    /// Resources of types that the sandbox does not emulate, such as key vaults.
    pub resources: Vec<SceneResource>,
    /// People.
    pub users: Vec<ScenePerson>,
    /// Groups.
    pub groups: Vec<ScenePerson>,
    /// Applications, each with its service principal.
    pub service_principals: Vec<SceneServicePrincipal>,
    /// Role assignments that exist already.
    pub role_assignments: Vec<SceneRoleAssignment>,
    /// Public Cloud projects of OVHcloud. Where a scene names some, there are no others.
    pub ovh_projects: Vec<SceneOvhProject>,
    /// Buckets of OVHcloud that hold objects.
    pub ovh_buckets: Vec<SceneOvhBucket>,
    /// Projects of Google's. Where a scene names some, there are no others.
    pub google_projects: Vec<SceneGoogleProject>,
    /// What is at Docker Hub.
    pub docker_hub: SceneDockerHub,
    /// Issuers of tokens that federated credentials may trust, with their keys.
    pub token_issuers: Vec<TokenIssuer>,
    /// Harbors that exist already.
    pub harbors: Vec<SceneHarbor>,
    /// What goes wrong.
    pub conditions: Vec<Condition>,
    /// How the clouds behave; replaces all knobs.
    pub knobs: Option<Knobs>,
    /// Faults to schedule.
    pub faults: Vec<Fault>,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneSubscription {
    /// Its GUID.
    pub id: String,
    /// Its display name; absent, it keeps the one that it has.
    #[serde(default)]
    pub name: Option<String>,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`; absent, it keeps the one that it has.
    #[serde(default)]
    pub state: Option<String>,
}

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneResourceGroup {
    /// Its name.
    pub name: String,
    /// Its location.
    pub location: String,
    /// Its subscription; the default one when absent.
    #[serde(default)]
    pub subscription: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A resource of a type that the sandbox does not emulate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneResource {
    /// Its resource id.
    pub id: String,
    /// Its location.
    #[serde(default)]
    pub location: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What a GET shows under `properties`.
    #[serde(default)]
    pub properties: Value,
}

/// A person or a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenePerson {
    /// The object id; drawn when absent.
    #[serde(default)]
    pub id: Option<String>,
    /// The display name.
    pub display_name: String,
    /// The user principal name, of a person.
    #[serde(default)]
    pub user_principal_name: Option<String>,
}

/// An application with its service principal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneServicePrincipal {
    /// The display name.
    pub display_name: String,
    /// The client id; drawn when absent.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The service principal's object id; drawn when absent.
    #[serde(default)]
    pub object_id: Option<String>,
    /// A client secret that it has; kept as a hash only.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Application permissions for Graph, such as `Application.ReadWrite.OwnedBy`.
    #[serde(default)]
    pub graph_permissions: Vec<String>,
}

impl std::fmt::Debug for SceneServicePrincipal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SceneServicePrincipal")
            .field("display_name", &self.display_name)
            .field("client_id", &self.client_id)
            .field("object_id", &self.object_id)
            .finish_non_exhaustive()
    }
}

/// A role assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneRoleAssignment {
    /// Who has it.
    pub principal: String,
    /// The role's name or GUID.
    pub role: String,
    /// Where it holds.
    pub scope: String,
}

/// A Public Cloud project of OVHcloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneOvhProject {
    /// Its id: the `service_name` of configurations.
    pub id: String,
    /// What it is called.
    #[serde(default)]
    pub description: String,
}

/// An access rule of a consumer key of OVHcloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneOvhRule {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The path, in which `*` stands for anything.
    pub path: String,
}

/// A bucket of OVHcloud. One that exists gets the objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneOvhBucket {
    /// Its name.
    pub name: String,
    /// The project that it is of.
    pub project: String,
    /// Its region.
    pub region: String,
    /// The keys of its objects.
    #[serde(default)]
    pub objects: Vec<String>,
}

/// A project of Google's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneGoogleProject {
    /// Its id.
    pub id: String,
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether nobody pays for it.
    #[serde(default)]
    pub billing_disabled: bool,
    /// Whether Container Registry served it: then it has the bucket `artifacts.{id}.appspot.com`.
    #[serde(default)]
    pub legacy_registry: bool,
    /// Roles that members have there: `roles/artifactregistry.reader` → `group:team@example.org`.
    #[serde(default)]
    pub bindings: BTreeMap<String, Vec<String>>,
}

/// What is at Docker Hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SceneDockerHub {
    /// People. Who exists keeps the password.
    pub users: Vec<SceneDockerUser>,
    /// Organizations. Where a scene names some, there are no others.
    pub organizations: Vec<SceneDockerOrganization>,
    /// Repositories that a push made: `NAMESPACE/NAME`.
    pub pushed: Vec<String>,
    /// How many images anybody may pull in six hours.
    pub pull_limit: Option<u64>,
    /// How often its API may be asked in a minute.
    pub requests_per_minute: Option<u64>,
}

/// Somebody with a Docker ID.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneDockerUser {
    /// The Docker ID.
    pub username: String,
    /// The password; kept as a hash only, drawn when absent.
    #[serde(default)]
    pub password: Option<String>,
    /// The code of the second factor, which is on where there is one.
    #[serde(default)]
    pub two_factor_code: Option<String>,
    /// `personal` or `pro`.
    #[serde(default)]
    pub plan: Option<String>,
}

impl std::fmt::Debug for SceneDockerUser {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SceneDockerUser")
            .field("username", &self.username)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// An organization at Docker Hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneDockerOrganization {
    /// Its name.
    pub name: String,
    /// `free`, `team` or `business`; `team` when absent.
    #[serde(default)]
    pub plan: Option<String>,
    /// Docker ID → `owner`, `editor` or `member`; the operator owns it when there are none.
    #[serde(default)]
    pub members: BTreeMap<String, String>,
}

/// An issuer of tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenIssuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Its JSON web key set.
    pub jwks: Value,
}

/// A Harbor that exists outside of what regprov manages. Where a configuration names its URL, the sandbox's instance
/// stands for it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneHarbor {
    /// Its URL, such as `https://harbor.example.org`.
    pub url: String,
    /// Its release, such as `v2.13.2`; the newest one when absent. An instance that exists already changes to it.
    #[serde(default)]
    pub version: Option<String>,
    /// A user, or a robot account with its prefix, who may do everything; `admin` has a password of its own when absent.
    #[serde(default)]
    pub username: Option<String>,
    /// The password that goes with `username`; kept as a hash only.
    #[serde(default)]
    pub password: Option<String>,
    /// A bearer token that lets an administrator in; kept as a digest only.
    #[serde(default)]
    pub bearer_token: Option<String>,
    /// The id of an administrator's session; kept as a digest only.
    #[serde(default)]
    pub session_id: Option<String>,
    /// How people sign in: `db_auth`, `ldap_auth`, `oidc_auth`, `http_auth` or `uaa_auth`. Absent, the instance takes people
    /// in by whatever way a group of a project needs first.
    #[serde(default)]
    pub auth_mode: Option<String>,
    /// Projects that exist already.
    #[serde(default)]
    pub projects: Vec<SceneHarborProject>,
}

/// A project of a scene's Harbor; one that a client made is taken as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneHarborProject {
    /// Its name.
    pub name: String,
    /// How many bytes count against its quota, beside what is pushed to the sandbox.
    #[serde(default)]
    pub used: u64,
}

impl std::fmt::Debug for SceneHarbor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SceneHarbor")
            .field("url", &self.url)
            .field("version", &self.version)
            .field("username", &self.username)
            .field("auth_mode", &self.auth_mode)
            .field("projects", &self.projects)
            .finish_non_exhaustive()
    }
}

/// Where a scene's Harbor really is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HarborAccess {
    /// Its URL on loopback.
    pub url: String,
    /// Its administrator, where the scene named no credentials.
    pub username: Option<String>,
    /// The administrator's password, where the scene named no credentials.
    pub password: Option<String>,
}

impl std::fmt::Debug for HarborAccess {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("HarborAccess")
            .field("url", &self.url)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A Harbor of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HarborInstance {
    /// Its URL on loopback.
    pub url: String,
    /// The URL that it stands for; none of an instance that belongs to a cloud's registry.
    pub stands_for: Option<String>,
    /// Its release.
    pub version: String,
}

/// A condition that a scene switches on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// `principal` may not do `action` at or below `scope`.
    NoPermission {
        /// Whom it concerns; kept as an object id.
        principal: String,
        /// An ARM action such as `Microsoft.Authorization/roleAssignments/write`, `*` at its end matches any rest; a Graph
        /// action is written `Microsoft.Graph/applications/write`.
        action: String,
        /// The scope at and below which it holds; `/` when everywhere.
        #[serde(default = "everywhere")]
        scope: String,
    },
    /// Every password of `principal` has expired.
    ExpiredSecret {
        /// Whom it concerns.
        principal: String,
    },
    /// Somebody else has a registry of this name.
    NameTaken {
        /// The registry's name.
        name: String,
    },
    /// The next requests are answered 429.
    Throttle {
        /// Only requests of this method.
        #[serde(default)]
        method: Option<String>,
        /// Only requests whose path and query match this regular expression.
        #[serde(default)]
        path: Option<String>,
        /// How many requests.
        times: u64,
        /// Seconds for `Retry-After`.
        retry_after: u64,
    },
    /// Limits on what may exist.
    Quota {
        /// Registries in a subscription.
        #[serde(default)]
        registries: Option<u64>,
        /// Role assignments in a subscription.
        #[serde(default)]
        role_assignments: Option<u64>,
        /// Objects in the directory.
        #[serde(default)]
        directory_objects: Option<u64>,
    },
    /// The consumer key of the sandbox's account has these access rules and no others.
    OvhConsumerKeyRules {
        /// The rules.
        rules: Vec<SceneOvhRule>,
    },
    /// OVHcloud grants nobody a call, whatever the rules of the consumer key are.
    OvhNotGranted {
        /// Its method; `*`: any.
        #[serde(default = "any_method")]
        method: String,
        /// Its path below the API's base, in which `*` stands for anything: `/cloud/project/*/containerRegistry`.
        path: String,
    },
    /// Google grants nobody a permission, whatever roles say.
    GoogleNotGranted {
        /// The permission, such as `artifactregistry.repositories.create`; `*` at its end matches any rest.
        permission: String,
    },
    /// A policy of the organization that all projects of Google's are in.
    GoogleOrganizationPolicy {
        /// What it enforces, such as `iam.disableServiceAccountKeyCreation`.
        constraint: String,
    },
    /// An API of Google's that is not enabled.
    GoogleServiceDisabled {
        /// Its name, such as `artifactregistry.googleapis.com`.
        service: String,
        /// The project; every project when absent.
        #[serde(default)]
        project: Option<String>,
    },
    /// A resource provider that is not registered.
    UnregisteredProvider {
        /// Its namespace, such as `Microsoft.ContainerRegistry`.
        namespace: String,
        /// The subscription; the default one when absent.
        #[serde(default)]
        subscription: Option<String>,
    },
    /// A registry that a Harbor cannot reach, as an endpoint of replication or the upstream of a proxy cache.
    UnreachableUpstream {
        /// Its host, such as `registry.example.org`.
        host: String,
    },
}

fn any_method() -> String {
    "*".to_owned()
}

fn everywhere() -> String {
    "/".to_owned()
}

/// What a scene made: the ids that it drew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedReport {
    /// The default subscription.
    pub subscription_id: String,
    /// Display name → object id, of people, groups and service principals.
    pub object_ids: BTreeMap<String, String>,
    /// Display name → client id, of service principals.
    pub client_ids: BTreeMap<String, String>,
    /// URL as the scene wrote it → where that Harbor is.
    #[serde(default)]
    pub harbors: BTreeMap<String, HarborAccess>,
}

/// Why a scene cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The scene says something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The store cannot keep it.
    #[error("failed to keep the scene")]
    Io(#[from] std::io::Error),
}
