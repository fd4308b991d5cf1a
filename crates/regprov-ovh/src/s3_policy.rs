//! `ovh_cloud_project_user_s3_policy`: what a user's S3 credentials may do. A user has one policy or none.

use crate::client::{Client, attribute};
use crate::id::UserId;
use crate::rights;
use http::Method;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

/// What a user's S3 credentials may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct S3Policy {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// The user.
    #[schema(replaces)]
    pub(crate) user_id: String,
    /// The policy: a JSON document.
    #[schema(meaning = Meaning::Json, rules = &[Rule::Check(check)])]
    pub(crate) policy: String,
    /// Its id: project and user.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    #[serde(default)]
    policy: Option<String>,
}

/// What of a policy is looked at: whether it says anything.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Statement", default)]
    statement: Vec<serde::de::IgnoredAny>,
}

/// The policy that says nothing. There is no way to delete one.
const EMPTY: &str = r#"{"Statement":[]}"#;

fn check(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match serde_json::from_str::<Document>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "The policy is no JSON document with a list `Statement` ({error}): write it with `jsonencode`."
        )),
    }
}

fn says_nothing(policy: &str) -> bool {
    policy.trim().is_empty()
        || serde_json::from_str::<Document>(policy).is_ok_and(|document| document.statement.is_empty())
}

fn path(id: &UserId) -> [&str; 6] {
    ["cloud", "project", id.part(0), "user", id.part(1), "policy"]
}

/// The policy of a user; `None` where there is no such user.
pub(crate) async fn get(client: &Client, id: &UserId) -> Result<Option<String>, Error> {
    let read: Option<Wire> = client
        .api()?
        .get(&path(id), "read the policy of the user")
        .await?;
    Ok(read.map(|read| read.policy.unwrap_or_default()))
}

async fn set(client: &Client, id: &UserId, policy: &str) -> Result<(), Error> {
    let body = Wire {
        policy: Some(policy.to_owned()),
    };
    client
        .api()?
        .post(&path(id), &body, "set the policy of the user")
        .await
}

impl S3Policy {
    fn of(id: &UserId, policy: String) -> Self {
        Self {
            service_name: id.part(0).to_owned(),
            user_id: id.part(1).to_owned(),
            policy,
            id: Computed::known(id.to_string()),
        }
    }
}

impl Resource for S3Policy {
    const TYPE: &'static str = "ovh_cloud_project_user_s3_policy";
    const CREATE: CreateClass = CreateClass::Upsert;
    type Client = Client;
    type Id = UserId;

    fn id(object: &Self) -> Option<UserId> {
        object.id.get()?;
        UserId::known([Some(&object.service_name), Some(&object.user_id)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let empty = request.prior.is_some_and(|prior| says_nothing(&prior.policy));
        Ok(match get(request.client, request.id).await? {
            Some(policy) if empty || !says_nothing(&policy) => {
                Observed::Present(Self::of(request.id, policy))
            }
            Some(_) | None => Observed::Absent,
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        let id = UserId::new([desired.service_name.as_str(), &desired.user_id]);
        set(request.client, &id, &desired.policy).await?;
        Ok(Created::Done(Self::of(&id, desired.policy.clone())))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let policy = &request.desired.policy;
        set(request.client, request.id, policy).await?;
        Ok(Created::Done(Self::of(request.id, policy.clone())))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if get(request.client, request.id).await?.is_some() {
            set(request.client, request.id, EMPTY).await?;
        }
        Ok(Deleted::Gone)
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<UserId> {
        UserId::known([desired.text("service_name"), desired.text("user_id")])
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let Some(id) = Self::identify(request.client, request.desired) else {
            return Vec::new();
        };
        let path = format!("/{}", path(&id).join("/"));
        let mut findings: Vec<Finding> = rights::missing(request.client, &Method::POST, &path)
            .await
            .into_iter()
            .collect();
        let new = request.prior.is_none() && request.replaced.is_none();
        if new
            && let Ok(Some(policy)) = get(request.client, &id).await
            && !says_nothing(&policy)
        {
            findings.push(Finding {
                fatal: false,
                path: attribute("policy"),
                summary: "Policy will be replaced".to_owned(),
                detail: "The user has a policy already, and it has one only: this one takes its place."
                    .to_owned(),
                remedy: Some(format!("Look at it first: `regprov import ADDRESS {id}`.")),
            });
        }
        findings
    }

    fn parse_import(client: &Client, text: &str) -> Result<UserId, Error> {
        UserId::imported(text, client.project.as_deref())
    }
}
