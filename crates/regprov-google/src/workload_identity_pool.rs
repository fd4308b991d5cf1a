//! `google_iam_workload_identity_pool`: identities of other providers that may act here.

mod blocks;

use crate::client::{Ask, Client, Operation, WireOperation};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES, spelled, truth, vanished};
use crate::id::PoolName;
use blocks::{Attestation, Issuance, Trust};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    Partial, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// Identities of other providers that may act here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Pool {
    /// Its id.
    #[schema(replaces, rules = &[Rule::Check(check_id)])]
    pub(crate) workload_identity_pool_id: String,
    /// What it is called.
    #[schema(rules = &[Rule::Length(0, 32)], meaning = Meaning::ZeroIsNull)]
    pub(crate) display_name: Option<String>,
    /// What it is for.
    #[schema(rules = &[Rule::Length(0, 256)], meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Whether nobody of it may act.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) disabled: Option<bool>,
    /// What its identities are for.
    #[schema(optional, replaces, rules = &[Rule::OneOf(&["FEDERATION_ONLY", "TRUST_DOMAIN", "SYSTEM_TRUST_DOMAIN"])])]
    pub(crate) mode: Computed<String>,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
    /// Which resources may have its identities.
    #[schema(block)]
    pub(crate) attestation_rules: BTreeSet<Attestation>,
    /// How certificates are issued.
    #[schema(block, max = 1)]
    pub(crate) inline_certificate_issuance_config: Vec<Issuance>,
    /// Which other domains are trusted.
    #[schema(block, max = 1)]
    pub(crate) inline_trust_config: Vec<Trust>,
    /// Whether it is deleted (`DELETE`), must not be (`PREVENT`), or is only forgotten (`ABANDON`).
    #[schema(computed, rules = &[Rule::OneOf(DELETION_POLICIES)])]
    pub(crate) deletion_policy: Local<String>,
    /// Its full name, with the number of the project.
    pub(crate) name: Computed<String>,
    /// Whether it is active.
    pub(crate) state: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A pool as the API writes it.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Wire {
    name: String,
    pub(crate) state: String,
    display_name: Option<String>,
    description: Option<String>,
    disabled: bool,
    mode: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings<'a> {
    display_name: &'a str,
    description: &'a str,
    disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Empty {}

/// The rule for ids of pools and of their providers.
pub(crate) fn check_id(value: &Value) -> Result<(), String> {
    let Some(id) = value.as_str() else { return Ok(()) };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.starts_with("gcp-") {
        return Err(format!("`{id}` begins with gcp-, which Google keeps for itself"));
    }
    if (4..=32).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "`{id}` is no id: it has 4 to 32 small letters, digits and hyphens"
    ))
}

pub(crate) async fn get(client: &Client, name: &PoolName) -> Result<Option<Wire>, Error> {
    let path = name.path();
    let ask = Ask::new(Product::Iam, &path, "read the workload identity pool");
    client.api.get(ask).await
}

/// Remembers what works on an object of this family.
pub(crate) fn begin(client: &Client, path: String, operation: WireOperation) {
    if !operation.done && !operation.name.is_empty() {
        let operation = Operation {
            product: Product::Iam,
            name: operation.name,
        };
        client.begin(path, operation);
    }
}

/// Waits through the engine for what works on an object.
pub(crate) async fn settle(client: &Client, path: &str, what: &str) -> Result<(), Error> {
    match client.working(path, what).await? {
        Some(why) => Err(Error::new(
            ErrorKind::Throttled(client.defaults.poll_interval),
            why,
        )),
        None => Ok(()),
    }
}

impl Pool {
    fn of(name: &PoolName, wire: Wire, like: Option<&Self>) -> Self {
        Self {
            workload_identity_pool_id: name.part(1).to_owned(),
            display_name: spelled(wire.display_name, like.map(|like| &like.display_name)),
            description: spelled(wire.description, like.map(|like| &like.description)),
            disabled: truth(wire.disabled, like.map(|like| &like.disabled)),
            mode: Computed(wire.mode),
            project: Computed::known(name.part(0).to_owned()),
            attestation_rules: like
                .map(|like| like.attestation_rules.clone())
                .unwrap_or_default(),
            inline_certificate_issuance_config: like
                .map(|like| like.inline_certificate_issuance_config.clone())
                .unwrap_or_default(),
            inline_trust_config: like
                .map(|like| like.inline_trust_config.clone())
                .unwrap_or_default(),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            name: Computed(fields::filled(Some(wire.name))),
            state: Computed(fields::filled(Some(wire.state))),
            id: Computed::known(name.path()),
        }
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            display_name: self.display_name.as_deref().unwrap_or_default(),
            description: self.description.as_deref().unwrap_or_default(),
            disabled: self.disabled.unwrap_or(false),
            mode: self
                .mode
                .get()
                .map(String::as_str)
                .filter(|mode| !mode.is_empty()),
        }
    }

    fn place(client: &Client, id: &str, project: Option<&str>) -> Result<PoolName, Error> {
        Ok(PoolName::new([&client.project_or(project)?, id]))
    }

    /// What comes with trust domains is not sent.
    fn refuse_unsent(&self) -> Result<(), Error> {
        let unsent = [
            (!self.attestation_rules.is_empty(), "attestation_rules"),
            (
                !self.inline_certificate_issuance_config.is_empty(),
                "inline_certificate_issuance_config",
            ),
            (!self.inline_trust_config.is_empty(), "inline_trust_config"),
        ];
        match unsent.into_iter().find(|(is_set, _)| *is_set) {
            Some((_, name)) => Err(Error::new(
                ErrorKind::Invalid(crate::client::attribute(name)),
                format!(
                    "regprov cannot set `{name}`: it belongs to trust domains, which have nothing to do with registries"
                ),
            )),
            None => Ok(()),
        }
    }

    async fn set(client: &Client, name: &PoolName, desired: &Self) -> Result<Created<Self>, Error> {
        let path = name.path();
        let query = [("updateMask", "displayName,description,disabled")];
        let ask = Ask::new(Product::Iam, &path, "change the workload identity pool").query(&query);
        let body = Settings {
            mode: None,
            ..desired.settings()
        };
        let operation: WireOperation = client.api.patch(ask, &body).await?;
        begin(client, path, operation);
        let live = get(client, name)
            .await?
            .ok_or_else(|| vanished("the workload identity pool"))?;
        let written = Wire {
            display_name: desired.display_name.clone(),
            description: desired.description.clone(),
            disabled: desired.disabled.unwrap_or(false),
            state: "ACTIVE".to_owned(),
            ..live
        };
        Ok(Created::Pending {
            object: Self::of(name, written, Some(desired)),
            reason: "Google is changing the workload identity pool".to_owned(),
            after: client.defaults.poll_interval,
        })
    }
}

impl Resource for Pool {
    const TYPE: &'static str = "google_iam_workload_identity_pool";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(60);
    const CARRIED_ON: bool = true;
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(20 * 60),
        read: Duration::from_secs(5 * 60),
        update: Duration::from_secs(20 * 60),
        delete: Duration::from_secs(20 * 60),
    };
    type Client = Client;
    type Id = PoolName;

    fn id(object: &Self) -> Option<PoolName> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, name) = (request.client, request.id);
        if let Some(why) = client
            .working(&name.path(), "working on the workload identity pool")
            .await?
        {
            return Ok(Observed::Settling(why));
        }
        Ok(match get(client, name).await? {
            Some(wire) if wire.state != "DELETED" => Observed::Present(Self::of(name, wire, request.prior)),
            Some(_) | None => Observed::Absent,
        })
    }

    /// One that was deleted a while ago is had back, as its id cannot be used anew.
    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        desired.refuse_unsent()?;
        let project = desired.project.get().map(String::as_str);
        let name = Self::place(client, &desired.workload_identity_pool_id, project)?;
        let path = name.path();
        if request.step.is_some() {
            settle(client, &path, "having the deleted workload identity pool back").await?;
            return Self::set(client, &name, desired).await;
        }
        let parent = format!("projects/{}/locations/global/workloadIdentityPools", name.part(0));
        let query = [("workloadIdentityPoolId", name.part(1))];
        let ask = Ask::new(Product::Iam, &parent, "create the workload identity pool").query(&query);
        let made: Result<WireOperation, Error> = client.api.create(ask, &desired.settings()).await;
        match made {
            Ok(operation) => begin(client, path, operation),
            Err(error) if matches!(error.kind, ErrorKind::Exists(_)) => {
                let standing = get(client, &name).await?;
                if standing.is_none_or(|wire| wire.state != "DELETED") {
                    return Err(Error {
                        kind: ErrorKind::Exists(Some(path)),
                        ..error
                    });
                }
                let back = format!("{path}:undelete");
                let ask = Ask::new(
                    Product::Iam,
                    &back,
                    "have the deleted workload identity pool back",
                );
                let operation: WireOperation = client.api.post(ask, &Empty {}).await?;
                begin(client, path, operation);
                return Ok(Created::Step(Self::of(&name, Wire::default(), Some(desired))));
            }
            Err(error) => return Err(error),
        }
        let written = Wire {
            display_name: desired.display_name.clone(),
            description: desired.description.clone(),
            disabled: desired.disabled.unwrap_or(false),
            mode: desired.mode.get().cloned(),
            ..Wire::default()
        };
        Ok(Created::Pending {
            object: Self::of(&name, written, Some(desired)),
            reason: "Google is making the workload identity pool".to_owned(),
            after: client.defaults.poll_interval,
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        request.desired.refuse_unsent()?;
        Self::set(request.client, request.id, request.desired).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let (client, path) = (request.client, request.id.path());
        if get(client, request.id)
            .await?
            .is_none_or(|wire| wire.state == "DELETED")
        {
            return Ok(Deleted::Gone);
        }
        let ask = Ask::new(Product::Iam, &path, "delete the workload identity pool");
        let operation = client.api.delete::<WireOperation>(ask).await?;
        begin(client, path, operation.unwrap_or_default());
        Ok(Deleted::Pending {
            reason: "Google is deleting the workload identity pool".to_owned(),
            after: client.defaults.poll_interval,
        })
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<PoolName> {
        Self::place(
            client,
            desired.text("workload_identity_pool_id")?,
            desired.text("project"),
        )
        .ok()
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<PoolName>, Error> {
        let desired = request.desired;
        let project = desired.project.get().map(String::as_str);
        let name = Self::place(request.client, &desired.workload_identity_pool_id, project)?;
        let found = get(request.client, &name).await?;
        Ok(found
            .filter(|wire| wire.state != "DELETED")
            .map(|_| name)
            .into_iter()
            .collect())
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let mut told = vec![fields::deletion_policy(client)];
        if let Some(name) = Self::identify(client, desired) {
            told.extend([
                ("project", Value::string(name.part(0))),
                ("id", Value::string(name.path())),
            ]);
        }
        told
    }

    fn parse_import(client: &Client, text: &str) -> Result<PoolName, Error> {
        PoolName::imported(text, client)
    }
}
