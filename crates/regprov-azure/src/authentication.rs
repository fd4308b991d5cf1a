//! Who we are at Azure: one method, chosen once by the precedence of the public providers; a token per audience.
//!
//! Written over `Transport` throughout: the vendor's crate covers two of the methods below, reads environment variables and
//! sleeps by itself, and needs OpenSSL for certificates.

mod assertion;
mod azure_cli;
mod certificate;
mod claims;
mod managed_identity;
mod method;
mod token_endpoint;

pub(crate) use azure_cli::default_account;
pub(crate) use claims::Claims;
pub(crate) use method::{Looked, Method, missing};

use crate::Services;
use crate::environments::Cloud;
use async_trait::async_trait;
use regprov_http::{Token, TokenError, TokenSource};
use std::sync::Arc;

/// A login: a method, and what it needs. It fetches tokens; a `TokenCache` keeps them.
#[derive(Clone)]
pub struct Login {
    pub(crate) method: Arc<Method>,
    pub(crate) tenant: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) cloud: Cloud,
    pub(crate) services: Services,
}

#[async_trait]
impl TokenSource for Login {
    /// `audience` is a URI without `/.default`.
    async fn fetch(&self, audience: &str) -> Result<Token, TokenError> {
        let token = match &*self.method {
            Method::ClientSecret(_) | Method::ClientCertificate(_) | Method::Assertion(_) => {
                token_endpoint::fetch(self, audience).await
            }
            Method::ManagedIdentity(identity) => managed_identity::fetch(self, identity, audience).await,
            Method::AzureCli(account) => azure_cli::fetch(self, account, audience).await,
        }?;
        self.services.redactor.register(token.reveal());
        Ok(token)
    }
}
