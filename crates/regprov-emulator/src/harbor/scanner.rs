//! Vulnerability scanners: `/scanners`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::instant;
use super::listing::list;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use crate::answer::Answer;

/// A scanner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Scanner {
    pub(super) id: u64,
    pub(super) uuid: String,
    pub(super) name: String,
    description: String,
    url: String,
    auth: String,
    disabled: bool,
    pub(super) is_default: bool,
    /// Installed with Harbor itself.
    immutable: bool,
    skip_cert_verify: bool,
    use_internal_addr: bool,
    created: Timestamp,
    updated: Timestamp,
}

impl Row for Scanner {
    const TABLE: &'static str = "harbor/scanners";

    fn id(&self) -> u64 {
        self.id
    }
}

/// The scanner that is installed with Harbor.
pub(super) fn add_trivy(rows: &mut Rows<'_>) {
    let now = rows.tx.now();
    let scanner = Scanner {
        id: rows.new_id::<Scanner>(),
        uuid: rows.tx.new_uuid().to_string(),
        name: "Trivy".to_owned(),
        description: "The Trivy scanner adapter".to_owned(),
        url: "http://trivy-adapter:8080".to_owned(),
        auth: String::new(),
        disabled: false,
        is_default: true,
        immutable: true,
        skip_cert_verify: false,
        use_internal_addr: true,
        created: now,
        updated: now,
    };
    rows.save(&scanner);
}

/// The scanner of a UUID.
pub(super) fn by_uuid(rows: &Rows<'_>, uuid: &str) -> Option<Scanner> {
    rows.find::<Scanner>(|scanner| scanner.uuid == uuid)
}

/// The scanner of a project: the one chosen for it, or the default one.
pub(super) fn of_project(rows: &Rows<'_>, chosen: Option<&str>) -> Option<Scanner> {
    chosen
        .and_then(|uuid| by_uuid(rows, uuid))
        .or_else(|| rows.find::<Scanner>(|scanner| scanner.is_default))
}

/// A scanner as answers tell it.
pub(super) fn shown(api: &Api<'_>, scanner: &Scanner) -> Value {
    let mut value = json!({
        "uuid": scanner.uuid, "name": scanner.name, "description": scanner.description, "url": scanner.url,
        "disabled": scanner.disabled, "is_default": scanner.is_default, "auth": scanner.auth,
        "skip_certVerify": scanner.skip_cert_verify, "use_internal_addr": scanner.use_internal_addr,
        "create_time": instant(scanner.created), "update_time": instant(scanner.updated),
        "adapter": "Trivy", "vendor": "Aqua Security", "version": "v0.62.1", "health": "healthy",
    });
    if api.instance.version.has(2, 11) {
        value["capabilities"] = json!({ "support_sbom": true, "support_vulnerability": true });
    }
    told(
        value,
        &[
            "disabled",
            "is_default",
            "skip_certVerify",
            "use_internal_addr",
            "auth",
        ],
    )
}

/// Answers with a page of all scanners.
pub(super) fn page_of_all(api: &Api<'_>) -> Reply {
    let rows = api
        .rows
        .all::<Scanner>()
        .iter()
        .map(|scanner| shown(api, scanner))
        .collect();
    list(api, rows)
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/scanners", list_scanners),
    route("POST", "/scanners", create),
    route("POST", "/scanners/ping", ping),
    route("GET", "/scanners/{registration_id}", get),
    route("PUT", "/scanners/{registration_id}", update),
    route("PATCH", "/scanners/{registration_id}", set_default),
    route("DELETE", "/scanners/{registration_id}", delete),
    route("GET", "/scanners/{registration_id}/metadata", metadata),
];

fn list_scanners(api: &mut Api<'_>) -> Reply {
    api.require_system("scanner", "list")?;
    page_of_all(api)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    name: String,
    description: String,
    url: String,
    auth: String,
    access_credential: String,
    disabled: bool,
    #[serde(rename = "skip_certVerify")]
    skip_cert_verify: bool,
    use_internal_addr: bool,
}

fn check(wish: &Wish) -> Result<(), Failure> {
    if wish.name.is_empty() {
        return Err(Failure::invalid("registration.name in body is required"));
    }
    if !Url::parse(&wish.url).is_ok_and(|url| url.has_host()) {
        return Err(Failure::invalid(format!(
            "registration.url in body must be of type uri: \"{}\"",
            wish.url
        )));
    }
    if !matches!(
        wish.auth.as_str(),
        "" | "Basic" | "Bearer" | "X-ScannerAdapter-API-Key"
    ) {
        return Err(Failure::bad_request_because(format!(
            "auth type {} is not supported",
            wish.auth
        )));
    }
    if !wish.auth.is_empty() && wish.access_credential.is_empty() {
        return Err(Failure::bad_request_because(
            "access_credential is required for auth",
        ));
    }
    Ok(())
}

fn check_free(api: &Api<'_>, wish: &Wish, except: u64) -> Result<(), Failure> {
    let taken = api
        .rows
        .find::<Scanner>(|known| known.id != except && (known.name == wish.name || known.url == wish.url));
    match taken {
        Some(_) => Err(Failure::conflict(format!(
            "registration name or url duplicated: {}",
            wish.name
        ))),
        None => Ok(()),
    }
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("registration")?;
    api.require_system("scanner", "create")?;
    check(&wish)?;
    check_free(api, &wish, 0)?;
    let now = api.rows.tx.now();
    let uuid = api.rows.tx.new_uuid().to_string();
    // A first scanner is the default one.
    let is_default = api.rows.find::<Scanner>(|scanner| scanner.is_default).is_none();
    let scanner = Scanner {
        id: api.rows.new_id::<Scanner>(),
        uuid: uuid.clone(),
        name: wish.name,
        description: wish.description,
        url: wish.url,
        auth: wish.auth,
        disabled: wish.disabled,
        is_default,
        immutable: false,
        skip_cert_verify: wish.skip_cert_verify,
        use_internal_addr: wish.use_internal_addr,
        created: now,
        updated: now,
    };
    api.rows.save(&scanner);
    Ok(api.created(uuid))
}

fn ping(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("settings")?;
    api.require_system("scanner", "create")?;
    check(&wish)?;
    Ok(done())
}

fn named(api: &Api<'_>) -> Result<Scanner, Failure> {
    let uuid = api.path("registration_id");
    by_uuid(&api.rows, uuid).ok_or_else(|| Failure::not_found(format!("scanner {uuid} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("scanner", "read")?;
    let scanner = named(api)?;
    Ok(Answer::json(200, &shown(api, &scanner)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("registration")?;
    api.require_system("scanner", "update")?;
    check(&wish)?;
    let mut scanner = named(api)?;
    if scanner.immutable {
        return Err(Failure::forbidden(
            "update of the immutable scanner is not allowed",
        ));
    }
    check_free(api, &wish, scanner.id)?;
    scanner.name = wish.name;
    scanner.description = wish.description;
    scanner.url = wish.url;
    scanner.auth = wish.auth;
    scanner.disabled = wish.disabled;
    scanner.skip_cert_verify = wish.skip_cert_verify;
    scanner.use_internal_addr = wish.use_internal_addr;
    scanner.updated = api.rows.tx.now();
    api.rows.save(&scanner);
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DefaultWish {
    is_default: bool,
}

fn set_default(api: &mut Api<'_>) -> Reply {
    let wish: DefaultWish = api.body("payload")?;
    api.require_system("scanner", "update")?;
    let chosen = named(api)?;
    if wish.is_default {
        for mut scanner in api.rows.all::<Scanner>() {
            scanner.is_default = scanner.id == chosen.id;
            api.rows.save(&scanner);
        }
    }
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    api.require_system("scanner", "delete")?;
    let scanner = named(api)?;
    if scanner.immutable {
        return Err(Failure::forbidden(
            "delete of the immutable scanner is not allowed",
        ));
    }
    api.rows.remove::<Scanner>(scanner.id);
    Ok(Answer::json(200, &shown(api, &scanner)))
}

fn metadata(api: &mut Api<'_>) -> Reply {
    api.require_system("scanner", "read")?;
    named(api)?;
    let body = json!({
        "scanner": { "name": "Trivy", "vendor": "Aqua Security", "version": "v0.62.1" },
        "capabilities": [{
            "type": "vulnerability",
            "consumes_mime_types": ["application/vnd.oci.image.manifest.v1+json"],
            "produces_mime_types": ["application/vnd.security.vulnerability.report; version=1.1"],
        }],
        "properties": { "harbor.scanner-adapter/scanner-type": "os-package-vulnerability" },
    });
    Ok(Answer::json(200, &body))
}
