//! Who calls: the access tokens that this sandbox's login issued, and nothing else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::azure::directory;
use crate::call::Call;
use crate::store::Transaction;

/// The API that a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Azure Resource Manager.
    ResourceManager,
    /// Microsoft Graph.
    Graph,
    /// The data plane of container registries.
    Registry,
    /// The audience of federated credentials, for a managed identity that acts as one.
    TokenExchange,
}

/// What kind of principal calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallerKind {
    /// The service principal of an application.
    Application,
    /// A managed identity.
    ManagedIdentity,
    /// A person.
    User,
}

/// A verified caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) object_id: String,
    pub(crate) app_id: String,
    pub(crate) tenant: String,
    pub(crate) audience: Audience,
    pub(crate) kind: CallerKind,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    /// There is no bearer token.
    Missing,
    /// It is not a token of this sandbox.
    Invalid,
    /// It was valid once.
    Expired,
    /// It is for another API.
    WrongAudience,
    /// Its principal was deleted or disabled since.
    PrincipalGone,
}

/// The caller of a request, when its token is for one of `audiences`.
pub(crate) fn verify(tx: &Transaction, call: &Call, audiences: &[Audience]) -> Result<Caller, TokenProblem> {
    let caller = decode(tx, call.bearer().ok_or(TokenProblem::Missing)?)?;
    if audiences.contains(&caller.audience) {
        Ok(caller)
    } else {
        Err(TokenProblem::WrongAudience)
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    oid: String,
    appid: String,
    tid: String,
    kind: CallerKind,
}

/// The principal of an access token, whatever API it is for.
pub(crate) fn decode(tx: &Transaction, token: &str) -> Result<Caller, TokenProblem> {
    let claims = tx.keys().verify_jwt(token).ok_or(TokenProblem::Invalid)?;
    let claims: Claims = serde_json::from_value(claims).map_err(|_| TokenProblem::Invalid)?;
    if claims.exp <= tx.now().as_second() {
        return Err(TokenProblem::Expired);
    }
    let audience = audience_of(&claims.aud).ok_or(TokenProblem::WrongAudience)?;
    if !directory::principal_is_active(tx, &claims.oid) {
        return Err(TokenProblem::PrincipalGone);
    }
    Ok(Caller {
        object_id: claims.oid,
        app_id: claims.appid,
        tenant: claims.tid,
        audience,
        kind: claims.kind,
    })
}

/// Which API a resource URI or application id names; the sandbox's own addresses count on every loopback name.
pub(crate) fn audience_of(resource: &str) -> Option<Audience> {
    match resource.trim_end_matches('/') {
        "https://management.azure.com"
        | "https://management.core.windows.net"
        | "797f4846-ba00-4fd7-ba43-dac1f8f63013" => {
            return Some(Audience::ResourceManager);
        }
        "https://graph.microsoft.com" | "00000003-0000-0000-c000-000000000000" => {
            return Some(Audience::Graph);
        }
        "https://containerregistry.azure.net" => return Some(Audience::Registry),
        "api://AzureADTokenExchange" => return Some(Audience::TokenExchange),
        _ => {}
    }
    let url = Url::parse(resource).ok()?;
    if !matches!(url.host_str()?, "localhost" | "127.0.0.1" | "[::1]") {
        return None;
    }
    match url.path().trim_matches('/') {
        "" => Some(Audience::ResourceManager),
        "graph" => Some(Audience::Graph),
        _ => None,
    }
}

/// What a new access token says.
pub(crate) struct Grant<'a> {
    pub(crate) object_id: &'a str,
    pub(crate) app_id: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) kind: CallerKind,
    pub(crate) issuer: &'a str,
    pub(crate) lifetime_seconds: i64,
}

/// Signs an access token with the claims that Azure's clients read.
pub(crate) fn issue(tx: &mut Transaction, grant: &Grant<'_>) -> String {
    let now: Timestamp = tx.now();
    let id = tx.new_uuid().simple().to_string();
    let user = grant.kind == CallerKind::User;
    let mut claims = json!({
        "aud": grant.resource, "iss": grant.issuer, "iat": now.as_second(), "nbf": now.as_second(),
        "exp": now.as_second() + grant.lifetime_seconds, "aio": "", "appid": grant.app_id, "appidacr": "1",
        "idp": grant.issuer, "idtyp": if user { "user" } else { "app" }, "oid": grant.object_id, "rh": "",
        "sub": grant.object_id, "tid": grant.tenant, "uti": id, "ver": "1.0", "kind": grant.kind,
    });
    if user {
        claims["scp"] = json!("user_impersonation openid");
    }
    tx.keys().sign_jwt(&claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_known_by_its_public_name_and_by_the_sandboxs_address() {
        assert_eq!(
            audience_of("https://management.core.windows.net/"),
            Some(Audience::ResourceManager)
        );
        assert_eq!(
            audience_of("https://localhost:8443/"),
            Some(Audience::ResourceManager)
        );
        assert_eq!(audience_of("http://127.0.0.1:80/graph"), Some(Audience::Graph));
        assert_eq!(
            audience_of("https://containerregistry.azure.net"),
            Some(Audience::Registry)
        );
        assert_eq!(audience_of("https://vault.azure.net"), None);
        assert_eq!(audience_of("https://localhost.example.com/"), None);
    }
}
