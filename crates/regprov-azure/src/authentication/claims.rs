//! What an access token says about its bearer. The signature is the service's business.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The claims that matter here.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Claims {
    /// The object id of the principal.
    pub(crate) oid: Option<String>,
    /// The tenant.
    pub(crate) tid: Option<String>,
    /// The client id of the application.
    pub(crate) appid: Option<String>,
    /// Delegated scopes; a user's token has some.
    pub(crate) scp: Option<String>,
}

impl Claims {
    /// The claims of a token; `None` where it is no JWT.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether the bearer is a user.
    pub(crate) fn is_user(&self) -> bool {
        self.scp
            .as_deref()
            .is_some_and(|scopes| scopes.split(' ').any(|scope| scope == "openid"))
    }
}
