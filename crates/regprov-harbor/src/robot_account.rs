//! `harbor_robot_account`: what pushes and pulls without being a person.
//!
//! Harbor makes a secret of its own when the account is created, whatever it is sent. So the account is made in two steps:
//! the first one makes it, with our mark as its description; then a secret of our choice is recorded, and the second one
//! sets it, with all the rest. The second may be repeated, so that no crash can lose a secret.

mod checks;
mod many;
mod names;
mod permissions;
mod secret;
mod wire;

use crate::client::{Ask, Client, VISIBILITY};
use crate::fields::filled;
use crate::id::{Id, shape};
use jiff::Timestamp;
use names::Names;
pub(crate) use permissions::Permission;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Mark, Observed, Partial, PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource,
    UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Once, Rule, Schema, WriteOnly};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) use names::listed;
pub(crate) use secret::check as check_secret;
pub(crate) use wire::Robot as WireRobot;

shape!(
    /// `harbor_robot_account`.
    RobotShape,
    "a robot account",
    "/robots/{}"
);

/// The id of a robot account.
pub(crate) type RobotId = Id<RobotShape>;

/// What pushes and pulls without being a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RobotAccount {
    /// Its short name; Harbor puts its prefix and the project before it.
    #[schema(replaces, rules = &[Rule::Check(crate::names::check_robot)])]
    pub(crate) name: String,
    /// `project` for one project, `system` for several or all of them.
    #[schema(replaces, rules = &[Rule::OneOf(&["project", "system"])])]
    pub(crate) level: String,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Whether it is switched off.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) disable: Option<bool>,
    /// How many days it lasts; -1: until it is deleted.
    #[schema(default = -1, rules = &[Rule::Check(checks::duration)])]
    pub(crate) duration: Option<i64>,
    /// Its secret; regprov chooses one where none is written.
    #[schema(optional, rules = &[Rule::Check(secret::check)], conflicts_with = &["secret_wo", "secret_wo_version"])]
    pub(crate) secret: Once<String>,
    /// Its secret, which is stored nowhere.
    #[schema(rules = &[Rule::Check(secret::check)], conflicts_with = &["secret"], required_with = &["secret_wo_version"])]
    pub(crate) secret_wo: WriteOnly<String>,
    /// Changes with `secret_wo`.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = &["secret"], required_with = &["secret_wo"])]
    pub(crate) secret_wo_version: Option<i64>,
    /// What it may do.
    #[schema(block, min = 1)]
    pub(crate) permissions: BTreeSet<Permission>,
    /// Its number.
    pub(crate) robot_id: Computed<String>,
    /// The name to log in with.
    pub(crate) full_name: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

impl RobotAccount {
    /// The project of an account of one project.
    pub(crate) fn project(&self) -> Option<&str> {
        let first = self.permissions.first()?;
        (self.level == "project").then_some(first.namespace.as_str())
    }

    /// The secret that the configuration gives.
    fn given_secret(&self) -> Option<&String> {
        self.secret_wo.0.reveal().or_else(|| self.secret.reveal())
    }

    /// The object with the identity that the service gave, and a secret.
    fn identified(&self, robot: (i64, &str), secret: Once<String>) -> Self {
        let (number, full_name) = robot;
        Self {
            secret,
            robot_id: Computed::known(number.to_string()),
            full_name: Computed::known(full_name.to_owned()),
            id: Computed::known(format!("/robots/{number}")),
            ..self.clone()
        }
    }

    /// What an account is to the recorded one.
    async fn seen(client: &Client, wire: wire::Robot, prior: Option<&Self>) -> Result<Observed<Self>, Error> {
        let names = Names::of(client, &wire, prior).await?;
        if !names.is_recorded(&wire, prior) {
            return Ok(Observed::Absent);
        }
        Ok(Observed::Present(Self::observed(wire, &names, prior)))
    }

    /// The object as it was read; `like` has the spellings.
    fn observed(wire: wire::Robot, names: &Names, like: Option<&Self>) -> Self {
        Self {
            name: names.short(&wire, like),
            level: wire.level,
            description: filled(wire.description),
            disable: Some(wire.disable),
            duration: Some(wire.duration),
            secret: Once::default(),
            secret_wo: WriteOnly::default(),
            secret_wo_version: like.and_then(|like| like.secret_wo_version),
            permissions: permissions::observed(wire.permissions, like.map(|like| &like.permissions)),
            robot_id: Computed::known(wire.id.to_string()),
            full_name: Computed::known(wire.name),
            id: Computed::known(format!("/robots/{}", wire.id)),
        }
    }
}

/// Makes the account. Where we may not change it afterwards, what Harbor chose for a secret is the secret.
async fn start(client: &Client, desired: &RobotAccount, mark: &Mark) -> Result<Created<RobotAccount>, Error> {
    let for_good = client.is_robot();
    let description = if for_good {
        desired.description.as_deref().unwrap_or_default()
    } else {
        &mark.text
    };
    let ask = Ask::new("/robots", "create the robot account").secret();
    let body = wire::Create::of(desired, description);
    let made: wire::Created = match client.api.create_told(ask, &body).await {
        Ok(made) => made,
        Err(error) if matches!(error.kind, ErrorKind::Exists(_)) => {
            return taken(client, desired, mark, error).await;
        }
        Err(error) => return Err(error),
    };
    if let Some(secret) = &made.secret {
        client.services.redactor.register(secret);
    }
    let secret = match (desired.secret.reveal(), made.secret.filter(|_| for_good)) {
        (Some(given), _) => Once::new(given.clone()),
        (None, Some(told)) => Once::new(told.as_str().to_owned()),
        (None, None) if desired.secret_wo_version.is_some() => Once::default(),
        (None, None) => secret::chosen(client),
    };
    Ok(Created::Step(desired.identified((made.id, &made.name), secret)))
}

/// The name is taken: by an earlier attempt of ours, whose answer was lost, or by another account.
async fn taken(
    client: &Client,
    desired: &RobotAccount,
    mark: &Mark,
    error: Error,
) -> Result<Created<RobotAccount>, Error> {
    let Some(found) = names::named(client, desired).await? else {
        return Err(error);
    };
    if is_ours(client, &found, mark) {
        let secret = desired
            .secret
            .reveal()
            .cloned()
            .map(Once::new)
            .unwrap_or_default();
        return Ok(Created::Step(desired.identified((found.id, &found.name), secret)));
    }
    let id = format!("/robots/{}", found.id);
    let remedy = format!(
        "If it is yours, take it over with an `import` block: `id = {id:?}`. Or choose another name."
    );
    Err(Error {
        kind: ErrorKind::Failed,
        ..error
    }
    .remedy(remedy))
}

/// Whether an account is what the attempt with this mark made. Who may not change an account afterwards cannot mark it, and
/// goes by the time.
fn is_ours(client: &Client, found: &wire::Robot, mark: &Mark) -> bool {
    if found.description.as_deref() == Some(&mark.text) {
        return true;
    }
    let earliest = mark.begun.as_second() - secret::CLOCKS_DIFFER;
    let made_at = found
        .creation_time
        .as_deref()
        .and_then(|text| text.parse::<Timestamp>().ok());
    client.is_robot() && made_at.is_some_and(|made_at| made_at.as_second() >= earliest)
}

/// The second step, which may be repeated: everything but the creation itself.
async fn go_on(
    client: &Client,
    desired: &RobotAccount,
    step: &RobotAccount,
    mark: &Mark,
) -> Result<Created<RobotAccount>, Error> {
    let (Some(path), Some(full_name)) = (step.id.get(), step.full_name.get()) else {
        return start(client, desired, mark).await;
    };
    let made = |secret: Once<String>| desired.identified((crate::id::number(path), full_name), secret);
    let chosen = step.secret.reveal().is_some() || desired.given_secret().is_some();
    if !chosen && desired.secret_wo_version.is_none() {
        if client.is_robot() {
            // What Harbor chose is lost, and we may not set another one: the account is made anew.
            client
                .api
                .delete(Ask::new(path, "delete the robot account whose secret was lost"))
                .await?;
            return start(client, desired, mark).await;
        }
        return Ok(Created::Step(made(secret::chosen(client))));
    }
    if client.is_robot() && desired.given_secret().is_none() {
        return Ok(Created::Done(made(step.secret.clone())));
    }
    let ask = Ask::new(path, "set the permissions of the robot account");
    client.api.put(ask, &wire::Write::of(desired, full_name)).await?;
    let mut done = made(step.secret.clone());
    match desired.given_secret().or_else(|| step.secret.reveal()) {
        Some(secret) => secret::set(client, path, secret).await?,
        // A run that was cut short knows the write-only secret no more: the next plan sets it.
        None => done.secret_wo_version = None,
    }
    if desired.secret_wo.0.reveal().is_some() {
        done.secret = Once::default();
    }
    Ok(Created::Done(done))
}

impl Resource for RobotAccount {
    const TYPE: &'static str = "harbor_robot_account";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = VISIBILITY;
    const CARRIED_ON: bool = true;
    type Client = Client;
    type Id = RobotId;

    fn id(object: &Self) -> Option<RobotId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let ask = Ask::new(request.id.path(), "read the robot account");
        let Some(wire): Option<wire::Robot> = request.client.api.get(ask).await? else {
            return Ok(Observed::Absent);
        };
        Self::seen(request.client, wire, request.prior).await
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        many::read(request.client, request.wanted).await
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        if let Some(given) = desired.given_secret() {
            client.services.redactor.register(given);
        }
        match request.step {
            None => start(client, desired, request.mark).await,
            Some(step) => go_on(client, desired, step, request.mark).await,
        }
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, path) = (request.client, request.id.path());
        let (prior, desired) = (request.prior, request.desired);
        // The name as it is now: the prefix of all accounts may have changed.
        let ask = Ask::new(path, "read the robot account");
        let Some(wire): Option<wire::Robot> = client.api.get(ask).await? else {
            return Err(Error::new(ErrorKind::Failed, "the robot account is gone"));
        };
        if wire::Write::of(desired, &wire.name) != wire::Write::of(prior, &wire.name) {
            let ask = Ask::new(path, "change the robot account");
            client.api.put(ask, &wire::Write::of(desired, &wire.name)).await?;
        }
        let mut done = desired.identified((wire.id, &wire.name), desired.secret.clone());
        if desired.secret_wo_version != prior.secret_wo_version && desired.secret_wo_version.is_some() {
            match desired.secret_wo.0.reveal() {
                Some(secret) => {
                    secret::set(client, path, secret).await?;
                    done.secret = Once::default();
                }
                None => done.secret_wo_version = prior.secret_wo_version,
            }
        } else if let Some(secret) = desired.secret.reveal()
            && prior.secret.reveal() != Some(secret)
        {
            secret::set(client, path, secret).await?;
        }
        Ok(Created::Done(done))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let ask = Ask::new(request.id.path(), "delete the robot account");
        request.client.api.delete(ask).await.map(|()| Deleted::Gone)
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        names::foreseen(client, desired)
            .map(|name| ("full_name", Value::string(name)))
            .into_iter()
            .collect()
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<RobotId>, Error> {
        let found = names::named(request.client, request.desired).await?;
        let ours = found.filter(|found| is_ours(request.client, found, request.mark));
        Ok(ours
            .and_then(|found| format!("/robots/{}", found.id).parse().ok())
            .into_iter()
            .collect())
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let same = request
            .prior
            .is_some_and(|prior| permissions::are_same(prior, request.desired));
        Advice {
            suppress: same
                .then(|| crate::client::attribute("permissions"))
                .flatten()
                .into_iter()
                .collect(),
            findings: checks::plan(&request),
            ..Advice::default()
        }
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }
}

#[cfg(test)]
mod tests;
