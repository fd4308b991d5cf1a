//! `docker_hub_repository`: a repository of a namespace.
//!
//! A push makes a repository too: one that is there already is told while planning, with both ways to take it over.

mod checks;
pub(crate) mod wire;

use crate::client::{Client, Kind, VISIBILITY};
use crate::id::RepositoryId;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, FieldType, Meaning, Rule, Schema};
use regprov_value::{ObjectType, Type, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The rule that stands for every tag, which the service writes where none is given.
const EVERYTHING: &str = ".*";

/// A repository of a namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct HubRepository {
    /// The Docker ID or organization.
    #[schema(replaces, rules = &[Rule::Check(checks::namespace)])]
    pub(crate) namespace: String,
    /// Its name.
    #[schema(replaces, rules = &[Rule::Check(checks::name)])]
    pub(crate) name: String,
    /// A short description, up to 100 characters.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 100)])]
    pub(crate) description: Option<String>,
    /// The text of its page, up to 25,000 characters.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 25_000)])]
    pub(crate) full_description: Option<String>,
    /// Whether only those with a right see it.
    #[schema(computed, default = false)]
    pub(crate) private: Option<bool>,
    /// Which tags stay once they are there.
    #[schema(computed, meaning = Meaning::By(same_settings))]
    pub(crate) immutable_tags_settings: Option<ImmutableTags>,
    /// How often it was pulled, when it was first looked at.
    pub(crate) pull_count: Computed<i64>,
    /// Its id: namespace and name.
    pub(crate) id: Computed<String>,
}

/// Which tags stay once they are there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImmutableTags {
    /// Whether any do.
    pub(crate) enabled: Option<bool>,
    /// Regular expressions of their names; none: all.
    pub(crate) rules: Option<Vec<String>>,
}

impl FieldType for ImmutableTags {
    fn ty() -> Type {
        let attributes = [("enabled", Type::Bool), ("rules", Type::list(Type::String))];
        let attributes: BTreeMap<Arc<str>, Type> = attributes
            .into_iter()
            .map(|(name, ty)| (Arc::from(name), ty))
            .collect();
        let optional: BTreeSet<Arc<str>> = attributes.keys().cloned().collect();
        Type::Object(Arc::new(ObjectType { attributes, optional }))
    }
}

impl ImmutableTags {
    fn is_on(&self) -> bool {
        self.enabled == Some(true)
    }

    fn rules(&self) -> Vec<String> {
        let rules = self.rules.clone().unwrap_or_default();
        rules.into_iter().filter(|rule| rule != EVERYTHING).collect()
    }
}

/// The same tags stay: off is off whatever the rules are, and no rule is the rule for all.
fn same_settings(left: &Value, right: &Value) -> bool {
    let read = |value: &Value| {
        let on = value.get("enabled").and_then(Value::as_bool).unwrap_or(false);
        let rules = value.get("rules").and_then(Value::as_items).unwrap_or_default();
        let rules: Vec<String> = rules
            .iter()
            .filter_map(Value::as_str)
            .filter(|rule| *rule != EVERYTHING)
            .map(str::to_owned)
            .collect();
        on.then_some(rules)
    };
    read(left) == read(right)
}

/// The repository of an id, as the API writes it.
pub(crate) async fn get(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<wire::Repository>, Error> {
    let path = ["namespaces", namespace, "repositories", name];
    client.api.get(&path, "read the repository").await
}

impl HubRepository {
    fn from_wire(wire: wire::Repository, like: Option<&Self>) -> Self {
        let told = wire.immutable_tags_settings.unwrap_or_default();
        let told = ImmutableTags {
            enabled: Some(told.enabled),
            rules: Some(told.rules.into_iter().filter(|rule| rule != EVERYTHING).collect()),
        };
        // What is off has no rules that matter: those that are recorded stay.
        let settings = match like.and_then(|like| like.immutable_tags_settings.clone()) {
            Some(known)
                if known.is_on() == told.is_on() && (!told.is_on() || known.rules() == told.rules()) =>
            {
                known
            }
            _ if told.is_on() => told,
            _ => ImmutableTags {
                enabled: Some(false),
                rules: Some(Vec::new()),
            },
        };
        let pulls = like.and_then(|like| like.pull_count.get().copied());
        Self {
            id: Computed::known(format!("{}/{}", wire.namespace, wire.name)),
            namespace: wire.namespace,
            name: wire.name,
            description: wire.description.filter(|text| !text.is_empty()),
            full_description: wire.full_description.filter(|text| !text.is_empty()),
            private: Some(wire.is_private),
            immutable_tags_settings: Some(settings),
            // It counts on for ever: what is recorded stays.
            pull_count: Computed::known(pulls.unwrap_or(wire.pull_count)),
        }
    }

    fn settings(&self) -> ImmutableTags {
        self.immutable_tags_settings.clone().unwrap_or_default()
    }

    /// The path of the older routes; organization access tokens are taken by the newer ones only.
    fn path<'a>(client: &Client, namespace: &'a str, name: &'a str) -> Vec<&'a str> {
        if client.kind == Kind::Organization {
            vec!["namespaces", namespace, "repositories", name]
        } else {
            vec!["repositories", namespace, name]
        }
    }

    /// Sets what is not set by the create, and what a change is for.
    async fn settle(&self, client: &Client) -> Result<wire::Repository, Error> {
        let path = Self::path(client, &self.namespace, &self.name);
        let settings = self.settings();
        let rules = match settings.rules() {
            rules if rules.is_empty() => EVERYTHING.to_owned(),
            rules => rules.join(","),
        };
        let change = wire::Change {
            description: self.description.as_deref().unwrap_or_default(),
            full_description: self.full_description.as_deref().unwrap_or_default(),
            immutable_tags: settings.is_on(),
            immutable_tags_rules: &rules,
        };
        client.api.patch(&path, &change, "change the repository").await
    }
}

impl Resource for HubRepository {
    const TYPE: &'static str = "docker_hub_repository";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = VISIBILITY;
    const CARRIED_ON: bool = true;
    type Client = Client;
    type Id = RepositoryId;

    fn id(object: &Self) -> Option<RepositoryId> {
        object.id.get()?;
        RepositoryId::known([Some(&object.namespace), Some(&object.name)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let read = get(request.client, request.id.part(0), request.id.part(1)).await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(wire, request.prior))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        if request.step.is_some() {
            let wire = desired.settle(client).await?;
            return Ok(Created::Done(Self::from_wire(wire, Some(desired))));
        }
        let new = wire::New {
            name: &desired.name,
            namespace: &desired.namespace,
            description: desired.description.as_deref().unwrap_or_default(),
            full_description: desired.full_description.as_deref().unwrap_or_default(),
            registry: "docker.io",
            is_private: desired.private.unwrap_or(false),
        };
        let path = ["namespaces", &desired.namespace, "repositories"];
        let made: Result<wire::Repository, Error> =
            client.api.create(&path, &new, "make the repository").await;
        let wire = made.map_err(|error| checks::refused(error, desired))?;
        let object = Self::from_wire(wire, Some(desired));
        Ok(if desired.settings().is_on() {
            Created::Step(object)
        } else {
            Created::Done(object)
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, prior, desired) = (request.client, request.prior, request.desired);
        let mut wire = desired.settle(client).await?;
        let private = desired.private.unwrap_or(false);
        if prior.private != desired.private || wire.is_private != private {
            let mut path = Self::path(client, &desired.namespace, &desired.name);
            path.push("privacy");
            let body = wire::Privacy { is_private: private };
            client
                .api
                .post(&path, &body, "make the repository private or public")
                .await?;
            wire.is_private = private;
        }
        let like = Self {
            pull_count: prior.pull_count.clone(),
            ..desired.clone()
        };
        Ok(Created::Done(Self::from_wire(wire, Some(&like))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = Self::path(request.client, request.id.part(0), request.id.part(1));
        request.client.api.delete(&path, "delete the repository").await?;
        Ok(Deleted::Gone)
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<RepositoryId> {
        RepositoryId::known([desired.text("namespace"), desired.text("name")])
    }

    fn foresee(_client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = RepositoryId::known([desired.text("namespace"), desired.text("name")]);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }
}
