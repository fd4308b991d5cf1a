//! What a token grants, as it says itself. Some services give a token to whoever asks, with less in it than was asked for.

use crate::RegistryClient;
use crate::authentication::Scheme;
use crate::error::{RegistryError, RegistryErrorKind};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

#[derive(Deserialize)]
struct Claims {
    access: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

/// The actions on a repository that a token holds; `None` where it does not say.
fn actions(token: &str, repository: &str) -> Option<Vec<String>> {
    let claims = token.split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let of = claims
        .access
        .into_iter()
        .filter(|entry| entry.kind == "repository" && entry.name == repository);
    Some(of.flat_map(|entry| entry.actions).collect())
}

impl RegistryClient {
    /// Why a push would be refused, where the token for it says so itself.
    pub(crate) async fn is_not_granted(&self, repository: &str) -> Option<RegistryError> {
        let access = self.access().await.ok()?;
        let Scheme::Bearer { realm, service } = &access.scheme else {
            return None;
        };
        let scope = crate::content::pushing(repository);
        // What goes wrong here goes wrong again with the push, and is told there.
        let token = self.token(realm, service.as_deref(), Some(&scope)).await.ok()?;
        let held = actions(&token.secret, repository)?;
        if held.iter().any(|action| action == "push" || action == "*") {
            return None;
        }
        let allowed = match held.as_slice() {
            [] => "nothing".to_owned(),
            held => format!("`{}` alone", held.join("`, `")),
        };
        let message = format!(
            "the token service accepts the login, and its token allows {} on `{repository}`, not `push`",
            regprov_http::sanitize(&allowed)
        );
        Some(RegistryError::new(RegistryErrorKind::Denied, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_what_it_grants_on_a_repository() {
        let claims = r#"{"access":[{"type":"repository","name":"a/b","actions":["pull"]}]}"#;
        let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(actions(&token, "a/b").unwrap(), ["pull"]);
        assert!(actions(&token, "a/c").unwrap().is_empty());
        assert_eq!(actions("opaque", "a/b"), None);
        let other = format!("e30.{}.x", URL_SAFE_NO_PAD.encode("{}"));
        assert_eq!(actions(&other, "a/b"), None);
    }
}
