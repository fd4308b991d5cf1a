//! `azuread_service_principal_password`: a secret of a service principal.

use crate::client::Client;
use crate::former::PRINCIPAL_BEFORE;
use crate::id::{Id, ServicePrincipalId, shape};
use crate::password::{self, Password, Wanted};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    ReadManyRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Meaning, Once, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

shape!(
    /// `azuread_service_principal_password`: the object id of its principal, and its key.
    PasswordShape,
    "a service principal's password",
    "{}/password/{}"
);

/// A secret of a service principal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServicePrincipalPassword {
    /// The service principal: `/servicePrincipals/{object id}`.
    #[schema(replaces, rules = &[Rule::Check(check_principal)], former = PRINCIPAL_BEFORE)]
    pub(crate) service_principal_id: String,
    /// What it is called.
    #[schema(optional, replaces)]
    pub(crate) display_name: Computed<String>,
    /// From when on it is good.
    #[schema(optional, replaces, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) start_date: Computed<String>,
    /// Until when it is good; two years where nothing is said.
    #[schema(optional, replaces, meaning = Meaning::Instant, rules = &[Rule::Instant],
        conflicts_with = &["end_date_relative"])]
    pub(crate) end_date: Computed<String>,
    /// How long it is good.
    #[schema(replaces, meaning = Meaning::ZeroIsNull, conflicts_with = &["end_date"],
        rules = &[Rule::Check(password::check_duration)],
        deprecated = "calculate `end_date` with `timeadd()`")]
    pub(crate) end_date_relative: Local<String>,
    /// A new secret is made when one of these values changes.
    #[schema(replaces, meaning = Meaning::ZeroIsNull)]
    pub(crate) rotate_when_changed: Local<BTreeMap<String, String>>,
    /// Its key.
    pub(crate) key_id: Computed<String>,
    /// The secret.
    pub(crate) value: Once<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_principal(value: &Value) -> Result<(), String> {
    match value.as_str().map(str::parse::<ServicePrincipalId>) {
        Some(Err(_)) => Err(format!(
            "`{}` is no service principal: write `azuread_service_principal.NAME.id`, which is `/servicePrincipals/OBJECT-ID`",
            value.as_str().unwrap_or_default()
        )),
        Some(Ok(_)) | None => Ok(()),
    }
}

impl ServicePrincipalPassword {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            display_name: self.display_name.get().map(String::as_str),
            start_date: self.start_date.get().map(String::as_str),
            end_date: self.end_date.get().map(String::as_str),
            end_date_relative: self.end_date_relative.0.as_deref(),
        }
    }

    /// The object id of the principal.
    fn holder(&self) -> Result<ServicePrincipalId, Error> {
        self.service_principal_id.parse()
    }

    fn of(holder: &str, password: Password, like: Option<&Self>) -> Self {
        Self {
            service_principal_id: ServicePrincipalId::new([holder]).to_string(),
            display_name: Computed::known(password.display_name),
            start_date: Computed::known(password.start_date),
            end_date: Computed::known(password.end_date),
            end_date_relative: like
                .map(|like| like.end_date_relative.clone())
                .unwrap_or_default(),
            rotate_when_changed: like
                .map(|like| like.rotate_when_changed.clone())
                .unwrap_or_default(),
            id: Computed::known(Id::<PasswordShape>::new([holder, &password.key_id]).to_string()),
            key_id: Computed::known(password.key_id),
            value: password.value,
        }
    }
}

fn path(holder: &str) -> String {
    format!("/servicePrincipals/{holder}")
}

impl Resource for ServicePrincipalPassword {
    const TYPE: &'static str = "azuread_service_principal_password";
    const VERSION: u64 = 1;
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = Duration::from_secs(120);
    const TIMEOUTS: Timeouts = crate::id::DIRECTORY_TIMEOUTS;
    type Client = Client;
    type Id = Id<PasswordShape>;

    fn id(object: &Self) -> Option<Id<PasswordShape>> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (holder, key) = (request.id.part(0), request.id.part(1));
        let like = request.prior.map(Self::wanted);
        let read = password::read(request.client, &path(holder), key, like.as_ref()).await?;
        Ok(read.map_or(Observed::Absent, |password| {
            Observed::Present(Self::of(holder, password, request.prior))
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        if request.wanted.len() < 2 {
            return None;
        }
        let wanted: Vec<_> = request
            .wanted
            .iter()
            .map(|(id, prior)| {
                (
                    path(id.part(0)),
                    id.part(1).to_owned(),
                    prior.as_ref().map(Self::wanted),
                )
            })
            .collect();
        let read = password::read_many(request.client, &wanted).await;
        let observed = |(read, (id, prior)): (Option<Password>, &(Self::Id, Option<Self>))| {
            read.map_or(Observed::Absent, |read| {
                Observed::Present(Self::of(id.part(0), read, prior.as_ref()))
            })
        };
        Some(read.map(|read| read.into_iter().zip(request.wanted).map(observed).collect()))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, holder) = (request.desired, request.desired.holder()?);
        let made = password::add(
            request.client,
            &holder.to_string(),
            &desired.wanted(),
            request.mark,
        )
        .await?;
        Ok(Created::Done(Self::of(holder.part(0), made, Some(desired))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        password::remove(request.client, &path(request.id.part(0)), request.id.part(1)).await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<Id<PasswordShape>>, Error> {
        let (desired, holder) = (request.desired, request.desired.holder()?);
        let keys = password::find(
            request.client,
            &holder.to_string(),
            &desired.wanted(),
            request.mark,
        )
        .await?;
        Ok(keys.iter().map(|key| Id::new([holder.part(0), key])).collect())
    }

    fn parse_import(_client: &Client, _text: &str) -> Result<Id<PasswordShape>, Error> {
        let message = "a secret cannot be imported: the directory tells it only once, when it is made";
        Err(Error::new(ErrorKind::Unsupported, message).remedy(
            "Let regprov make a new one beside it, then remove the old one: `az ad sp credential delete`.",
        ))
    }
}
