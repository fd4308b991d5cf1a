//! Harbor in the sandbox: the instance that stands for the URL of a configuration, with the credentials that it gives.

use regprov_emulator::{Client, HarborAccess, Scene, SceneHarbor};
use regprov_provider::{Error, ErrorKind, Partial};
use regprov_value::Value;

/// The Harbor of a configuration that names none: its user has the URL in the environment, which the sandbox does not read.
const UNNAMED: &str = "https://harbor.example.com";

/// The configuration with the sandbox's instance in place of the Harbor that it names.
pub(super) async fn provide(client: &Client, config: &Value) -> Result<Value, Error> {
    let written = Partial(config);
    let text = |name: &str| {
        written
            .text(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let url = text("url").unwrap_or_else(|| UNNAMED.to_owned());
    let (username, password) = match (text("username"), text("password")) {
        (Some(username), Some(password)) => (Some(username), Some(password)),
        // Half of a login is completed by the environment, which the sandbox does not read.
        (_, _) => (None, None),
    };
    let harbor = SceneHarbor {
        url: url.clone(),
        username,
        password,
        bearer_token: text("bearer_token"),
        session_id: text("session_id"),
        ..SceneHarbor::default()
    };
    let scene = Scene {
        harbors: vec![harbor],
        ..Scene::default()
    };
    let failed = |why: String| {
        let message = format!(
            "the sandbox could not provide the Harbor at {}: {why}",
            regprov_http::sanitize(&url)
        );
        Error::new(
            ErrorKind::Invalid(Some(regprov_addr::AttributePath::root().name("url"))),
            message,
        )
    };
    let mut report = client
        .seed(&scene)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let access = report
        .harbors
        .remove(&url)
        .ok_or_else(|| failed("it did not tell where the instance is".to_owned()))?;
    Ok(replaced(config, &access))
}

fn replaced(config: &Value, access: &HarborAccess) -> Value {
    let entries = config.as_entries().into_iter().flatten();
    let replaced = entries.map(|(name, value)| {
        let own = match name.as_ref() {
            "url" => Some(access.url.as_str()),
            "username" => access.username.as_deref(),
            "password" => access.password.as_deref(),
            _ => None,
        };
        (name.clone(), own.map_or_else(|| value.clone(), Value::string))
    });
    Value::object(replaced)
}
