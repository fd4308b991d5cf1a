//! `google_service_account_key`: a secret that signs in as a service account.
//!
//! Where the arguments permit, the key pair is drawn here, sealed in the journal, and its public half uploaded: no answer that
//! is lost can lose it. Where a policy forbids uploads, or another form is asked for, Google makes the key and tells it once;
//! after a lost answer the orphan is found, deleted and made anew.

mod limit;
mod own;
mod wire;

pub(crate) use own::DrawnHere;
pub use own::draw_key;

use crate::client::{Ask, Client};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES, vanished, whatever};
use crate::id::{AccountName, KeyName};
use crate::{service_account, service_account::address};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Finding,
    Mark, Observed, Partial, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Once, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use zeroize::Zeroizing;

/// By how much Google's clock may be behind ours.
const BEHIND: SignedDuration = SignedDuration::from_secs(30);
const RSA_2048: &str = "KEY_ALG_RSA_2048";
const CREDENTIALS_FILE: &str = "TYPE_GOOGLE_CREDENTIALS_FILE";
/// What stands for the public key in a note that says that Google makes the key.
const BY_GOOGLE: &str = "made by Google";

/// A secret that signs in as a service account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServiceAccountKey {
    /// The service account: its full name, its address, or its id.
    #[schema(replaces)]
    pub(crate) service_account_id: String,
    /// The algorithm.
    #[schema(replaces, default = RSA_2048, rules = &[Rule::OneOf(&["KEY_ALG_RSA_2048", "KEY_ALG_RSA_1024", "KEY_ALG_UNSPECIFIED"])])]
    pub(crate) key_algorithm: Option<String>,
    /// The form of the private key.
    #[schema(replaces, default = CREDENTIALS_FILE, rules = &[Rule::OneOf(&["TYPE_GOOGLE_CREDENTIALS_FILE", "TYPE_PKCS12_FILE", "TYPE_UNSPECIFIED"])])]
    pub(crate) private_key_type: Option<String>,
    /// The form of the public key.
    #[schema(replaces, default = "TYPE_X509_PEM_FILE", rules = &[Rule::OneOf(&["TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY", "TYPE_NONE"])])]
    pub(crate) public_key_type: Option<String>,
    /// A public key of your own to upload, as a certificate in base64.
    #[schema(replaces, conflicts_with = &["key_algorithm", "private_key_type"])]
    pub(crate) public_key_data: Option<String>,
    /// Values whose change makes a new key: with `create_before_destroy` the old one works until the new one is in place.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// Whether it is deleted (`DELETE`), must not be (`PREVENT`), or is only forgotten (`ABANDON`).
    #[schema(computed, rules = &[Rule::OneOf(DELETION_POLICIES)])]
    pub(crate) deletion_policy: Local<String>,
    /// Its full name.
    pub(crate) name: Computed<String>,
    /// The public key, in base64.
    #[schema(meaning = Meaning::By(whatever))]
    pub(crate) public_key: Computed<String>,
    /// The file to sign in with, in base64.
    pub(crate) private_key: Once<String>,
    /// From when on it counts.
    pub(crate) valid_after: Computed<String>,
    /// Until when it counts.
    pub(crate) valid_before: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The service account that an argument means.
fn account(client: &Client, text: &str) -> Result<AccountName, Error> {
    let text = text.trim();
    if text.starts_with("projects/") {
        return text.parse();
    }
    if let Some((_, domain)) = text.split_once('@') {
        let project = domain
            .strip_suffix(".iam.gserviceaccount.com")
            .filter(|project| !project.contains('.'));
        return Ok(AccountName::new([project.unwrap_or("-"), text]));
    }
    let project = client.project()?;
    Ok(AccountName::new([&project, &address(text, &project)]))
}

fn keys_path(account: &AccountName) -> String {
    format!("{}/keys", account.path())
}

/// The keys that users made.
async fn list(client: &Client, account: &AccountName) -> Result<Option<Vec<wire::Key>>, Error> {
    let path = keys_path(account);
    let query = [("keyTypes", "USER_MANAGED")];
    let ask = Ask::new(Product::Iam, &path, "list the keys of the service account").query(&query);
    let keys: Option<wire::Keys> = client.api.get(ask).await?;
    Ok(keys.map(|keys| keys.keys))
}

async fn get(client: &Client, name: &str, public_key_type: Option<&str>) -> Result<Option<wire::Key>, Error> {
    let query: Vec<(&str, &str)> = public_key_type
        .map(|kind| ("publicKeyType", kind))
        .into_iter()
        .collect();
    let ask = Ask::new(Product::Iam, name, "read the key").query(&query);
    client.api.get(ask).await
}

impl ServiceAccountKey {
    /// Whether its private half may be drawn here.
    fn may_be_own(&self) -> bool {
        let is = |text: &Option<String>, expected: &str| text.as_deref().is_none_or(|text| text == expected);
        self.public_key_data.as_deref().unwrap_or_default().is_empty()
            && is(&self.key_algorithm, RSA_2048)
            && is(&self.private_key_type, CREDENTIALS_FILE)
    }

    fn of(wire: wire::Key, like: Option<&Self>, account: &str) -> Self {
        let arguments = like.cloned();
        let (service_account_id, key_algorithm, private_key_type, public_key_type, public_key_data) =
            match arguments {
                Some(like) => (
                    like.service_account_id,
                    like.key_algorithm,
                    like.private_key_type,
                    like.public_key_type,
                    like.public_key_data,
                ),
                None => (
                    account.to_owned(),
                    wire.key_algorithm.clone(),
                    Some(CREDENTIALS_FILE.to_owned()),
                    Some("TYPE_X509_PEM_FILE".to_owned()),
                    None,
                ),
            };
        let told = wire
            .private_key_data
            .map(|data| Once::new(data.as_str().to_owned()));
        Self {
            service_account_id,
            key_algorithm,
            private_key_type,
            public_key_type,
            public_key_data,
            keepers: like.map(|like| like.keepers.clone()).unwrap_or_default(),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            name: Computed::known(wire.name.clone()),
            public_key: Computed(wire.public_key_data),
            private_key: told.unwrap_or_default(),
            valid_after: Computed(wire.valid_after_time),
            valid_before: Computed(wire.valid_before_time),
            id: Computed::known(wire.name),
        }
    }

    /// What is noted before anything is sent: a key of our own, or that Google makes it.
    fn note(&self, private_key: Once<String>, by_google: bool) -> Self {
        Self {
            private_key,
            public_key: Computed(by_google.then(|| BY_GOOGLE.to_owned())),
            name: Computed(None),
            id: Computed(None),
            valid_after: Computed(None),
            valid_before: Computed(None),
            ..self.clone()
        }
    }

    fn is_by_google(&self) -> bool {
        self.public_key.get().is_some_and(|text| text == BY_GOOGLE)
    }
}

/// Uploads the public half of our key, and puts the file together.
async fn upload(
    client: &Client,
    account: &AccountName,
    (desired, private_pem, mark): (&ServiceAccountKey, &str, &Mark),
) -> Result<ServiceAccountKey, Error> {
    // All that the file needs is asked for first: once the key is uploaded nothing else must fail.
    let owner = service_account::get(client, account)
        .await?
        .ok_or_else(|| vanished("the service account"))?;
    let certificate = own::certificate(private_pem, &mark.text)?;
    let path = format!("{}:upload", keys_path(account));
    let ask = Ask::new(Product::Iam, &path, "upload the public key");
    let body = wire::Upload {
        public_key_data: &STANDARD.encode(&certificate),
    };
    let made: wire::Key = client.api.create(ask, &body).await?;
    let email = owner.email.unwrap_or_else(|| account.part(1).to_owned());
    let project = owner.project_id.unwrap_or_else(|| account.part(0).to_owned());
    let file = wire::File {
        kind: "service_account",
        project_id: &project,
        private_key_id: made.name.rsplit('/').next().unwrap_or_default(),
        private_key: private_pem,
        client_email: &email,
        client_id: owner.unique_id.as_deref().unwrap_or_default(),
        auth_uri: "https://accounts.google.com/o/oauth2/auth",
        token_uri: &client.defaults.token_uri,
        auth_provider_x509_cert_url: "https://www.googleapis.com/oauth2/v1/certs",
        client_x509_cert_url: format!(
            "https://www.googleapis.com/robot/v1/metadata/x509/{}",
            email.replace('@', "%40")
        ),
        universe_domain: &client.defaults.universe,
    };
    let text = serde_json::to_string_pretty(&file).map(Zeroizing::new);
    let text = text.map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))?;
    let secret = Zeroizing::new(STANDARD.encode(text.as_bytes()));
    client.services.redactor.register(&secret);
    let public_key_data = made
        .public_key_data
        .clone()
        .or_else(|| Some(STANDARD.encode(&certificate)));
    let key = ServiceAccountKey::of(
        wire::Key {
            public_key_data,
            ..made
        },
        Some(desired),
        account.part(1),
    );
    Ok(ServiceAccountKey {
        private_key: Once::new(secret.as_str().to_owned()),
        ..key
    })
}

/// Whether uploads are not for us, so that Google must make the key.
fn is_refused(error: &Error) -> bool {
    let kept = error.message.contains("does not exist") || error.message.contains("not found");
    matches!(
        error.kind,
        ErrorKind::Failed | ErrorKind::Denied | ErrorKind::Unsupported | ErrorKind::Invalid(_)
    ) && !kept
}

/// The ten-keys limit is told as a failed precondition, without a word.
async fn explained(client: &Client, account: &AccountName, error: Error) -> Error {
    let opaque = error.message.contains("Precondition check failed")
        || error.message.contains("Maximum number of keys");
    if !opaque {
        return error;
    }
    match list(client, account).await {
        Ok(Some(keys)) if limit::is_full(&keys) => {
            let finding = limit::full(account, &keys, 1);
            let mut told = Error::new(ErrorKind::Failed, finding.detail);
            told.remedy = finding.remedy;
            told
        }
        _ => error,
    }
}

/// The keys that an attempt may have made and was not told of.
async fn of_attempt(
    client: &Client,
    account: &AccountName,
    (step, mark): (Option<&ServiceAccountKey>, &Mark),
) -> Result<Vec<KeyName>, Error> {
    let keys = list(client, account).await?.unwrap_or_default();
    let modulus = step
        .filter(|step| !step.is_by_google())
        .and_then(|step| own::modulus(step.private_key.reveal()?));
    let mut found = Vec::new();
    for key in keys {
        let of_user = key.key_origin.as_deref() == Some("USER_PROVIDED");
        let is_ours = match &modulus {
            Some(_) if !of_user => false,
            Some(modulus) => {
                let read = get(client, &key.name, Some("TYPE_X509_PEM_FILE")).await?;
                let public = read.and_then(|read| read.public_key_data);
                public.is_some_and(|public| own::is_of(&public, modulus))
            }
            None => {
                let made = key
                    .valid_after_time
                    .as_deref()
                    .and_then(|text| text.parse::<Timestamp>().ok());
                !client.has_made(&key.name)
                    && made.is_some_and(|made| made.duration_since(mark.begun) >= -BEHIND)
            }
        };
        if is_ours {
            found.push(key.name.parse()?);
        }
    }
    Ok(found)
}

impl Resource for ServiceAccountKey {
    const TYPE: &'static str = "google_service_account_key";
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = Duration::from_secs(120);
    type Client = Client;
    type Id = KeyName;

    fn id(object: &Self) -> Option<KeyName> {
        object.name.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, name) = (request.client, request.id);
        let kind = request.prior.and_then(|prior| prior.public_key_type.as_deref());
        let kind = kind.unwrap_or("TYPE_X509_PEM_FILE");
        let read = match get(client, &name.path(), Some(kind)).await {
            // A key that is gone may be refused as if it were forbidden.
            Err(error) if error.kind == ErrorKind::Denied => {
                let owner = AccountName::new([name.part(0), name.part(1)]);
                match list(client, &owner).await {
                    Ok(Some(keys)) if keys.iter().any(|key| key.name.ends_with(name.part(2))) => {
                        return Err(error);
                    }
                    Ok(_) => None,
                    Err(_) => return Err(error),
                }
            }
            read => read?,
        };
        Ok(match read {
            Some(wire) => {
                let account = AccountName::new([name.part(0), name.part(1)]).path();
                Observed::Present(Self::of(wire, request.prior, &account))
            }
            None => Observed::Absent,
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired, mark) = (request.client, request.desired, request.mark);
        let account = account(client, &desired.service_account_id)?;
        let private = request.step.and_then(|step| step.private_key.reveal().cloned());
        match (request.step, private) {
            (None, _) if desired.may_be_own() => {
                let drawn = client.keys.draw().await?;
                client.services.redactor.register(&drawn);
                return Ok(Created::Step(
                    desired.note(Once::new(drawn.as_str().to_owned()), false),
                ));
            }
            (Some(step), Some(private)) if !step.is_by_google() => {
                let private = Zeroizing::new(private);
                let uploaded = upload(client, &account, (desired, &private, mark)).await;
                return match uploaded {
                    Ok(key) => Ok(Created::Done(key)),
                    Err(error) if is_refused(&error) => {
                        tracing::debug!(reason = %error, "Google makes the key, as it takes none");
                        Ok(Created::Step(desired.note(Once::default(), true)))
                    }
                    Err(error) => Err(error),
                };
            }
            (_, _) => {}
        }
        // Keys that Google makes are told apart by their date alone: one at a time.
        let _turn = client.turn.lock().await;
        let made = made_by_google(client, &account, desired).await;
        let made = match made {
            Ok(made) => made,
            Err(error) => return Err(explained(client, &account, error).await),
        };
        client.made(&made.name);
        let kind = desired.public_key_type.as_deref();
        let mut key = Self::of(made, Some(desired), account.part(1));
        if key.public_key.get().is_none()
            && let Some(name) = key.name.get()
            && let Ok(Some(read)) = get(client, name, kind).await
        {
            key.public_key = Computed(read.public_key_data);
        }
        Ok(Created::Done(key))
    }

    /// Only what is ours alone changes in place.
    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        Ok(Created::Done(Self {
            deletion_policy: request.desired.deletion_policy.clone(),
            ..request.prior.clone()
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let path = request.id.path();
        let ask = Ask::new(Product::Iam, &path, "delete the key");
        request
            .client
            .api
            .delete::<service_account::wire::Nothing>(ask)
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<KeyName>, Error> {
        let client = request.client;
        let account = account(client, &request.desired.service_account_id)?;
        if request.step.is_none() && request.desired.may_be_own() {
            // Nothing is sent before a key of our own is noted.
            return Ok(Vec::new());
        }
        let _turn = client.turn.lock().await;
        of_attempt(client, &account, (request.step, request.mark)).await
    }

    fn foresee(client: &Client, _desired: Partial<'_>) -> Vec<(&'static str, regprov_value::Value)> {
        vec![fields::deletion_policy(client)]
    }

    fn parse_import(_client: &Client, _text: &str) -> Result<KeyName, Error> {
        Err(Error::new(
            ErrorKind::Unsupported,
            "keys of service accounts cannot be imported: Google told the private half once, to whoever made it",
        )
        .remedy("Declare the key and apply, which makes one of its own; then delete the old one."))
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        limit::preflight(request).await
    }
}

/// A key that Google makes, or that is made of the public half that the configuration has.
async fn made_by_google(
    client: &Client,
    account: &AccountName,
    desired: &ServiceAccountKey,
) -> Result<wire::Key, Error> {
    let path = keys_path(account);
    if let Some(data) = desired.public_key_data.as_deref().filter(|data| !data.is_empty()) {
        let path = format!("{path}:upload");
        let ask = Ask::new(Product::Iam, &path, "upload the public key");
        return client
            .api
            .create(
                ask,
                &wire::Upload {
                    public_key_data: data,
                },
            )
            .await;
    }
    let body = wire::New {
        key_algorithm: desired.key_algorithm.as_deref().unwrap_or(RSA_2048),
        private_key_type: desired.private_key_type.as_deref().unwrap_or(CREDENTIALS_FILE),
    };
    let ask = Ask::new(Product::Iam, &path, "create the key");
    let made: wire::Key = client.api.create(ask, &body).await?;
    if let Some(data) = &made.private_key_data {
        client.services.redactor.register(data);
    }
    Ok(made)
}
