//! The push credentials of registry users.

use crate::container_registry::ContainerRegistry;
use crate::container_registry_user::RegistryUser;
use regprov_provider::{CredentialObject, Partial, PushCredential, RegistryKind, Resource, Rights};
use regprov_schema::Secret;
use regprov_value::Value;

/// A user with its password, joined with the registry that it is of.
pub(crate) fn push_credentials(objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
    let of_type = |name: &'static str| objects.iter().filter(move |object| object.resource_type == name);
    of_type(RegistryUser::TYPE)
        .filter_map(|user| {
            let view = Partial(user.value);
            let registry = of_type(ContainerRegistry::TYPE)
                .find(|registry| Partial(registry.value).text("id") == view.text("registry_id"))?;
            let host = host(registry.value)?;
            Some(PushCredential {
                address: user.address.clone(),
                host,
                username: view.text("user").or_else(|| view.text("login"))?.to_owned(),
                // A user that was imported has none here.
                secret: view
                    .text("password")
                    .filter(|text| !text.is_empty())
                    .map_or_else(Secret::default, |text| Secret::new(text.to_owned())),
                kind: RegistryKind::Harbor,
                rights: Rights {
                    pull: true,
                    push: true,
                    delete: true,
                },
                // A new Harbor has this project, and images are always of one.
                repository_prefix: Some("library/".to_owned()),
                probe: None,
                made_at: None,
                expires: None,
                warnings: vec![
                    "It is an administrator of the whole registry. Give builders a `harbor_robot_account` that may push to \
                     their project alone."
                        .to_owned(),
                ],
            })
        })
        .collect()
}

/// The host of a registry's images.
fn host(registry: &Value) -> Option<String> {
    let url = Partial(registry).text("url")?;
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    Some(host.trim_end_matches('/').to_owned()).filter(|host| !host.is_empty())
}
