//! `google_service_account`: an identity for programs.

pub(crate) mod wire;

use crate::client::{Ask, Client, attribute};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES, spelled, truth, vanished};
use crate::id::AccountName;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    Partial, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An identity for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServiceAccount {
    /// Its id: what its address begins with.
    #[schema(replaces, rules = &[Rule::Check(check_id)])]
    pub(crate) account_id: String,
    /// What it is called.
    #[schema(rules = &[Rule::Length(0, 100)], meaning = Meaning::ZeroIsNull)]
    pub(crate) display_name: Option<String>,
    /// What it is for.
    #[schema(rules = &[Rule::Length(0, 256)], meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Whether it can do nothing.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) disabled: Option<bool>,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
    /// Whether one of the same id is taken over.
    pub(crate) create_ignore_already_exists: Local<bool>,
    /// Whether it is deleted (`DELETE`), must not be (`PREVENT`), or is only forgotten (`ABANDON`).
    #[schema(computed, rules = &[Rule::OneOf(DELETION_POLICIES)])]
    pub(crate) deletion_policy: Local<String>,
    /// Its address.
    pub(crate) email: Computed<String>,
    /// Its full name.
    pub(crate) name: Computed<String>,
    /// A number that no other ever has.
    pub(crate) unique_id: Computed<String>,
    /// Its address as a member of policies: `serviceAccount:EMAIL`.
    pub(crate) member: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The rule for ids.
fn check_id(value: &Value) -> Result<(), String> {
    let Some(id) = value.as_str() else { return Ok(()) };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (6..=30).contains(&id.len())
        && id.chars().all(allowed)
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
    {
        return Ok(());
    }
    Err(format!(
        "`{id}` is no id of a service account: it has 6 to 30 small letters, digits and hyphens, begins with a letter and ends \
         with a letter or digit"
    ))
}

/// The address of a service account of a project.
pub(crate) fn address(account_id: &str, project: &str) -> String {
    // A project of a domain: `example.com:p`.
    let domain = match project.split_once(':') {
        Some((domain, project)) => format!("{project}.{domain}"),
        None => project.to_owned(),
    };
    format!("{account_id}@{domain}.iam.gserviceaccount.com")
}

/// Reads a service account.
pub(crate) async fn get(client: &Client, name: &AccountName) -> Result<Option<wire::ServiceAccount>, Error> {
    let path = name.path();
    let ask = Ask::new(Product::Iam, &path, "read the service account");
    client.api.get(ask).await
}

impl ServiceAccount {
    fn of(name: &AccountName, wire: wire::ServiceAccount, like: Option<&Self>) -> Self {
        let email = wire.email.unwrap_or_else(|| name.part(1).to_owned());
        let project = wire.project_id.unwrap_or_else(|| name.part(0).to_owned());
        let account_id = email.split('@').next().unwrap_or_default().to_owned();
        let full = format!("projects/{project}/serviceAccounts/{email}");
        Self {
            account_id: like.map_or(account_id, |like| like.account_id.clone()),
            display_name: spelled(wire.display_name, like.map(|like| &like.display_name)),
            description: spelled(wire.description, like.map(|like| &like.description)),
            disabled: Some(
                truth(wire.disabled.unwrap_or(false), like.map(|like| &like.disabled)).unwrap_or(false),
            ),
            project: Computed::known(project),
            create_ignore_already_exists: like
                .map(|like| like.create_ignore_already_exists.clone())
                .unwrap_or_default(),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            member: Computed::known(format!("serviceAccount:{email}")),
            email: Computed::known(email),
            name: Computed::known(full.clone()),
            unique_id: Computed(wire.unique_id),
            id: Computed::known(full),
        }
    }

    fn place(client: &Client, account_id: &str, project: Option<&str>) -> Result<AccountName, Error> {
        let project = client.project_or(project)?;
        Ok(AccountName::new([&project, &address(account_id, &project)]))
    }
}

/// Enables or disables.
async fn switch(client: &Client, name: &AccountName, disabled: bool) -> Result<(), Error> {
    let (action, operation) = if disabled {
        ("disable", "disable the service account")
    } else {
        ("enable", "enable the service account")
    };
    let path = format!("{}:{action}", name.path());
    let ask = Ask::new(Product::Iam, &path, operation);
    let _: wire::Nothing = client.api.post(ask, &wire::Empty {}).await?;
    Ok(())
}

impl Resource for ServiceAccount {
    const TYPE: &'static str = "google_service_account";
    const CREATE: CreateClass = CreateClass::UniqueName;
    /// Minutes may pass until all of IAM knows of it.
    const VISIBILITY: Duration = Duration::from_secs(120);
    /// A disabled one is made in two requests.
    const CARRIED_ON: bool = true;
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(5 * 60),
        read: Duration::from_secs(5 * 60),
        update: Duration::from_secs(5 * 60),
        delete: Duration::from_secs(5 * 60),
    };
    type Client = Client;
    type Id = AccountName;

    fn id(object: &Self) -> Option<AccountName> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let wire = get(request.client, request.id).await?;
        Ok(wire.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::of(request.id, wire, request.prior))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let disabled = desired.disabled.unwrap_or(false);
        if let Some(step) = request.step {
            let name = Self::id(step).ok_or_else(|| vanished("the service account"))?;
            if disabled && step.disabled != Some(true) {
                switch(client, &name, true).await?;
            }
            let made = Self {
                disabled: desired.disabled,
                ..step.clone()
            };
            return Ok(Created::Done(made));
        }
        let name = Self::place(
            client,
            &desired.account_id,
            desired.project.get().map(String::as_str),
        )?;
        let path = format!("projects/{}/serviceAccounts", name.part(0));
        let body = wire::New {
            account_id: &desired.account_id,
            service_account: wire::Settings {
                display_name: desired.display_name.as_deref().filter(|text| !text.is_empty()),
                description: desired.description.as_deref().filter(|text| !text.is_empty()),
                ..wire::Settings::default()
            },
        };
        let ask = Ask::new(Product::Iam, &path, "create the service account");
        let made: Result<wire::ServiceAccount, Error> = client.api.create(ask, &body).await;
        let wire = match made {
            Ok(wire) => wire,
            Err(error) => {
                let taken = matches!(error.kind, ErrorKind::Exists(_));
                if !taken || desired.create_ignore_already_exists.0 != Some(true) {
                    return Err(if taken {
                        Error {
                            kind: ErrorKind::Exists(Some(name.path())),
                            ..error
                        }
                    } else {
                        error
                    });
                }
                get(client, &name)
                    .await?
                    .ok_or_else(|| vanished("the service account"))?
            }
        };
        client.made(name.part(1));
        let object = Self::of(&name, wire, Some(desired));
        Ok(if disabled {
            Created::Step(Self {
                disabled: Some(false),
                ..object
            })
        } else {
            Created::Done(object)
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, name) = (request.client, request.id);
        let (prior, desired) = (request.prior, request.desired);
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let mut mask = Vec::new();
        if text(&prior.description) != text(&desired.description) {
            mask.push("description");
        }
        if text(&prior.display_name) != text(&desired.display_name) {
            mask.push("display_name");
        }
        if !mask.is_empty() {
            let body = wire::Change {
                service_account: wire::Settings {
                    display_name: mask
                        .contains(&"display_name")
                        .then(|| desired.display_name.as_deref().unwrap_or_default()),
                    description: mask
                        .contains(&"description")
                        .then(|| desired.description.as_deref().unwrap_or_default()),
                    etag: None,
                },
                update_mask: mask.join(","),
            };
            let path = name.path();
            let ask = Ask::new(Product::Iam, &path, "change the service account");
            let _: wire::ServiceAccount = client.api.patch(ask, &body).await?;
        }
        if prior.disabled.unwrap_or(false) != desired.disabled.unwrap_or(false) {
            switch(client, name, desired.disabled.unwrap_or(false)).await?;
        }
        // What was written may not be read back for a while.
        Ok(Created::Done(Self {
            display_name: desired.display_name.clone(),
            description: desired.description.clone(),
            disabled: desired.disabled,
            create_ignore_already_exists: desired.create_ignore_already_exists.clone(),
            deletion_policy: desired.deletion_policy.clone(),
            ..prior.clone()
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let path = request.id.path();
        let ask = Ask::new(Product::Iam, &path, "delete the service account");
        request.client.api.delete::<wire::Nothing>(ask).await?;
        Ok(Deleted::Gone)
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<AccountName> {
        // One that may be taken over need not be looked for.
        if desired.truth("create_ignore_already_exists") == Some(true) {
            return None;
        }
        Self::place(client, desired.text("account_id")?, desired.text("project")).ok()
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<AccountName>, Error> {
        let desired = request.desired;
        let project = desired.project.get().map(String::as_str);
        let name = Self::place(request.client, &desired.account_id, project)?;
        Ok(get(request.client, &name)
            .await?
            .map(|_| name)
            .into_iter()
            .collect())
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let mut told = vec![fields::deletion_policy(client)];
        let account_id = desired.text("account_id");
        if let Some(name) = account_id.and_then(|id| Self::place(client, id, desired.text("project")).ok()) {
            told.extend([
                ("project", Value::string(name.part(0))),
                ("email", Value::string(name.part(1))),
                (
                    "member",
                    Value::string(format!("serviceAccount:{}", name.part(1))),
                ),
                ("name", Value::string(name.path())),
                ("id", Value::string(name.path())),
            ]);
        }
        told
    }

    fn parse_import(client: &Client, text: &str) -> Result<AccountName, Error> {
        let text = text.trim();
        let of_address = || {
            let (_, domain) = text.split_once('@')?;
            domain.strip_suffix(".iam.gserviceaccount.com")
        };
        match of_address() {
            Some(project) if !text.contains('/') => Ok(AccountName::new([project, text])),
            Some(_) | None => AccountName::imported(text, client).map_err(|error| Error {
                kind: ErrorKind::Invalid(attribute("account_id")),
                ..error
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_of_a_domain_gives_a_turned_address() {
        assert_eq!(address("builder", "p"), "builder@p.iam.gserviceaccount.com");
        assert_eq!(
            address("builder", "example.com:p"),
            "builder@p.example.com.iam.gserviceaccount.com"
        );
    }

    #[test]
    fn ids_are_those_that_google_takes() {
        assert!(check_id(&Value::string("builder")).is_ok());
        for bad in ["short", "Builder", "1builder", "builder-", "a_builder"] {
            assert!(check_id(&Value::string(bad)).is_err(), "{bad}");
        }
    }
}
