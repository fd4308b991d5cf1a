//! Who asks at Google: a token that is given, a service account's key, a person's sign-in, an identity of another provider, or
//! the account of the machine. Each may lend itself to another service account.

mod assertion;
mod exchange;
mod external;
mod file;

pub(crate) use assertion::pkcs8_of;
pub(crate) use exchange::Exchange;
pub(crate) use file::Credentials;

use crate::Services;
use crate::settings::{Given, Impersonated, Settings};
use async_trait::async_trait;
use jiff::Timestamp;
use regprov_http::{Token, TokenError, TokenErrorKind, TokenSource};
use regprov_provider::{Error, ErrorKind};
use zeroize::Zeroizing;

/// Where tokens come from: credentials, and the service accounts that are asked to lend theirs.
pub(crate) struct Source {
    credentials: Credentials,
    impersonated: Option<Impersonated>,
    scopes: Vec<String>,
    exchange: Exchange,
}

impl Source {
    /// The source that the settings mean.
    pub(crate) fn new(
        settings: &mut Settings,
        services: &Services,
        exchange: Exchange,
    ) -> Result<Self, Error> {
        let nothing = Given::Token(Zeroizing::default());
        let given = std::mem::replace(&mut settings.given, nothing);
        let credentials = Credentials::of(given, services, &settings.universe)?;
        credentials.register(&services.redactor);
        Ok(Self {
            credentials,
            impersonated: settings.impersonated.take(),
            scopes: settings.scopes.clone(),
            exchange,
        })
    }

    /// Whose name requests are made in, as far as the credentials tell.
    pub(crate) fn identity(&self) -> String {
        match &self.impersonated {
            Some(account) => format!("{}, lent by {}", account.email, self.credentials.identity()),
            None => self.credentials.identity(),
        }
    }

    /// The project that the credentials are of.
    pub(crate) fn project(&self) -> Option<&str> {
        self.credentials.project()
    }

    /// Where keys sign in.
    pub(crate) fn token_uri(&self) -> String {
        self.credentials.token_uri()
    }

    /// The project that pays for requests in a person's name.
    pub(crate) fn quota_project(&self) -> Option<&str> {
        self.credentials.quota_project()
    }
}

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self, _audience: &str) -> Result<Token, TokenError> {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let Some(account) = &self.impersonated else {
            return self.credentials.token(&self.exchange, &scopes).await;
        };
        let own = ["https://www.googleapis.com/auth/cloud-platform"];
        let lender = self.credentials.token(&self.exchange, &own).await?;
        let url = self.exchange.lending(&account.email)?;
        self.exchange
            .lend(url, (lender.reveal(), &account.delegates), &scopes)
            .await
    }
}

/// A token that never expires, as far as we know.
fn lasting(token: &str) -> Token {
    Token::new(token, Timestamp::MAX)
}

fn not_configured(message: impl Into<String>) -> TokenError {
    TokenError::new(TokenErrorKind::NotConfigured, message)
}

/// An error of credentials, before anything is asked.
fn unusable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}
