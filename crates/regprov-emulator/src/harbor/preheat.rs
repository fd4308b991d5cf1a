//! Providers that spread images before they are pulled: `/p2p/preheat`.

use jiff::Timestamp;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::listing::list;
use super::route::{Route, route};
use super::rows::Row;
use crate::answer::Answer;

/// A provider's instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PreheatInstance {
    pub(super) id: u64,
    pub(super) name: String,
    description: String,
    vendor: String,
    endpoint: String,
    auth_mode: String,
    /// The names of what authenticates, with their values sealed.
    auth_info: Map<String, Value>,
    enabled: bool,
    is_default: bool,
    insecure: bool,
    set_up: Timestamp,
}

impl Row for PreheatInstance {
    const TABLE: &'static str = "harbor/preheat_instances";

    fn id(&self) -> u64 {
        self.id
    }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/p2p/preheat/providers", providers),
    route("GET", "/p2p/preheat/instances", list_instances),
    route("POST", "/p2p/preheat/instances", create),
    route("POST", "/p2p/preheat/instances/ping", ping),
    route("GET", "/p2p/preheat/instances/{preheat_instance_name}", get),
    route("PUT", "/p2p/preheat/instances/{preheat_instance_name}", update),
    route("DELETE", "/p2p/preheat/instances/{preheat_instance_name}", delete),
];

fn shown(instance: &PreheatInstance) -> Value {
    // What authenticates is told to nobody, and nobody asks the provider how it is.
    told(
        json!({
            "id": instance.id, "name": instance.name, "description": instance.description,
            "vendor": instance.vendor, "endpoint": instance.endpoint, "auth_mode": instance.auth_mode,
            "status": "Unknown", "enabled": instance.enabled, "default": instance.is_default,
            "insecure": instance.insecure, "setup_timestamp": instance.set_up.as_second(),
        }),
        &["enabled", "default", "insecure"],
    )
}

fn providers(api: &mut Api<'_>) -> Reply {
    api.require_system("preheat-instance", "list")?;
    let provider = |id: &str, name: &str, source: &str| json!({ "id": id, "name": name, "source": source });
    let body = json!([
        provider(
            "dragonfly",
            "Dragonfly",
            "https://github.com/dragonflyoss/dragonfly"
        ),
        provider("kraken", "Kraken", "https://github.com/uber/kraken"),
    ]);
    Ok(Answer::json(200, &body))
}

fn list_instances(api: &mut Api<'_>) -> Reply {
    api.require_system("preheat-instance", "list")?;
    let instances = api.rows.all::<PreheatInstance>();
    let rows = instances.iter().map(shown).collect();
    list(api, rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    id: u64,
    name: String,
    description: String,
    vendor: String,
    endpoint: String,
    auth_mode: String,
    auth_info: Map<String, Value>,
    enabled: bool,
    default: bool,
    insecure: bool,
}

/// Refuses names that no instance can have; nothing else is checked, as on the real server.
fn check(wish: &Wish) -> Result<(), Failure> {
    let form = Regex::new("^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$").expect("the pattern is fixed");
    if form.is_match(&wish.name) {
        Ok(())
    } else {
        Err(Failure::internal())
    }
}

fn check_free(api: &Api<'_>, wish: &Wish, except: u64) -> Result<(), Failure> {
    let others = api.rows.all::<PreheatInstance>();
    let mut others = others.iter().filter(|known| known.id != except);
    match others.find(|known| known.name == wish.name || known.endpoint == wish.endpoint) {
        Some(known) if known.endpoint == wish.endpoint => Err(Failure::conflict("resource conflict")),
        Some(_) => Err(Failure::conflict(format!(
            "instance {} already exists",
            wish.name
        ))),
        None => Ok(()),
    }
}

/// Takes the mark of the default instance off all others.
fn make_default(api: &mut Api<'_>, id: u64) {
    for mut other in api.rows.all::<PreheatInstance>() {
        if other.id != id && other.is_default {
            other.is_default = false;
            api.rows.save(&other);
        }
    }
}

fn sealed(api: &mut Api<'_>, id: u64, info: &Map<String, Value>) -> Map<String, Value> {
    let context = api.rows.key(format!("preheat/{id}"));
    info.iter()
        .map(|(name, value)| {
            let sealed = api.rows.tx.seal(&context, value.as_str().unwrap_or_default());
            (name.clone(), json!(sealed))
        })
        .collect()
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("instance")?;
    api.require_system("preheat-instance", "create")?;
    check(&wish)?;
    check_free(api, &wish, 0)?;
    let id = api.rows.new_id::<PreheatInstance>();
    let instance = PreheatInstance {
        id,
        auth_info: sealed(api, id, &wish.auth_info),
        name: wish.name,
        description: wish.description,
        vendor: wish.vendor,
        endpoint: wish.endpoint,
        auth_mode: wish.auth_mode,
        enabled: wish.enabled,
        is_default: wish.default,
        insecure: wish.insecure,
        set_up: api.rows.tx.now(),
    };
    if instance.is_default {
        make_default(api, id);
    }
    api.rows.save(&instance);
    Ok(api.created(&instance.name))
}

fn ping(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("instance")?;
    api.require_system("preheat-instance", "read")?;
    if wish.endpoint.is_empty() {
        return Err(Failure::bad_request("the endpoint of instance is required"));
    }
    check(&wish)?;
    Ok(done())
}

fn named(api: &Api<'_>) -> Result<PreheatInstance, Failure> {
    let name = api.path("preheat_instance_name");
    api.rows
        .find::<PreheatInstance>(|known| known.name == name)
        .ok_or_else(|| Failure::not_found(format!("instance {name} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("preheat-instance", "read")?;
    let instance = named(api)?;
    Ok(Answer::json(200, &shown(&instance)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("instance")?;
    api.require_system("preheat-instance", "update")?;
    let named = named(api)?;
    check(&wish)?;
    // The real server changes the instance whose id the body has, and with another one nothing.
    let Some(mut instance) = api.rows.row::<PreheatInstance>(wish.id) else {
        return Ok(done());
    };
    instance.auth_info = if !wish.auth_info.is_empty() {
        sealed(api, instance.id, &wish.auth_info)
    } else if wish.auth_mode == "NONE" {
        Map::new()
    } else {
        named.auth_info
    };
    instance.name = wish.name;
    instance.description = wish.description;
    instance.vendor = wish.vendor;
    instance.endpoint = wish.endpoint;
    instance.auth_mode = wish.auth_mode;
    instance.enabled = wish.enabled;
    instance.is_default = wish.default;
    instance.insecure = wish.insecure;
    if instance.is_default {
        make_default(api, instance.id);
    }
    api.rows.save(&instance);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    api.require_system("preheat-instance", "delete")?;
    let instance = named(api)?;
    api.rows.remove::<PreheatInstance>(instance.id);
    Ok(done())
}
