//! Docker Hub in the sandbox: whom a configuration names has a Docker ID there, and images are pushed to the sandbox's registry.

use regprov_emulator::{Client, DockerHubEndpoints, Scene, SceneDockerHub, SceneDockerUser};
use regprov_provider::{Error, ErrorKind, Partial, PushCredential, RegistryKind};
use regprov_value::Value;

/// The configuration, as whom it names where it names somebody with a password, else as the sandbox's operator.
pub(super) async fn provide(client: &Client, config: &Value) -> Result<Value, Error> {
    let written = Partial(config);
    let text = |name: &str| written.text(name).filter(|text| !text.is_empty());
    let login = text("username").zip(text("password"));
    let named = login.filter(|(_, password)| !password.starts_with("dckr_"));
    if let Some((username, password)) = named {
        let user = SceneDockerUser {
            username: username.to_owned(),
            password: Some(password.to_owned()),
            ..SceneDockerUser::default()
        };
        let scene = Scene {
            docker_hub: SceneDockerHub {
                users: vec![user],
                ..SceneDockerHub::default()
            },
            ..Scene::default()
        };
        client.seed(&scene).await.map_err(|error| {
            let name = regprov_addr::AttributePath::root().name("username");
            let message =
                format!("the sandbox could not provide the Docker ID of the configuration: {error}");
            Error::new(ErrorKind::Invalid(Some(name)), message)
        })?;
    }
    // A token that the configuration names is of the real service: the operator stands for its owner.
    let operator = named.is_none();
    let entries = config.as_entries().into_iter().flatten();
    Ok(Value::object(entries.map(|(name, value)| {
        let own = match name.as_ref() {
            "host" => true,
            "username" | "password" => operator,
            _ => false,
        };
        (
            name.clone(),
            if own {
                Value::null(value.ty())
            } else {
                value.clone()
            },
        )
    })))
}

/// The credentials, with the sandbox's registry in place of Docker Hub's.
pub(super) fn at_hand(mut credentials: Vec<PushCredential>, hub: &DockerHubEndpoints) -> Vec<PushCredential> {
    for credential in &mut credentials {
        if credential.kind == RegistryKind::DockerHub {
            credential.host.clone_from(&hub.registry);
        }
    }
    credentials
}
