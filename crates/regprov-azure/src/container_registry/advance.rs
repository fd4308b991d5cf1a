//! Carrying out a create or a change, one request at a time.

use super::normal::{Normal, replicas};
use super::observe::{complete, failure, object, replications, working};
use super::wire::{self, Stage, stage};
use super::{ContainerRegistry, Georeplication};
use crate::client::{Ask, Client};
use crate::id::RegistryId;
use crate::location;
use regprov_provider::{Created, Error, ErrorKind};
use std::time::Duration;

/// When to look again at what the service works on.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The first request: the registry itself.
pub(super) async fn create(
    client: &Client,
    id: &RegistryId,
    desired: &ContainerRegistry,
) -> Result<Created<ContainerRegistry>, Error> {
    let path = id.to_string();
    let mut change = Normal::difference(&Normal::service_default(), desired).unwrap_or_default();
    change.properties.admin_user_enabled = Some(desired.admin_enabled.unwrap_or(false));
    change.properties.zone_redundancy = desired
        .zone_redundancy_enabled
        .filter(|on| *on)
        .map(wire::capital);
    change.sku = Some(wire::Sku::new(&desired.sku));
    let put = wire::Put {
        location: location::normalize(&desired.location),
        change,
    };
    let ask = ContainerRegistry::ask(&path, "create the registry");
    let accepted = client
        .arm
        .put::<_, wire::Registry>(ask, &put)
        .await
        .map_err(explained)?;
    let state = accepted.body.properties.provisioning_state.clone();
    if desired.georeplications.is_empty() && stage(state.as_deref()) == Stage::Ready {
        return complete(client, accepted.body, Some(desired))
            .await
            .map(Created::Done);
    }
    let made = object(accepted.body, Some(desired));
    if desired.georeplications.is_empty() {
        let (reason, after) = (working(state.as_deref()), accepted.after);
        return Ok(Created::Pending {
            object: made,
            reason,
            after,
        });
    }
    Ok(Created::Step(made))
}

/// The next request towards what is desired; `from` is how the settings stood after the last one.
pub(super) async fn advance(
    client: &Client,
    id: &RegistryId,
    from: &ContainerRegistry,
    desired: &ContainerRegistry,
) -> Result<Created<ContainerRegistry>, Error> {
    let path = id.to_string();
    let ask = ContainerRegistry::ask(&path, "read the registry");
    let Some(wire) = client.arm.get::<wire::Registry>(ask).await? else {
        let message = format!("the registry {path} is not there");
        return Err(Error::new(ErrorKind::NotYetVisible, message));
    };
    let state = wire.properties.provisioning_state.as_deref();
    match stage(state) {
        Stage::Working => return Err(busy(working(state))),
        Stage::Failed => {
            if let Some(error) = failure(client, &wire).await {
                return Err(error);
            }
        }
        Stage::Ready => {}
    }
    let stands = wire.sku.tier().to_owned();
    if rank(&stands) < rank(&desired.sku) {
        set_sku(client, &path, desired).await?;
        return Ok(Created::Step(with_sku(from, desired)));
    }
    let listed = if desired.georeplications.is_empty() && from.georeplications.is_empty() {
        Vec::new()
    } else {
        replications(client, &wire).await?
    };
    if let Some(request) = next_replica(&listed, desired)? {
        request.send(client, &path).await?;
        return Ok(Created::Step(from.clone()));
    }
    if let Some(change) = Normal::difference(&Normal::of(from), desired) {
        let ask = ContainerRegistry::ask(&path, "change the registry");
        let accepted = client.arm.patch::<_, wire::Registry>(ask, &change).await?;
        let state = accepted.body.properties.provisioning_state.clone();
        if rank(&stands) == rank(&desired.sku) && stage(state.as_deref()) == Stage::Ready {
            return complete(client, accepted.body, Some(desired))
                .await
                .map(Created::Done);
        }
        return Ok(Created::Step(ContainerRegistry {
            sku: from.sku.clone(),
            ..known(from, desired)
        }));
    }
    if rank(&stands) > rank(&desired.sku) {
        set_sku(client, &path, desired).await?;
        return Ok(Created::Step(with_sku(from, desired)));
    }
    complete(client, wire, Some(desired)).await.map(Created::Done)
}

/// The desired object with the identity and the decided values of the one that stands.
fn known(from: &ContainerRegistry, desired: &ContainerRegistry) -> ContainerRegistry {
    ContainerRegistry {
        id: from.id.clone(),
        login_server: from.login_server.clone(),
        ..desired.clone()
    }
}

fn with_sku(from: &ContainerRegistry, desired: &ContainerRegistry) -> ContainerRegistry {
    ContainerRegistry {
        sku: desired.sku.clone(),
        ..from.clone()
    }
}

/// A change of the SKU is a request of its own: an upgrade before what needs it, a downgrade after what forbids it.
async fn set_sku(client: &Client, path: &str, desired: &ContainerRegistry) -> Result<(), Error> {
    let change = wire::Change {
        sku: Some(wire::Sku::new(&desired.sku)),
        ..wire::Change::default()
    };
    let ask = ContainerRegistry::ask(path, "change the registry's SKU");
    client
        .arm
        .patch::<_, wire::Registry>(ask, &change)
        .await
        .map(drop)
}

fn rank(sku: &str) -> u8 {
    match sku {
        "Premium" => 2,
        "Standard" => 1,
        _ => 0,
    }
}

/// The service is at work: the engine asks again.
fn busy(reason: String) -> Error {
    Error::new(ErrorKind::Throttled(Some(LOOK_AGAIN)), reason)
}

/// One request about a replica.
enum ReplicaRequest<'a> {
    Delete(String),
    Create(String, &'a Georeplication),
    Change(String, &'a Georeplication),
}

/// The next request about replicas. One at a time: the service refuses more per registry.
fn next_replica<'a>(
    listed: &[wire::Replication],
    desired: &'a ContainerRegistry,
) -> Result<Option<ReplicaRequest<'a>>, Error> {
    let wanted = replicas(desired);
    for replica in listed {
        let state = replica.properties.provisioning_state.as_deref();
        let place = location::normalize(&replica.location);
        match stage(state) {
            Stage::Working => {
                let doing = state.unwrap_or("busy").to_ascii_lowercase();
                return Err(busy(format!("the replica in {place} is {doing}")));
            }
            Stage::Failed if wanted.contains_key(&place) => {
                let message = format!("Azure could not finish the replica in {place}");
                return Err(Error::new(ErrorKind::Failed, message)
                    .remedy("Look at it in the portal; then remove the replica from the configuration and apply, or try again."));
            }
            Stage::Failed | Stage::Ready => {}
        }
    }
    if let Some(extra) = listed
        .iter()
        .find(|replica| !wanted.contains_key(&location::normalize(&replica.location)))
    {
        return Ok(Some(ReplicaRequest::Delete(extra.name.clone())));
    }
    for (place, wanted) in wanted {
        let Some(stands) = listed
            .iter()
            .find(|replica| location::normalize(&replica.location) == place)
        else {
            return Ok(Some(ReplicaRequest::Create(place, wanted)));
        };
        let routed = stands.properties.region_endpoint_enabled.unwrap_or(true);
        let tags = stands.tags.clone().unwrap_or_default();
        if routed != wanted.routed() || tags != wanted.tags.clone().unwrap_or_default() {
            return Ok(Some(ReplicaRequest::Change(stands.name.clone(), wanted)));
        }
    }
    Ok(None)
}

impl ReplicaRequest<'_> {
    async fn send(self, client: &Client, registry: &str) -> Result<(), Error> {
        let path = |name: &str| format!("{registry}/replications/{name}");
        let ask = |path, operation| Ask {
            path,
            version: super::VERSION,
            operation,
        };
        match self {
            Self::Delete(name) => client
                .arm
                .delete(ask(&path(&name), "delete a replica"))
                .await
                .map(drop),
            Self::Create(place, wanted) => {
                let body = wire::ReplicationPut::new(&place, wanted);
                let path = path(&place);
                client
                    .arm
                    .put::<_, wire::Replication>(ask(&path, "create a replica"), &body)
                    .await
                    .map(drop)
            }
            Self::Change(name, wanted) => {
                let body = wire::ReplicationPatch::new(wanted);
                let path = path(&name);
                client
                    .arm
                    .patch::<_, wire::Replication>(ask(&path, "change a replica"), &body)
                    .await
                    .map(drop)
            }
        }
    }
}

/// A taken name gets its remedy.
fn explained(mut error: Error) -> Error {
    if error.code.as_deref() == Some("RegistryNameAlreadyInUse") {
        error.remedy = Some("Registry names are unique in all of Azure: choose another `name`.".to_owned());
    }
    error
}
