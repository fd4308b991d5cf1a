//! Who we are, as the tokens say.

use super::{Client, quoted};
use crate::authentication::Claims;
use regprov_http::{Page, TokenError, TokenErrorKind};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;

/// Who we are.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The object id.
    pub(crate) object_id: String,
    /// The client id.
    pub(crate) client_id: String,
    /// The tenant.
    pub(crate) tenant_id: String,
}

#[derive(Deserialize)]
struct Object {
    id: String,
}

/// The error of a login.
pub(crate) fn unauthenticated(error: &TokenError) -> Error {
    let (message, remedy) = match error.message.split_once('\n') {
        Some((message, remedy)) => (message, Some(remedy.to_owned())),
        None => (error.message.as_str(), None),
    };
    let kind = match error.kind {
        TokenErrorKind::Rejected | TokenErrorKind::NotConfigured => ErrorKind::Unauthenticated,
        TokenErrorKind::Unavailable => ErrorKind::Transient,
    };
    let mut unauthenticated = Error::new(kind, format!("failed to sign in to Azure: {message}"));
    unauthenticated.remedy = remedy;
    unauthenticated
}

impl Client {
    /// The claims of the token for an audience.
    pub(crate) async fn claims(&self, audience: &str) -> Result<Claims, Error> {
        let token = self
            .tokens
            .get(audience)
            .await
            .map_err(|error| unauthenticated(&error))?;
        Ok(Claims::of(token.reveal()).unwrap_or_default())
    }

    /// Who we are; asked once.
    pub(crate) async fn caller(&self) -> Result<&Caller, Error> {
        self.caller.get_or_try_init(|| self.identified()).await
    }

    async fn identified(&self) -> Result<Caller, Error> {
        let claims = self.claims(&self.cloud.graph_audience).await?;
        let client_id = self
            .client_id
            .clone()
            .or_else(|| claims.appid.clone())
            .unwrap_or_default();
        let tenant_id = claims
            .tid
            .clone()
            .or_else(|| self.tenant_id.clone())
            .unwrap_or_default();
        let object_id = match &claims.oid {
            Some(id) => id.clone(),
            None if claims.is_user() => {
                let me: Option<Object> = self.graph.get("read who we are", "/me", &[]).await?;
                me.ok_or_else(|| unnamed("Graph does not know the user"))?.id
            }
            None => {
                let filter = format!("appId eq {}", quoted(&client_id));
                let query = [("$filter", filter.as_str())];
                let found: Option<Page<Object>> = self
                    .graph
                    .get("read who we are", "/servicePrincipals", &query)
                    .await?;
                let mut found = found.map(|page| page.value).unwrap_or_default();
                match (found.pop(), found.is_empty()) {
                    (Some(object), true) => object.id,
                    (_, _) => return Err(unnamed("Graph has no single service principal of the client id")),
                }
            }
        };
        Ok(Caller {
            object_id,
            client_id,
            tenant_id,
        })
    }
}

fn unnamed(reason: &str) -> Error {
    Error::new(
        ErrorKind::Failed,
        format!("who we are in the directory could not be told: {reason}"),
    )
}
