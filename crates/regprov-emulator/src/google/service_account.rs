//! Service accounts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Ask, Google, Reply, pruned};
use super::failure::Failure;
use super::project::{self, Project};
use super::{policy, service_account_key};
use crate::answer::Answer;
use crate::clock;
use crate::store::Transaction;

/// Service accounts by unique id.
pub(super) const ACCOUNTS: &str = "google/service_accounts";
/// Unique ids by e-mail address.
const EMAILS: &str = "_google_emails";
/// How long a deleted account can be brought back.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

/// A service account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) project: String,
    pub(super) unique_id: String,
    pub(super) email: String,
    /// Its e-mail address, for the inventory.
    pub(super) name: String,
    display_name: String,
    description: String,
    pub(super) disabled: bool,
    etag: String,
    /// From when on reads and policies know it.
    visible_from: Timestamp,
    soft_deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateRequest {
    #[serde(default)]
    account_id: String,
    #[serde(default)]
    service_account: Written,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PatchRequest {
    #[serde(default)]
    service_account: Written,
    update_mask: Option<String>,
}

/// An account as a request writes it; what the service decides is read and ignored, as the service does.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    display_name: Option<String>,
    description: Option<String>,
    etag: Option<String>,
    name: Option<String>,
    email: Option<String>,
    project_id: Option<String>,
    unique_id: Option<String>,
    oauth2_client_id: Option<String>,
    disabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Account {
    /// The name of its policy, and its path.
    pub(super) fn path(&self) -> String {
        format!("projects/{}/serviceAccounts/{}", self.project, self.email)
    }

    fn body(&self) -> Value {
        pruned(json!({
            "name": self.path(), "projectId": self.project, "uniqueId": self.unique_id, "email": self.email,
            "displayName": self.display_name, "description": self.description, "etag": self.etag,
            "oauth2ClientId": self.unique_id, "disabled": self.disabled,
        }))
    }
}

/// The account of a unique id, unless it was deleted.
pub(super) fn by_unique_id(tx: &Transaction, id: &str) -> Option<Account> {
    tx.get(ACCOUNTS, id)
        .filter(|account: &Account| account.soft_deleted_at.is_none())
}

/// The account of an e-mail address, unless it was deleted.
pub(super) fn by_email(tx: &Transaction, email: &str) -> Option<Account> {
    by_unique_id(tx, &tx.get::<String>(EMAILS, &email.to_lowercase())?)
}

/// Whether there is or was an account of a unique id.
pub(super) fn was(tx: &Transaction, id: &str) -> bool {
    tx.contains(ACCOUNTS, id)
}

/// The unique id of a service account as a member of a policy; `None` where there is no such account. Accounts that
/// Google keeps for itself are there, and have none.
pub(super) fn as_member(tx: &Transaction, email: &str) -> Option<Option<String>> {
    if let Some(account) = by_email(tx, email) {
        return (account.visible_from <= tx.now()).then_some(Some(account.unique_id));
    }
    let (_, domain) = email.split_once('@')?;
    let own = domain.ends_with(".iam.gserviceaccount.com") && !domain.starts_with("gcp-sa-");
    (!own && domain.ends_with("gserviceaccount.com")).then_some(None)
}

/// Forgets accounts whose time to be brought back is over.
pub(super) fn settle(tx: &mut Transaction) {
    let over = clock::add(tx.now(), -KEPT_MS);
    let accounts: Vec<(String, Account)> = tx.scan(ACCOUNTS, "");
    for (id, account) in accounts {
        if account.soft_deleted_at.is_some_and(|at| at <= over) {
            tx.delete(ACCOUNTS, &id);
            service_account_key::forget_all(tx, &id);
        }
    }
}

fn domain(project: &str) -> String {
    match project.split_once(':') {
        Some((domain, id)) => format!("{id}.{domain}.iam.gserviceaccount.com"),
        None => format!("{project}.iam.gserviceaccount.com"),
    }
}

fn refused(permission: &str, resource: &str) -> Failure {
    let message = format!("Permission '{permission}' denied on resource (or it may not exist).");
    let metadata = json!({ "permission": permission, "resource": resource });
    Failure::denied(message).info("IAM_PERMISSION_DENIED", "iam.googleapis.com", metadata)
}

/// The account that a path names, where the caller has a permission on it. Through `projects/-` nothing tells an account
/// that is not there from one that may not be seen.
pub(super) fn named(
    google: &mut Google<'_>,
    (project, id): (&str, &str),
    permission: &str,
) -> Result<Account, Failure> {
    let numeric = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_digit());
    let found = if numeric {
        by_unique_id(google.tx, id)
    } else {
        by_email(google.tx, id)
    };
    let found = found.filter(|account| account.visible_from <= google.tx.now());
    let path = format!("projects/{project}/serviceAccounts/{id}");
    let Some(account) = found else {
        let project = project::named(google.tx, project).filter(|_| project != "-");
        let seen = project.filter(|project| google.may(permission, &format!("projects/{}", project.id)));
        return match seen {
            Some(project) => {
                google.api_is_on("iam.googleapis.com", &project)?;
                Err(Failure::absent("Unknown service account"))
            }
            None => Err(refused(permission, &path)),
        };
    };
    let own = project::named(google.tx, &account.project).ok_or_else(|| refused(permission, &path))?;
    if project != "-" && project::named(google.tx, project).is_none_or(|named| named.id != own.id) {
        return Err(Failure::absent("Unknown service account"));
    }
    if !google.may(permission, &account.path()) {
        return Err(refused(permission, &path));
    }
    google.api_is_on("iam.googleapis.com", &own)?;
    Ok(account)
}

/// Answers what stands below `projects/{project}/serviceAccounts`.
pub(super) fn handle(google: &mut Google<'_>, project: &str, (ask, rest): (&Ask, &[&str])) -> Reply {
    match (ask.method, rest, ask.verb.as_deref()) {
        ("POST", [], None) => {
            let project = owned(google, project, "iam.serviceAccounts.create")?;
            create(google, &project)
        }
        ("GET", [], None) => {
            let project = owned(google, project, "iam.serviceAccounts.list")?;
            list(google, &project)
        }
        (_, [id, "keys", rest @ ..], _) => service_account_key::handle(google, (project, id), (ask, rest)),
        ("POST", [id], Some("undelete")) => undelete(google, project, id),
        (_, [id], _) => one(google, (project, id), ask),
        _ => Err(Failure::unknown(google.call)),
    }
}

fn owned(google: &mut Google<'_>, project: &str, permission: &str) -> Result<Project, Failure> {
    let path = format!("projects/{project}");
    let found = project::named(google.tx, project).ok_or_else(|| refused(permission, &path))?;
    if !google.may(permission, &format!("projects/{}", found.id)) {
        return Err(refused(permission, &path));
    }
    google.api_is_on("iam.googleapis.com", &found)?;
    Ok(found)
}

fn one(google: &mut Google<'_>, place: (&str, &str), ask: &Ask) -> Reply {
    let permission = match (ask.method, ask.verb.as_deref()) {
        ("GET", None) => "iam.serviceAccounts.get",
        ("PATCH" | "PUT", None) => "iam.serviceAccounts.update",
        ("DELETE", None) => "iam.serviceAccounts.delete",
        ("POST", Some("enable")) => "iam.serviceAccounts.enable",
        ("POST", Some("disable")) => "iam.serviceAccounts.disable",
        ("POST", Some("getIamPolicy" | "testIamPermissions")) => "iam.serviceAccounts.getIamPolicy",
        ("POST", Some("setIamPolicy")) => "iam.serviceAccounts.setIamPolicy",
        _ => return Err(Failure::unknown(google.call)),
    };
    let mut account = named(google, place, permission)?;
    match (ask.method, ask.verb.as_deref()) {
        ("GET", _) => Ok(Answer::json(200, &account.body())),
        ("PATCH", _) => patch(google, account),
        ("PUT", _) => {
            let written: Written = google.body()?;
            change(
                google,
                &mut account,
                &written,
                &["displayName".to_owned(), "description".to_owned()],
            )?;
            Ok(Answer::json(200, &account.body()))
        }
        ("DELETE", _) => {
            account.soft_deleted_at = Some(google.tx.now());
            google.tx.put(ACCOUNTS, &account.unique_id, &account);
            google.tx.delete(EMAILS, &account.email);
            policy::forget(google.tx, &account.path());
            service_account_key::set_deleted(google.tx, &account.unique_id, account.soft_deleted_at);
            Ok(Answer::json(200, &json!({})))
        }
        (_, Some(verb @ ("enable" | "disable"))) => {
            let Nothing {} = google.body()?;
            account.disabled = verb == "disable";
            google.tx.put(ACCOUNTS, &account.unique_id, &account);
            Ok(Answer::json(200, &json!({})))
        }
        (_, Some(verb)) => policy::answer(google, &account.path(), verb),
        _ => Err(Failure::unknown(google.call)),
    }
}

fn create(google: &mut Google<'_>, project: &Project) -> Reply {
    let request: CreateRequest = google.body()?;
    let id = &request.account_id;
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let fits = (6..=30).contains(&id.len())
        && id.chars().all(plain)
        && id.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !id.ends_with('-');
    if !fits {
        let message = format!(
            "The account ID \"{id}\" does not have a length between 6 and 30, or does not match [a-z]([-a-z0-9]*[a-z0-9])."
        );
        return Err(Failure::invalid_field("account_id", &message));
    }
    let written = request.service_account;
    check(&written)?;
    let email = format!("{id}@{}", domain(&project.id));
    if by_email(google.tx, &email).is_some() {
        let failure = Failure::exists(format!(
            "Service account {id} already exists within project projects/{}.",
            project.id
        ));
        return Err(failure.with(json!({
            "@type": "type.googleapis.com/google.rpc.ResourceInfo",
            "resourceName": format!("projects/{}/serviceAccounts/{email}", project.id),
        })));
    }
    let held: Vec<(String, Account)> = google.tx.scan(ACCOUNTS, "");
    let living = held
        .iter()
        .filter(|(_, account)| account.project == project.id && account.soft_deleted_at.is_none());
    if living.count() as u64 >= google.tx.knobs().quota_google_accounts {
        return Err(Failure::exhausted(format!(
            "Maximum number of service accounts on project reached. ({})",
            project.id
        )));
    }
    let lag = i64::try_from(google.tx.knobs().google_account_ms).unwrap_or(i64::MAX);
    let account = Account {
        project: project.id.clone(),
        unique_id: format!("1{}", google.tx.draw().text(20, b"0123456789")),
        name: email.clone(),
        email,
        display_name: written.display_name.unwrap_or_default(),
        description: written.description.unwrap_or_default(),
        disabled: false,
        etag: "MDEwMjE5MjA=".to_owned(),
        visible_from: clock::add(google.tx.now(), lag),
        soft_deleted_at: None,
    };
    google.tx.put(ACCOUNTS, &account.unique_id, &account);
    google.tx.put(EMAILS, &account.email, &account.unique_id);
    Ok(Answer::json(200, &account.body()))
}

fn check(written: &Written) -> Result<(), Failure> {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    if length(&written.display_name) > 100 {
        return Err(Failure::invalid_field(
            "service_account.display_name",
            "The display name must be at most 100 bytes long.",
        ));
    }
    if length(&written.description) > 256 {
        return Err(Failure::invalid_field(
            "service_account.description",
            "The description must be at most 256 bytes long.",
        ));
    }
    Ok(())
}

fn list(google: &mut Google<'_>, project: &Project) -> Reply {
    let now = google.tx.now();
    let mut accounts: Vec<Account> = google
        .tx
        .scan(ACCOUNTS, "")
        .into_iter()
        .map(|(_, account): (String, Account)| account)
        .collect();
    accounts.retain(|account| {
        account.project == project.id && account.soft_deleted_at.is_none() && account.visible_from <= now
    });
    accounts.sort_by(|a, b| a.email.cmp(&b.email));
    google.list("accounts", accounts.iter().map(Account::body).collect(), 100)
}

fn patch(google: &mut Google<'_>, mut account: Account) -> Reply {
    let request: PatchRequest = google.body()?;
    let mask = google
        .mask(request.update_mask.as_deref())
        .ok_or_else(|| Failure::invalid("The update mask must be specified."))?;
    if let Some(path) = mask
        .iter()
        .find(|path| !matches!(path.as_str(), "displayName" | "description"))
    {
        return Err(Failure::invalid(format!("The field {path} cannot be updated.")));
    }
    change(google, &mut account, &request.service_account, &mask)?;
    let mut body = json!({ "name": account.path() });
    for path in &mask {
        body[path] = if path == "description" {
            &account.description
        } else {
            &account.display_name
        }
        .as_str()
        .into();
    }
    Ok(Answer::json(200, &pruned(body)))
}

fn change(
    google: &mut Google<'_>,
    account: &mut Account,
    written: &Written,
    mask: &[String],
) -> Result<(), Failure> {
    check(written)?;
    if written
        .etag
        .as_ref()
        .is_some_and(|etag| !etag.is_empty() && !policy::same_etag(etag, &account.etag))
    {
        return Err(Failure::aborted(
            "There were concurrent changes of the service account: its etag does not match.",
        ));
    }
    // What the service decides may stand in the request and changes nothing.
    let ignored = [
        &written.name,
        &written.email,
        &written.project_id,
        &written.unique_id,
        &written.oauth2_client_id,
    ];
    tracing::trace!(
        ignored = ignored.iter().filter(|text| text.is_some()).count(),
        disabled = written.disabled,
        "a service account is updated"
    );
    for path in mask {
        match path.as_str() {
            "description" => account.description = written.description.clone().unwrap_or_default(),
            _ => account.display_name = written.display_name.clone().unwrap_or_default(),
        }
    }
    let draw: [u8; 6] = google.tx.draw().bytes();
    account.etag = policy::etag_of(&hex::encode(draw));
    google.tx.put(ACCOUNTS, &account.unique_id, account);
    Ok(())
}

fn undelete(google: &mut Google<'_>, project: &str, id: &str) -> Reply {
    let project =
        owned(google, project, "iam.serviceAccounts.undelete").or_else(|failure| match project {
            "-" => google
                .tx
                .get::<Account>(ACCOUNTS, id)
                .and_then(|account| project::named(google.tx, &account.project))
                .ok_or(failure),
            _ => Err(failure),
        })?;
    let Nothing {} = google.body()?;
    let gone = google
        .tx
        .get::<Account>(ACCOUNTS, id)
        .filter(|account| account.project == project.id && account.soft_deleted_at.is_some());
    let mut account = gone.ok_or_else(|| Failure::absent("Unknown service account"))?;
    if by_email(google.tx, &account.email).is_some() {
        return Err(Failure::precondition(
            "A service account of the same name exists.",
        ));
    }
    account.soft_deleted_at = None;
    google.tx.put(ACCOUNTS, id, &account);
    google.tx.put(EMAILS, &account.email, &account.unique_id);
    service_account_key::set_deleted(google.tx, id, None);
    Ok(Answer::json(200, &json!({ "restoredAccount": account.body() })))
}
