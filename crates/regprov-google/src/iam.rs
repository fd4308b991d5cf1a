//! Members, bindings and policies of what has a policy: repositories, projects, service accounts, buckets.
//!
//! The types differ only in how they name what has the policy. One macro declares them; what they do is in the modules.

mod binding;
mod declare;
mod id;
mod member;
mod policy;
mod role;

pub(crate) use declare::{
    AccountBinding, AccountMember, AccountPolicy, BucketBinding, BucketMember, ProjectBinding, ProjectMember,
    ProjectPolicy, RepositoryBinding, RepositoryMember, RepositoryPolicy,
};
pub(crate) use id::IamId;
pub(crate) use policy::{parsed, printed};

use crate::client::{Client, attribute};
use crate::policy::{Condition, Grant, Holder, HolderKind, check_member, is_same_member};
use regprov_provider::{Error, ErrorKind, Partial};
use regprov_schema::{Computed, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

/// When a role counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct ConditionBlock {
    /// A title.
    #[schema(replaces)]
    pub(crate) title: String,
    /// What it is for.
    #[schema(replaces)]
    pub(crate) description: Option<String>,
    /// The condition in Google's expression language.
    #[schema(replaces)]
    pub(crate) expression: String,
}

impl From<&ConditionBlock> for Condition {
    fn from(block: &ConditionBlock) -> Self {
        Self {
            title: block.title.clone(),
            description: block.description.clone().unwrap_or_default(),
            expression: block.expression.clone(),
        }
    }
}

impl From<&Condition> for ConditionBlock {
    fn from(condition: &Condition) -> Self {
        Self {
            title: condition.title.clone(),
            description: Some(condition.description.clone()).filter(|text| !text.is_empty()),
            expression: condition.expression.clone(),
        }
    }
}

/// A role under the condition of a block.
pub(crate) fn grant(role: &str, condition: &[ConditionBlock]) -> Grant {
    Grant {
        role: role.to_owned(),
        condition: condition.first().map(Condition::from),
    }
}

/// An argument that names what has a policy.
pub(crate) trait Naming {
    /// Its text, where it has one.
    fn text(&self) -> Option<&str>;
    /// The argument with a text.
    fn of(text: &str) -> Self;
}

impl Naming for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }

    fn of(text: &str) -> Self {
        text.to_owned()
    }
}

impl Naming for Computed<String> {
    fn text(&self) -> Option<&str> {
        self.get().map(String::as_str)
    }

    fn of(text: &str) -> Self {
        Self::known(text.to_owned())
    }
}

/// A type of this family: how it names what has the policy.
pub(crate) trait Held {
    /// What has the policy.
    const KIND: HolderKind;
    /// The text of a naming argument.
    fn naming(&self, name: &str) -> Option<&str>;
}

/// What has the policy, from naming arguments; `client` stands in for what is not written.
fn holder<'a>(
    kind: HolderKind,
    naming: impl Fn(&str) -> Option<&'a str>,
    client: Option<&Client>,
) -> Result<Holder, Error> {
    let filled = |name: &str| naming(name).filter(|text| !text.is_empty());
    let lacking = |name: &str| {
        Error::new(
            ErrorKind::Invalid(attribute(name)),
            format!("`{name}` is not set"),
        )
    };
    let wrong = |name: &str, text: &str| {
        let message = format!(
            "`{}` does not name what has the policy",
            regprov_http::sanitize(text)
        );
        Error::new(ErrorKind::Invalid(attribute(name)), message)
    };
    match kind {
        HolderKind::Repository => {
            let repository = filled("repository").ok_or_else(|| lacking("repository"))?;
            if repository.contains('/') {
                return Holder::parse(kind, repository).ok_or_else(|| wrong("repository", repository));
            }
            let project = match (filled("project"), client) {
                (Some(project), _) => project.strip_prefix("projects/").unwrap_or(project).to_owned(),
                (None, Some(client)) => client.project()?,
                (None, None) => return Err(lacking("project")),
            };
            let location = match (filled("location"), client) {
                (Some(location), _) => location.to_owned(),
                (None, Some(client)) => client.location()?,
                (None, None) => return Err(lacking("location")),
            };
            Ok(Holder::Repository {
                project,
                location,
                repository: repository.to_owned(),
            })
        }
        HolderKind::Project => {
            let project = filled("project").ok_or_else(|| lacking("project"))?;
            Holder::parse(kind, project).ok_or_else(|| wrong("project", project))
        }
        HolderKind::ServiceAccount => {
            let name = filled("service_account_id").ok_or_else(|| lacking("service_account_id"))?;
            Holder::parse(kind, &full_name(name)).ok_or_else(|| {
                wrong("service_account_id", name)
                    .remedy("Write its full name: projects/PROJECT/serviceAccounts/EMAIL, which `google_service_account.x.name` gives.")
            })
        }
        HolderKind::Bucket => {
            let bucket = filled("bucket").ok_or_else(|| lacking("bucket"))?;
            Holder::parse(kind, bucket).ok_or_else(|| wrong("bucket", bucket))
        }
    }
}

/// The full name of a service account that is given by its address.
fn full_name(name: &str) -> String {
    let project = name
        .split_once('@')
        .and_then(|(_, domain)| domain.strip_suffix(".iam.gserviceaccount.com"));
    match project {
        Some(project) if !name.contains('/') => format!("projects/{project}/serviceAccounts/{name}"),
        Some(_) | None => name.to_owned(),
    }
}

/// What an object names.
fn holder_of<H: Held>(object: &H, client: Option<&Client>) -> Result<Holder, Error> {
    holder(H::KIND, |name| object.naming(name), client)
}

/// What a planned object names, where that is known.
fn holder_known(kind: HolderKind, client: &Client, desired: Partial<'_>) -> Option<Holder> {
    let names = [
        "project",
        "location",
        "repository",
        "service_account_id",
        "bucket",
    ];
    let optional = |name: &&str| kind == HolderKind::Repository && *name != "repository";
    let is_open = |name: &&str| desired.is_open(name) && !optional(name);
    if names.iter().any(is_open) {
        return None;
    }
    holder(kind, |name| desired.text(name), Some(client)).ok()
}

/// The naming arguments that follow from the provider's configuration, and the id.
fn foreseen(
    kind: HolderKind,
    client: &Client,
    desired: Partial<'_>,
    id: impl Fn(&Holder) -> Option<String>,
) -> Vec<(&'static str, Value)> {
    let Some(holder) = holder_known(kind, client, desired) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    if let Holder::Repository {
        project, location, ..
    } = &holder
    {
        told.push(("project", Value::string(project)));
        told.push(("location", Value::string(location)));
    }
    told.extend(id(&holder).map(|id| ("id", Value::string(id))));
    told
}

/// The title of the condition of a planned object; `None` where it is not known.
fn title_known(desired: Partial<'_>) -> Option<Option<String>> {
    let Some(condition) = desired.0.get("condition") else {
        return Some(None);
    };
    if !condition.is_wholly_known() {
        return None;
    }
    let block = condition.as_items().unwrap_or_default().first();
    Some(block.and_then(|block| block.get("title")?.as_str().map(str::to_owned)))
}

/// An ETag comes and goes with every write, ours or not.
pub(crate) fn whatever(_: &Value, _: &Value) -> bool {
    true
}

/// A project is the same with and without its prefix, a repository by its short and its full name.
pub(crate) fn same_name(left: &Value, right: &Value) -> bool {
    let last = |value: &Value| -> Option<String> {
        let text = value.as_str()?;
        Some(text.trim_matches('/').rsplit('/').next()?.to_owned())
    };
    last(left) == last(right)
}

/// The same member in another spelling.
fn same_member(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => is_same_member(left, right),
        (_, _) => false,
    }
}

/// What members must look like.
fn check_members(value: &Value) -> Result<(), String> {
    let items = value.as_items().unwrap_or_default();
    items.iter().try_for_each(check_member)
}
