//! `google_iam_workload_identity_pool_provider`: another identity provider whose tokens a pool accepts.

mod wire;

use crate::client::{Ask, Client, WireOperation, attribute};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES, spelled, truth, vanished};
use crate::id::PoolProviderName;
use crate::workload_identity_pool::{Empty, begin, check_id, settle};
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, Partial, PlanRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Another identity provider whose tokens a pool accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct PoolProvider {
    /// The pool.
    #[schema(replaces)]
    pub(crate) workload_identity_pool_id: String,
    /// Its id.
    #[schema(replaces, rules = &[Rule::Check(check_id)])]
    pub(crate) workload_identity_pool_provider_id: String,
    /// What it is called.
    #[schema(rules = &[Rule::Length(0, 32)], meaning = Meaning::ZeroIsNull)]
    pub(crate) display_name: Option<String>,
    /// What it is for.
    #[schema(rules = &[Rule::Length(0, 256)], meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Whether its tokens are refused.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) disabled: Option<bool>,
    /// How claims become attributes: `google.subject = assertion.sub`.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) attribute_mapping: Option<BTreeMap<String, String>>,
    /// Which tokens are accepted.
    #[schema(rules = &[Rule::Length(0, 4096)], meaning = Meaning::ZeroIsNull)]
    pub(crate) attribute_condition: Option<String>,
    /// An account of Amazon.
    #[schema(block, max = 1)]
    pub(crate) aws: Vec<Aws>,
    /// A provider of OpenID Connect.
    #[schema(block, max = 1)]
    pub(crate) oidc: Vec<Oidc>,
    /// A provider of SAML.
    #[schema(block, max = 1)]
    pub(crate) saml: Vec<Saml>,
    /// Certificates.
    #[schema(block, max = 1)]
    pub(crate) x509: Vec<X509>,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
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

/// An account of Amazon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Aws {
    /// Its number.
    pub(crate) account_id: String,
}

/// A provider of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Oidc {
    /// Its address.
    pub(crate) issuer_uri: String,
    /// Whom its tokens are for; none: the full name of this provider.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) allowed_audiences: Option<Vec<String>>,
    /// Its keys, where they are not at its address.
    #[schema(meaning = Meaning::Json)]
    pub(crate) jwks_json: Option<String>,
}

/// A provider of SAML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Saml {
    /// Its description in XML.
    pub(crate) idp_metadata_xml: String,
}

/// Certificates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct X509 {
    /// Whose certificates.
    #[schema(block, min = 1, max = 1)]
    pub(crate) trust_store: Vec<TrustStore>,
}

/// Authorities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct TrustStore {
    /// Those that are trusted.
    #[schema(block, min = 1)]
    pub(crate) trust_anchors: Vec<Certificate>,
    /// Those between.
    #[schema(block)]
    pub(crate) intermediate_cas: Vec<Certificate>,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Certificate {
    /// It in PEM.
    pub(crate) pem_certificate: Option<String>,
}

const KINDS: [&str; 4] = ["aws", "oidc", "saml", "x509"];
const MASK: &str = "displayName,description,disabled,attributeMapping,attributeCondition";

async fn get(client: &Client, name: &PoolProviderName) -> Result<Option<wire::Provider>, Error> {
    let path = name.path();
    let ask = Ask::new(
        Product::Iam,
        &path,
        "read the provider of the workload identity pool",
    );
    client.api.get(ask).await
}

impl PoolProvider {
    fn of(name: &PoolProviderName, wire: wire::Provider, like: Option<&Self>) -> Self {
        let kinds = wire.kinds(like);
        Self {
            workload_identity_pool_id: name.part(1).to_owned(),
            workload_identity_pool_provider_id: name.part(2).to_owned(),
            display_name: spelled(wire.display_name, like.map(|like| &like.display_name)),
            description: spelled(wire.description, like.map(|like| &like.description)),
            disabled: truth(wire.disabled.unwrap_or(false), like.map(|like| &like.disabled)),
            attribute_mapping: wire
                .attribute_mapping
                .filter(|mapping| !mapping.is_empty())
                .or_else(|| {
                    like.and_then(|like| like.attribute_mapping.clone())
                        .filter(BTreeMap::is_empty)
                }),
            attribute_condition: spelled(
                wire.attribute_condition,
                like.map(|like| &like.attribute_condition),
            ),
            aws: kinds.0,
            oidc: kinds.1,
            saml: kinds.2,
            x509: kinds.3,
            project: Computed::known(name.part(0).to_owned()),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            name: Computed(fields::filled(wire.name)),
            state: Computed(fields::filled(wire.state)),
            id: Computed::known(name.path()),
        }
    }

    fn place(client: &Client, ids: (&str, &str), project: Option<&str>) -> Result<PoolProviderName, Error> {
        Ok(PoolProviderName::new([
            &client.project_or(project)?,
            ids.0,
            ids.1,
        ]))
    }

    fn placed(client: &Client, desired: &Self) -> Result<PoolProviderName, Error> {
        let ids = (
            desired.workload_identity_pool_id.as_str(),
            desired.workload_identity_pool_provider_id.as_str(),
        );
        Self::place(client, ids, desired.project.get().map(String::as_str))
    }

    async fn set(client: &Client, name: &PoolProviderName, desired: &Self) -> Result<Created<Self>, Error> {
        let path = name.path();
        let body = wire::Provider::from(desired);
        let kind = [
            (body.aws.is_some(), "aws"),
            (body.oidc.is_some(), "oidc"),
            (body.saml.is_some(), "saml"),
            (body.x509.is_some(), "x509"),
        ];
        let kind = kind
            .into_iter()
            .find(|(is_set, _)| *is_set)
            .map_or("", |(_, name)| name);
        let mask = format!("{MASK},{kind}");
        let query = [("updateMask", mask.trim_end_matches(','))];
        let ask = Ask::new(
            Product::Iam,
            &path,
            "change the provider of the workload identity pool",
        )
        .query(&query);
        let operation: WireOperation = client.api.patch(ask, &body).await?;
        begin(client, path, operation);
        let live = get(client, name)
            .await?
            .ok_or_else(|| vanished("the provider of the workload identity pool"))?;
        let written = wire::Provider {
            name: live.name,
            state: Some("ACTIVE".to_owned()),
            ..body
        };
        Ok(Created::Pending {
            object: Self::of(name, written, Some(desired)),
            reason: "Google is changing the provider of the workload identity pool".to_owned(),
            after: client.defaults.poll_interval,
        })
    }
}

impl Resource for PoolProvider {
    const TYPE: &'static str = "google_iam_workload_identity_pool_provider";
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
    type Id = PoolProviderName;

    fn id(object: &Self) -> Option<PoolProviderName> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, name) = (request.client, request.id);
        let what = "working on the provider of the workload identity pool";
        if let Some(why) = client.working(&name.path(), what).await? {
            return Ok(Observed::Settling(why));
        }
        Ok(match get(client, name).await? {
            Some(wire) if wire.state.as_deref() != Some("DELETED") => {
                Observed::Present(Self::of(name, wire, request.prior))
            }
            Some(_) | None => Observed::Absent,
        })
    }

    /// One that was deleted a while ago is had back, as its id cannot be used anew.
    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let name = Self::placed(client, desired)?;
        let path = name.path();
        if request.step.is_some() {
            settle(client, &path, "having the deleted provider back").await?;
            return Self::set(client, &name, desired).await;
        }
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let query = [("workloadIdentityPoolProviderId", name.part(2))];
        let ask = Ask::new(
            Product::Iam,
            parent,
            "create the provider of the workload identity pool",
        )
        .query(&query);
        let body = wire::Provider::from(desired);
        let made: Result<WireOperation, Error> = client.api.create(ask, &body).await;
        match made {
            Ok(operation) => begin(client, path, operation),
            Err(error) if matches!(error.kind, ErrorKind::Exists(_)) => {
                let standing = get(client, &name).await?;
                if standing.is_none_or(|wire| wire.state.as_deref() != Some("DELETED")) {
                    return Err(Error {
                        kind: ErrorKind::Exists(Some(path)),
                        ..error
                    });
                }
                let back = format!("{path}:undelete");
                let ask = Ask::new(Product::Iam, &back, "have the deleted provider back");
                let operation: WireOperation = client.api.post(ask, &Empty {}).await?;
                begin(client, path, operation);
                return Ok(Created::Step(Self::of(&name, body, Some(desired))));
            }
            Err(error) => return Err(error),
        }
        Ok(Created::Pending {
            object: Self::of(&name, body, Some(desired)),
            reason: "Google is making the provider of the workload identity pool".to_owned(),
            after: client.defaults.poll_interval,
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        Self::set(request.client, request.id, request.desired).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let (client, path) = (request.client, request.id.path());
        let standing = get(client, request.id).await?;
        if standing.is_none_or(|wire| wire.state.as_deref() == Some("DELETED")) {
            return Ok(Deleted::Gone);
        }
        let ask = Ask::new(
            Product::Iam,
            &path,
            "delete the provider of the workload identity pool",
        );
        let operation = client.api.delete::<WireOperation>(ask).await?;
        begin(client, path, operation.unwrap_or_default());
        Ok(Deleted::Pending {
            reason: "Google is deleting the provider of the workload identity pool".to_owned(),
            after: client.defaults.poll_interval,
        })
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<PoolProviderName> {
        let ids = (
            desired.text("workload_identity_pool_id")?,
            desired.text("workload_identity_pool_provider_id")?,
        );
        Self::place(client, ids, desired.text("project")).ok()
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<PoolProviderName>, Error> {
        let name = Self::placed(request.client, request.desired)?;
        let found = get(request.client, &name).await?;
        let found = found.filter(|wire| wire.state.as_deref() != Some("DELETED"));
        Ok(found.map(|_| name).into_iter().collect())
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

    /// Exactly one kind of provider; a GitHub that nothing narrows down lets every repository in.
    fn plan(request: PlanRequest<'_>) -> Advice {
        let config = request.config;
        let is_written = |name: &&str| {
            let block = config.0.get(name);
            block.is_some_and(|block| {
                !block.is_known() || block.as_items().is_some_and(|items| !items.is_empty())
            })
        };
        let written: Vec<&str> = KINDS.into_iter().filter(|name| is_written(name)).collect();
        let mut advice = Advice::default();
        if written.len() != 1 {
            advice.findings.push(Finding {
                fatal: true,
                path: attribute("oidc"),
                summary: "Exactly one kind of identity provider".to_owned(),
                detail: format!(
                    "One of the blocks {} must be written, and only one.",
                    KINDS.join(", ")
                ),
                remedy: None,
            });
        }
        let issuer = config
            .0
            .get("oidc")
            .and_then(|oidc| oidc.as_items()?.first()?.get("issuer_uri")?.as_str());
        if issuer.is_some_and(|issuer| issuer.contains("token.actions.githubusercontent.com"))
            && config.is_unset("attribute_condition")
        {
            advice.findings.push(Finding {
                fatal: false,
                path: attribute("attribute_condition"),
                summary: "Every repository of GitHub gets a token".to_owned(),
                detail: "The issuer is the same for all of GitHub, and no `attribute_condition` says whose tokens are accepted. Google \
                         refuses new providers of this kind."
                    .to_owned(),
                remedy: Some("Set `attribute_condition = \"assertion.repository_owner == 'OWNER'\"`.".to_owned()),
            });
        }
        advice
    }

    fn parse_import(client: &Client, text: &str) -> Result<PoolProviderName, Error> {
        PoolProviderName::imported(text, client)
    }
}
