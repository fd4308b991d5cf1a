//! Making and changing applications, request by request.

use super::blocks::ApplicationSecret;
use super::{Application, wire};
use crate::client::{Client, attribute, quoted};
use crate::password::{self, Wanted};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_provider::{
    CreateRequest, Created, Error, ErrorKind, Mark, Observed, ReadManyRequest, RevokeRequest, Revoked,
    UpdateRequest,
};
use regprov_schema::{Computed, Secret};
use std::collections::BTreeSet;

/// The path of the application that carries our key.
fn key_path(key: &str) -> String {
    format!("/applications(uniqueName={})", quoted(key))
}

/// The application that carries our key.
pub(super) async fn by_key(client: &Client, key: &str) -> Result<Option<wire::Application>, Error> {
    client
        .graph
        .get("look for the application", &key_path(key), &[])
        .await
}

/// The first request: the application itself.
pub(super) async fn create(request: &CreateRequest<'_, Application>) -> Result<Created<Application>, Error> {
    let (client, desired, key) = (request.client, request.desired, request.mark.text.as_str());
    let (_, made) = client
        .graph
        .upsert("create the application", &key_path(key), &desired.settings())
        .await?;
    let made = match made {
        Some(made) => made,
        None => by_key(client, key).await?.ok_or_else(|| {
            Error::new(
                ErrorKind::NotYetVisible,
                "the application was made and cannot be seen yet",
            )
        })?,
    };
    let object = Application::from_wire(made, Some(desired));
    if has_more(desired) {
        return Ok(Created::Step(object));
    }
    Ok(Created::Done(object))
}

/// Whether Graph wants requests of their own for parts of it.
fn has_more(desired: &Application) -> bool {
    desired
        .logo_image
        .as_deref()
        .is_some_and(|image| !image.is_empty())
        || desired.oauth2_post_response_required == Some(true)
        || desired.owners.as_ref().is_some_and(|owners| !owners.is_empty())
        || !desired.password.is_empty()
}

/// The requests after the first.
pub(super) async fn complete(
    client: &Client,
    made: &Application,
    desired: &Application,
    mark: &Mark,
) -> Result<Created<Application>, Error> {
    let path = made.id.get().cloned().unwrap_or_default();
    if let Some(image) = desired.logo_image.as_deref().filter(|image| !image.is_empty()) {
        set_logo(client, &path, image).await?;
    }
    if desired.oauth2_post_response_required == Some(true) {
        set_post_response(client, &path, true).await?;
    }
    if let Some(owners) = &desired.owners {
        set_owners(client, &path, owners).await?;
    }
    let mut object = made.clone();
    if let Some(secret) = desired.password.first() {
        object.password = BTreeSet::from([add_secret(client, &path, secret, mark).await?]);
    }
    Ok(Created::Done(object))
}

/// Removes the secret of the block that a lost answer told of; one that stands already is none.
pub(super) async fn revoke(request: &RevokeRequest<'_, Application>) -> Result<Revoked, Error> {
    let (client, path) = (request.client, request.id.to_string());
    let made = request.desired.password.first();
    let Some(secret) = made.filter(|secret| secret.key_id.get().is_none_or(String::is_empty)) else {
        return Ok(Revoked::Never);
    };
    let found = password::find(client, &path, &wanted(secret), request.mark).await?;
    let mut recorded = request.step.iter().flat_map(|step| &step.password);
    if recorded.any(|secret| secret.key_id.get().is_some_and(|key| found.contains(key))) {
        return Ok(Revoked::Never);
    }
    for key in &found {
        password::remove(client, &path, key).await?;
    }
    Ok(if found.is_empty() {
        Revoked::NotSeen
    } else {
        Revoked::Gone
    })
}

fn wanted(secret: &ApplicationSecret) -> Wanted<'_> {
    Wanted {
        display_name: Some(&secret.display_name),
        start_date: secret.start_date.get().map(String::as_str),
        end_date: secret.end_date.get().map(String::as_str),
        end_date_relative: None,
    }
}

async fn add_secret(
    client: &Client,
    path: &str,
    secret: &ApplicationSecret,
    mark: &Mark,
) -> Result<ApplicationSecret, Error> {
    let made = password::add(client, path, &wanted(secret), mark).await?;
    Ok(ApplicationSecret {
        display_name: made.display_name,
        start_date: Computed::known(made.start_date),
        end_date: Computed::known(made.end_date),
        key_id: Computed::known(made.key_id),
        value: Computed(made.value.reveal().map(|value| Secret::new(value.clone()))),
    })
}

/// Changes the application: first all but its secret, then a new secret, and once that is recorded the old one goes.
pub(super) async fn update(request: &UpdateRequest<'_, Application>) -> Result<Created<Application>, Error> {
    let (client, prior, desired, path) = (
        request.client,
        request.prior,
        request.desired,
        request.id.to_string(),
    );
    let Some(step) = request.step else {
        change(client, &path, prior, desired).await?;
        let mut object = written(prior, desired);
        object.password.clone_from(&prior.password);
        return Ok(if keeps_secret(prior, desired) {
            Created::Done(object)
        } else {
            Created::Step(object)
        });
    };
    let mut object = step.clone();
    let stood = |secret: &&ApplicationSecret| prior.password.iter().any(|old| old.key_id == secret.key_id);
    let made = step.password.iter().find(|secret| !stood(secret));
    let stays = made.or_else(|| kept(prior, desired)).cloned();
    if let (None, Some(secret)) = (&stays, desired.password.first()) {
        // The old one is valid until it is removed, and stands beside the new one until then.
        let made = add_secret(client, &path, secret, request.mark).await?;
        object.password.insert(made);
        return Ok(Created::Step(object));
    }
    for old in step.password.iter().filter(|old| Some(*old) != stays.as_ref()) {
        if let Some(key) = old.key_id.get() {
            password::remove(client, &path, key).await?;
        }
    }
    object.password = stays.into_iter().collect();
    Ok(Created::Done(object))
}

/// All changes but that of the secret.
async fn change(
    client: &Client,
    path: &str,
    prior: &Application,
    desired: &Application,
) -> Result<(), Error> {
    let (from, to) = (prior.settings(), desired.settings());
    if let Some(disable) = disabled(&from, &to) {
        client
            .graph
            .patch("disable roles that change", path, &disable)
            .await?;
    }
    client.graph.patch("change the application", path, &to).await?;
    if desired.logo_image != prior.logo_image
        && let Some(image) = desired.logo_image.as_deref().filter(|image| !image.is_empty())
    {
        set_logo(client, path, image).await?;
    }
    let (was, shall) = (
        prior.oauth2_post_response_required,
        desired.oauth2_post_response_required,
    );
    if was.unwrap_or(false) != shall.unwrap_or(false) {
        set_post_response(client, path, shall.unwrap_or(false)).await?;
    }
    if let Some(owners) = desired.owners.as_ref().filter(|_| desired.owners != prior.owners) {
        set_owners(client, path, owners).await?;
    }
    Ok(())
}

/// The application after a change that was accepted. It is not read back: the directory may still answer with the old one.
fn written(prior: &Application, desired: &Application) -> Application {
    let wire = wire::Application {
        id: prior.object_id.get().cloned().unwrap_or_default(),
        app_id: prior.client_id.get().cloned().unwrap_or_default(),
        disabled_by_microsoft_status: prior.disabled_by_microsoft.get().cloned(),
        publisher_domain: prior.publisher_domain.get().cloned(),
        application_template_id: prior.template_id.get().cloned(),
        settings: wire::Settings {
            tags: desired.settings().tags.or_else(|| prior.tags.get().cloned()),
            info: wire::Info {
                logo_url: prior.logo_url.get().cloned(),
                ..desired.settings().info
            },
            ..desired.settings()
        },
    };
    Application::from_wire(wire, Some(desired))
}

/// Enabled roles and scopes cannot go or change: the request that disables them, as they stand.
fn disabled(from: &wire::Settings, to: &wire::Settings) -> Option<wire::Disable> {
    let role_stays = |role: &wire::AppRole| {
        to.app_roles
            .iter()
            .any(|new| new.id == role.id && new.value == role.value && new.is_enabled == role.is_enabled)
    };
    let scope_stays = |scope: &wire::PermissionScope| {
        let scopes = &to.api.oauth2_permission_scopes;
        scopes
            .iter()
            .any(|new| new.id == scope.id && new.value == scope.value && new.is_enabled == scope.is_enabled)
    };
    let (mut roles, mut scopes) = (from.app_roles.clone(), from.api.oauth2_permission_scopes.clone());
    let mut any = false;
    for role in roles
        .iter_mut()
        .filter(|role| !role_stays(role) && role.is_enabled != Some(false))
    {
        role.is_enabled = Some(false);
        any = true;
    }
    for scope in scopes
        .iter_mut()
        .filter(|scope| !scope_stays(scope) && scope.is_enabled != Some(false))
    {
        scope.is_enabled = Some(false);
        any = true;
    }
    any.then_some(wire::Disable {
        app_roles: roles,
        api: wire::DisableScopes {
            oauth2_permission_scopes: scopes,
        },
    })
}

/// Whether the secret of the block stays as it is, and no other stands beside it.
fn keeps_secret(prior: &Application, desired: &Application) -> bool {
    let stays = usize::from(kept(prior, desired).is_some());
    prior.password.len() == stays && desired.password.len() == stays
}

/// The secret that is already as the block wants it. After a rotation whose old secret could not be removed there are two.
fn kept<'a>(prior: &'a Application, desired: &Application) -> Option<&'a ApplicationSecret> {
    let wanted = desired.password.first()?;
    let same = |old: &Computed<String>, new: &Computed<String>| new.get().is_none() || old == new;
    prior.password.iter().find(|old| {
        old.display_name == wanted.display_name
            && same(&old.start_date, &wanted.start_date)
            && same(&old.end_date, &wanted.end_date)
    })
}

/// Reads many applications at once.
pub(super) async fn read_many(
    request: &ReadManyRequest<'_, Application>,
) -> Result<Vec<Observed<Application>>, Error> {
    let paths: Vec<String> = request.wanted.iter().map(|(id, _)| id.to_string()).collect();
    let read: Vec<Option<wire::Application>> = request
        .client
        .graph
        .get_many("read the applications", &paths)
        .await?;
    let mut found = Vec::with_capacity(read.len());
    for ((read, path), (_, prior)) in read.into_iter().zip(&paths).zip(request.wanted) {
        let Some(wire) = read else {
            found.push(Observed::Absent);
            continue;
        };
        let object = Application::from_wire(wire, prior.as_ref());
        found.push(Observed::Present(
            with_separate_parts(request.client, path, object, prior.as_ref()).await?,
        ));
    }
    Ok(found)
}

/// Adds what the application's own answer does not hold: owners, and what only the beta version knows. Each is asked only
/// where it was written.
pub(super) async fn with_separate_parts(
    client: &Client,
    path: &str,
    object: Application,
    prior: Option<&Application>,
) -> Result<Application, Error> {
    let mut object = object;
    if prior.is_some_and(|prior| prior.owners.as_ref().is_some_and(|owners| !owners.is_empty())) {
        object.owners = Some(owners(client, path).await?);
    }
    if prior.is_some_and(|prior| prior.oauth2_post_response_required == Some(true)) {
        let query = [("$select", "oauth2RequirePostResponse")];
        let beta: Option<wire::Beta> = client
            .graph
            .get_beta("read the application", path, &query)
            .await?;
        object.oauth2_post_response_required = beta.and_then(|beta| beta.oauth2_require_post_response);
    }
    for secret in object.password.clone() {
        if let Some(key) = secret.key_id.get()
            && password::read(client, path, key, Some(&wanted(&secret)))
                .await?
                .is_none()
        {
            object.password.remove(&secret);
        }
    }
    Ok(object)
}

/// The object ids of the owners.
pub(crate) async fn owners(client: &Client, path: &str) -> Result<BTreeSet<String>, Error> {
    let query = [("$select", "id")];
    let listed: Option<Vec<wire::Object>> = client
        .graph
        .list("list the owners", &format!("{path}/owners"), &query)
        .await?;
    Ok(listed
        .unwrap_or_default()
        .into_iter()
        .map(|owner| owner.id)
        .collect())
}

/// Makes the owners be these; none is removed before all that shall be are there. An object needs an owner who may change
/// it, so that nobody is removed where none is wanted.
pub(crate) async fn set_owners(client: &Client, path: &str, wanted: &BTreeSet<String>) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let there = owners(client, path).await?;
    for id in wanted.iter().filter(|id| !there.contains(*id)) {
        let reference = wire::Reference {
            id: client.graph.reference(id),
        };
        client
            .graph
            .act("add an owner", &format!("{path}/owners/$ref"), &reference)
            .await?;
    }
    for id in there.iter().filter(|id| !wanted.contains(*id)) {
        client
            .graph
            .delete("remove an owner", &format!("{path}/owners/{id}/$ref"))
            .await?;
    }
    Ok(())
}

async fn set_logo(client: &Client, path: &str, image: &str) -> Result<(), Error> {
    let invalid = |what: &str| {
        Error::new(
            ErrorKind::Invalid(attribute("logo_image")),
            format!("`logo_image` {what}"),
        )
    };
    let bytes = STANDARD
        .decode(image.trim())
        .map_err(|_| invalid("is not base64"))?;
    let media_type = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        _ => return Err(invalid("is neither PNG nor JPEG nor GIF")),
    };
    client
        .graph
        .put_bytes(
            "set the application's picture",
            &format!("{path}/logo"),
            bytes,
            media_type,
        )
        .await
}

async fn set_post_response(client: &Client, path: &str, required: bool) -> Result<(), Error> {
    let body = wire::Beta {
        oauth2_require_post_response: Some(required),
    };
    client
        .graph
        .patch_beta("change the application", path, &body)
        .await
}
