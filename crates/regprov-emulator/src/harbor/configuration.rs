//! The system's settings: `/configurations`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api::{Api, Reply, done};
use super::failure::Failure;
use super::instance::Instance;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::user::User;
use crate::answer::Answer;

/// What was changed of the settings; one record.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Configuration {
    changed: Map<String, Value>,
    /// Secret settings, sealed.
    sealed: Map<String, Value>,
}

impl Row for Configuration {
    const TABLE: &'static str = "harbor/configurations";

    fn id(&self) -> u64 {
        1
    }
}

/// A setting: its name, what it is without a change, and the release that knows it first.
struct Setting(&'static str, Usual, (u32, u32));

#[derive(Clone, Copy)]
enum Usual {
    Text(&'static str),
    Number(i64),
    Flag(bool),
    /// Told to nobody.
    Secret,
}

use Usual::{Flag, Number, Secret, Text};

/// The setting that says how people sign in.
const AUTH_MODE: &str = "auth_mode";

const AUTH_MODES: &[&str] = &["db_auth", "ldap_auth", "uaa_auth", "http_auth", "oidc_auth"];

const SETTINGS: &[Setting] = &[
    Setting(AUTH_MODE, Text("db_auth"), (2, 0)),
    Setting("primary_auth_mode", Flag(false), (2, 6)),
    Setting("http_authproxy_admin_groups", Text(""), (2, 0)),
    Setting("http_authproxy_admin_usernames", Text(""), (2, 2)),
    Setting("http_authproxy_endpoint", Text(""), (2, 0)),
    Setting("http_authproxy_server_certificate", Text(""), (2, 0)),
    Setting("http_authproxy_skip_search", Flag(false), (2, 0)),
    Setting("http_authproxy_tokenreview_endpoint", Text(""), (2, 0)),
    Setting("http_authproxy_verify_cert", Flag(true), (2, 0)),
    Setting("ldap_base_dn", Text(""), (2, 0)),
    Setting("ldap_filter", Text(""), (2, 0)),
    Setting("ldap_group_admin_dn", Text(""), (2, 0)),
    Setting("ldap_group_attach_parallel", Flag(false), (2, 9)),
    Setting("ldap_group_attribute_name", Text(""), (2, 0)),
    Setting("ldap_group_base_dn", Text(""), (2, 0)),
    Setting("ldap_group_membership_attribute", Text("memberof"), (2, 0)),
    Setting("ldap_group_search_filter", Text(""), (2, 0)),
    Setting("ldap_group_search_scope", Number(2), (2, 0)),
    Setting("ldap_scope", Number(2), (2, 0)),
    Setting("ldap_search_dn", Text(""), (2, 0)),
    Setting("ldap_search_password", Secret, (2, 0)),
    Setting("ldap_timeout", Number(5), (2, 0)),
    Setting("ldap_uid", Text("cn"), (2, 0)),
    Setting("ldap_url", Text(""), (2, 0)),
    Setting("ldap_verify_cert", Flag(true), (2, 0)),
    Setting("oidc_admin_group", Text(""), (2, 0)),
    Setting("oidc_auto_onboard", Flag(false), (2, 1)),
    Setting("oidc_client_id", Text(""), (2, 0)),
    Setting("oidc_client_secret", Secret, (2, 0)),
    Setting("oidc_endpoint", Text(""), (2, 0)),
    Setting("oidc_extra_redirect_parms", Text("{}"), (2, 1)),
    Setting("oidc_group_filter", Text(""), (2, 8)),
    Setting("oidc_groups_claim", Text(""), (2, 0)),
    Setting("oidc_logout", Flag(false), (2, 13)),
    Setting("oidc_name", Text(""), (2, 0)),
    Setting("oidc_scope", Text(""), (2, 0)),
    Setting("oidc_user_claim", Text(""), (2, 1)),
    Setting("oidc_verify_cert", Flag(true), (2, 0)),
    Setting("project_creation_restriction", Text("everyone"), (2, 0)),
    Setting("quota_per_project_enable", Flag(true), (2, 0)),
    Setting("storage_per_project", Number(-1), (2, 0)),
    Setting("read_only", Flag(false), (2, 0)),
    Setting("robot_name_prefix", Text("robot$"), (2, 3)),
    Setting("robot_token_duration", Number(30), (2, 0)),
    Setting("self_registration", Flag(false), (2, 0)),
    Setting("token_expiration", Number(30), (2, 0)),
    Setting("notification_enable", Flag(true), (2, 0)),
    Setting("uaa_client_id", Text(""), (2, 0)),
    Setting("uaa_client_secret", Secret, (2, 0)),
    Setting("uaa_endpoint", Text(""), (2, 0)),
    Setting("uaa_verify_cert", Flag(false), (2, 0)),
    Setting("session_timeout", Number(60), (2, 7)),
    Setting("scanner_skip_update_pulltime", Flag(false), (2, 8)),
    Setting("audit_log_forward_endpoint", Text(""), (2, 6)),
    Setting("skip_audit_log_database", Flag(false), (2, 6)),
    Setting("banner_message", Text(""), (2, 9)),
    Setting("disabled_audit_log_event_types", Text(""), (2, 13)),
];

/// Makes the record of settings, of which nothing is changed yet.
pub(super) fn reset(rows: &mut Rows<'_>) {
    rows.save(&Configuration::default());
}

/// The value of a setting as it stands.
pub(super) fn value(rows: &Rows<'_>, name: &str) -> Value {
    let kept = rows.row::<Configuration>(1).unwrap_or_default();
    if let Some(value) = kept.changed.get(name) {
        return value.clone();
    }
    let known = SETTINGS.iter().find(|setting| setting.0 == name);
    known.map_or(Value::Null, |setting| match setting.1 {
        Text(text) => json!(text),
        Number(number) => json!(number),
        Flag(flag) => json!(flag),
        Secret => Value::Null,
    })
}

/// Makes a way of signing in the one of this Harbor.
pub(super) fn sign_in_by(rows: &mut Rows<'_>, mode: &str) -> Result<(), String> {
    if !AUTH_MODES.contains(&mode) {
        return Err(format!(
            "The auth_mode {mode:?} is none of {}.",
            AUTH_MODES.join(", ")
        ));
    }
    let mut kept = rows.row::<Configuration>(1).unwrap_or_default();
    kept.changed.insert(AUTH_MODE.to_owned(), json!(mode));
    rows.save(&kept);
    Ok(())
}

/// Whether people sign in this way. Of an instance that stands for a Harbor outside nobody knows that before a client or a
/// scene says it: the first that needs a way settles it.
pub(super) fn signs_in_by(rows: &mut Rows<'_>, mode: &str) -> bool {
    let kept = rows.row::<Configuration>(1).unwrap_or_default();
    let open = !kept.changed.contains_key(AUTH_MODE)
        && Instance::get(rows.tx, &rows.name).is_some_and(|instance| instance.stands_for.is_some());
    text(rows, AUTH_MODE) == mode || open && sign_in_by(rows, mode).is_ok()
}

/// A setting that is a text.
pub(super) fn text(rows: &Rows<'_>, name: &str) -> String {
    value(rows, name).as_str().unwrap_or_default().to_owned()
}

/// A setting that is a number.
pub(super) fn number(rows: &Rows<'_>, name: &str) -> i64 {
    value(rows, name).as_i64().unwrap_or_default()
}

/// A setting that is on or off.
pub(super) fn flag(rows: &Rows<'_>, name: &str) -> bool {
    value(rows, name) == true
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/configurations", get),
    route("PUT", "/configurations", update),
    route("GET", "/internalconfig", internal),
];

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("configuration", "read")?;
    let fixed = auth_mode_is_fixed(api);
    let body: Map<String, Value> = SETTINGS
        .iter()
        .filter(|setting| !matches!(setting.1, Secret) && api.instance.version.has(setting.2.0, setting.2.1))
        .map(|setting| {
            let editable = setting.0 != "auth_mode" || !fixed;
            let value = json!({ "value": value(&api.rows, setting.0), "editable": editable });
            (
                setting.0.to_owned(),
                super::api::told(value, &["value", "editable"]),
            )
        })
        .collect();
    Ok(Answer::json(200, &body))
}

fn internal(_: &mut Api<'_>) -> Reply {
    Err(Failure::new(
        401,
        "UNAUTHORIZED",
        "only internal service is allowed to call this API",
    ))
}

/// Whether people beside the first administrator exist: then the way in which they log in stays.
fn auth_mode_is_fixed(api: &Api<'_>) -> bool {
    api.rows.find::<User>(|user| user.id != 1).is_some()
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish = api.object("configurations")?;
    api.require_system("configuration", "update")?;
    if let Some(mode) = wish.get("auth_mode")
        && *mode != value(&api.rows, "auth_mode")
        && auth_mode_is_fixed(api)
    {
        return Err(Failure::bad_request(
            "the auth mode cannot be modified as new users have been inserted into database",
        ));
    }
    let mut kept = api.rows.row::<Configuration>(1).unwrap_or_default();
    for (name, value) in wish {
        let Some(Setting(name, default, (major, minor))) = SETTINGS.iter().find(|setting| setting.0 == name)
        else {
            continue;
        };
        if !api.instance.version.has(*major, *minor) {
            continue;
        }
        check(name, *default, &value)?;
        if matches!(default, Secret) {
            let context = api.rows.key(format!("configuration/{name}"));
            let secret = value.as_str().unwrap_or_default();
            let sealed = api.rows.tx.seal(&context, secret);
            kept.sealed.insert((*name).to_owned(), json!(sealed));
        } else {
            kept.changed.insert((*name).to_owned(), value);
        }
    }
    api.rows.save(&kept);
    if flag(&api.rows, "skip_audit_log_database") && text(&api.rows, "audit_log_forward_endpoint").is_empty()
    {
        return Err(Failure::bad_request_because(
            "audit log forward endpoint should be configured before enable skip audit log in database",
        ));
    }
    Ok(done())
}

/// Refuses values that a setting cannot have.
fn check(name: &str, default: Usual, value: &Value) -> Result<(), Failure> {
    let fits = match default {
        Text(_) | Secret => value.is_string(),
        Number(_) => value.is_i64(),
        Flag(_) => value.is_boolean(),
    };
    if !fits {
        return Err(Failure::bad_request(format!(
            "parsing configurations body from \"\" failed, because json: cannot unmarshal {name}"
        )));
    }
    let text = value.as_str().unwrap_or_default();
    let refuse = |cause: String| Err(Failure::bad_request_because(cause));
    match name {
        AUTH_MODE if !AUTH_MODES.contains(&text) => refuse(format!(
            "invalid {name}, shoud be one of {}",
            AUTH_MODES.join(", ")
        )),
        "project_creation_restriction" if !matches!(text, "everyone" | "adminonly") => {
            refuse(format!("invalid {name}, should be one of everyone, adminonly"))
        }
        "ldap_base_dn" | "ldap_uid" | "ldap_url" | "robot_name_prefix" if text.is_empty() => {
            refuse("the value cannot be empty".to_owned())
        }
        "ldap_scope" | "ldap_group_search_scope" if !matches!(value.as_i64(), Some(0..=2)) => {
            refuse(format!("{name} should be 0, 1 or 2"))
        }
        "token_expiration" | "robot_token_duration" | "session_timeout" => match value.as_i64() {
            Some(1..=9_999_999_999) => Ok(()),
            Some(i64::MIN..=0) | None => {
                Err(Failure::bad_request(format!("the {name} value must be positive")))
            }
            Some(_) => Err(Failure::bad_request(format!(
                "the {name} value is over the limit value: 9999999999"
            ))),
        },
        _ => Ok(()),
    }
}
