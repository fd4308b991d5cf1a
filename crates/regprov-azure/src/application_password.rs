//! `azuread_application_password`: a secret of an application.

use crate::client::Client;
use crate::former::APPLICATION_BEFORE;
use crate::id::{ApplicationId, Id, shape};
use crate::password::{self, Password, Wanted};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Meaning, Once, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

shape!(
    /// `azuread_application_password`: the object id of its application, and its key.
    PasswordShape,
    "an application's password",
    "{}/password/{}"
);

/// A secret of an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ApplicationPassword {
    /// The application: `/applications/{object id}`.
    #[schema(replaces, rules = &[Rule::Check(check_application)], former = APPLICATION_BEFORE)]
    pub(crate) application_id: String,
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

/// The rule of an application's id.
pub(crate) fn check_application(value: &Value) -> Result<(), String> {
    match value.as_str().map(str::parse::<ApplicationId>) {
        Some(Err(_)) => Err(format!(
            "`{}` is no application: write `azuread_application.NAME.id`, which is `/applications/OBJECT-ID`",
            value.as_str().unwrap_or_default()
        )),
        Some(Ok(_)) | None => Ok(()),
    }
}

impl ApplicationPassword {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            display_name: self.display_name.get().map(String::as_str),
            start_date: self.start_date.get().map(String::as_str),
            end_date: self.end_date.get().map(String::as_str),
            end_date_relative: self.end_date_relative.0.as_deref(),
        }
    }

    /// The application.
    fn holder(&self) -> Result<ApplicationId, Error> {
        self.application_id.parse()
    }

    fn of(holder: &str, password: Password, like: Option<&Self>) -> Self {
        Self {
            application_id: ApplicationId::new([holder]).to_string(),
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
    ApplicationId::new([holder]).to_string()
}

impl Resource for ApplicationPassword {
    const TYPE: &'static str = "azuread_application_password";
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

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, holder) = (request.desired, request.desired.holder()?);
        let path = holder.to_string();
        let made = password::add(request.client, &path, &desired.wanted(), request.mark).await?;
        Ok(Created::Done(Self::of(holder.part(0), made, Some(desired))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        password::remove(request.client, &path(request.id.part(0)), request.id.part(1)).await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<Id<PasswordShape>>, Error> {
        let (desired, holder) = (request.desired, request.desired.holder()?);
        let path = holder.to_string();
        let keys = password::find(request.client, &path, &desired.wanted(), request.mark).await?;
        Ok(keys.iter().map(|key| Id::new([holder.part(0), key])).collect())
    }

    fn upgrade(_version: u64, mut attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        // `{application}/{key}` became `{application}/password/{key}`.
        if let Some(id) = attributes.get_mut("id")
            && let Some((holder, key)) = id.as_str().and_then(|text| text.split_once('/'))
            && !key.contains('/')
        {
            *id = format!("{holder}/password/{key}").into();
        }
        Ok(attributes)
    }

    fn parse_import(_client: &Client, _text: &str) -> Result<Id<PasswordShape>, Error> {
        let message = "a secret cannot be imported: the directory tells it only once, when it is made";
        Err(Error::new(ErrorKind::Unsupported, message).remedy(
            "Let regprov make a new one beside it, then remove the old one: `az ad app credential delete`.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_older_state_gets_its_middle() {
        let old = serde_json::json!({ "id": "app/key" });
        let new = ApplicationPassword::upgrade(0, old).unwrap();
        assert_eq!(new["id"], "app/password/key");
        assert_eq!(ApplicationPassword::upgrade(0, new.clone()).unwrap(), new);
    }

    #[test]
    fn an_application_is_named_by_its_id() {
        assert!(
            check_application(&Value::string(
                "/applications/11111111-2222-3333-4444-555555555555"
            ))
            .is_ok()
        );
        let error = check_application(&Value::string("11111111-2222-3333-4444-555555555555")).unwrap_err();
        assert!(error.contains("azuread_application.NAME.id"));
    }
}
