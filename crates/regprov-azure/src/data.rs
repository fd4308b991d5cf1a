//! Data sources: what is read and never managed.

mod application;
mod client_config;
mod container_registry;
mod directory_client_config;
mod resource_group;
mod role_definition;
mod service_principal;
mod subscription;
mod user_assigned_identity;

pub(crate) use application::ApplicationData;
pub(crate) use client_config::ClientConfig;
pub(crate) use container_registry::ContainerRegistryData;
pub(crate) use directory_client_config::DirectoryClientConfig;
pub(crate) use resource_group::ResourceGroupData;
pub(crate) use role_definition::RoleDefinitionData;
pub(crate) use service_principal::ServicePrincipalData;
pub(crate) use subscription::SubscriptionData;
pub(crate) use user_assigned_identity::UserAssignedIdentityData;

use crate::client::attribute;
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind};

/// Nothing has the name that was asked for.
fn absent(what: &str, named: &str, argument: &str) -> Error {
    let message = format!("there is no {what} `{}`", sanitize(named));
    Error::new(ErrorKind::Invalid(attribute(argument)), message).remedy(format!(
        "Check `{argument}`, the subscription and the tenant; what this run makes is read after it is made only where the data \
         source refers to it."
    ))
}

/// Which of several arguments names the object: exactly one does.
fn named<'a>(arguments: &[(&'static str, Option<&'a String>)]) -> Result<(&'static str, &'a str), Error> {
    let mut set = arguments
        .iter()
        .filter_map(|(name, value)| Some((*name, value.filter(|text| !text.is_empty())?.as_str())));
    match (set.next(), set.next()) {
        (Some(one), None) => Ok(one),
        (_, _) => {
            let names: Vec<String> = arguments.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("exactly one of {} must be set", names.join(", "));
            Err(Error::new(ErrorKind::Invalid(attribute(arguments[0].0)), message))
        }
    }
}

/// The single object of a search.
fn single<T>(found: Vec<T>, what: &str, (argument, text): (&str, &str)) -> Result<T, Error> {
    let count = found.len();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(absent(what, text, argument)),
        (Some(_), Some(_)) => {
            let message = format!(
                "{count} {what}s have the {argument} `{}`; one is wanted",
                sanitize(text)
            );
            Err(Error::new(ErrorKind::Invalid(attribute(argument)), message)
                .remedy("Name it by its object id or client id."))
        }
    }
}
