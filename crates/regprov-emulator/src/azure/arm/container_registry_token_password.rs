//! Passwords of registry tokens: generated on request, told once.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::container_registry::{self, action};
use super::container_registry_child::Child;
use super::container_registry_token::{PASSWORDS, SLOTS, TokenPassword, password_key, refresh_credentials};
use super::context::{Arm, Reply, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;
use crate::clock;

/// Generates one password of a token, or both.
pub(super) fn generate(arm: &mut Arm<'_>, registry_key: &str) -> Reply {
    arm.require(&action("generateCredentials/action"), registry_key)?;
    let registry = container_registry::find_active(arm, registry_key)?;
    let object = arm.object()?;
    fields::check(&object, "", &["tokenId", "expiry"], &[])?;
    let token_id = fields::required(&object, "tokenId")?.to_ascii_lowercase();
    let prefix = format!("{}/tokens/", registry.key());
    let token = token_id
        .strip_prefix(&prefix)
        .and_then(|name| Child::Token.named(arm.tx, &registry, name));
    let mut token = token.ok_or_else(|| {
        let message = format!(
            "The token '{token_id}' was not found in the registry '{}'.",
            registry.name
        );
        Answer::arm_error(404, "TokenNotFound", &message)
    })?;
    if token.provisioning_state(arm.tx.now()) != "Succeeded" {
        let message = format!(
            "The token '{}' is not active yet; wait for its operation.",
            token.name
        );
        return Err(Answer::arm_error(409, "TokenNotActive", &message));
    }
    let only = fields::choice(&object, "name", &SLOTS)?;
    let expiry = expiry(arm, fields::text(&object, "expiry")?)?;
    let mut told = Vec::new();
    for slot in SLOTS {
        let wanted = only.as_deref().is_none_or(|only| only == slot);
        let (password, secret) = if wanted {
            let (password, secret) = regenerate(arm, &token, slot, expiry);
            (Some(password), Some(secret))
        } else {
            (
                arm.tx
                    .get::<TokenPassword>(PASSWORDS, &password_key(&token, slot)),
                None,
            )
        };
        if let Some(password) = password {
            let mut value = password.wire();
            if let Some(secret) = secret {
                value["value"] = secret.into();
            }
            told.push(value);
        }
    }
    refresh_credentials(arm, &mut token);
    arm.tx.put(Child::Token.table(), &token.key(), &token);
    Ok(Answer::json(
        200,
        &json!({ "username": token.name, "passwords": Value::Array(told) }),
    ))
}

fn expiry(arm: &Arm<'_>, text: Option<&str>) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = text else { return Ok(None) };
    let expiry: Timestamp = text.parse().map_err(|_| {
        invalid(
            "InvalidParameter",
            &format!("The expiry '{text}' is not a time in RFC 3339."),
        )
    })?;
    if expiry <= arm.tx.now() {
        return Err(invalid(
            "InvalidParameter",
            "The expiry of a password must be in the future.",
        ));
    }
    Ok(Some(expiry))
}

/// A new password in a slot. A first one works at once; one that replaces another works after a while, until when the
/// other still does.
fn regenerate(
    arm: &mut Arm<'_>,
    token: &Resource,
    slot: &str,
    expiry: Option<Timestamp>,
) -> (TokenPassword, String) {
    let key = password_key(token, slot);
    let old: Option<TokenPassword> = arm.tx.get(PASSWORDS, &key);
    let secret = arm.tx.new_secret(52);
    let hash = arm.tx.hash_secret(&secret);
    let now = arm.tx.now();
    let lag = i64::try_from(arm.tx.knobs().token_regenerate_lag_ms).unwrap_or(i64::MAX);
    let password = TokenPassword {
        name: slot.to_owned(),
        created: now,
        expiry,
        effective_from: if old.is_some() { clock::add(now, lag) } else { now },
        hash,
        previous: old.map(|old| old.hash),
    };
    arm.tx.put(PASSWORDS, &key, &password);
    (password, secret)
}
