//! The Azure CLI: whoever ran `az login` on this machine.

use super::Login;
use super::token_endpoint::{Lenient, expiry};
use crate::settings::SecretText;
use crate::{CommandError, RunCommand};
use jiff::Timestamp;
use regprov_http::{Token, TokenError, TokenErrorKind, sanitize};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Which account of the CLI is asked.
#[derive(Default)]
pub(crate) struct Account {
    /// The tenant; goes before the subscription.
    pub(crate) tenant: Option<String>,
    /// The subscription.
    pub(crate) subscription: Option<String>,
}

/// The CLI's current account.
#[derive(Deserialize)]
pub(crate) struct DefaultAccount {
    /// The subscription.
    pub(crate) id: String,
    /// The tenant.
    #[serde(rename = "tenantId")]
    pub(crate) tenant: String,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(rename = "accessToken")]
    access_token: SecretText,
    expires_on: Option<Lenient>,
}

/// Asks for the current account.
pub(crate) async fn default_account(runner: &dyn RunCommand) -> Result<DefaultAccount, TokenError> {
    run(runner, &["account", "show", "-o=json"]).await
}

/// Asks for a token.
pub(super) async fn fetch(login: &Login, account: &Account, audience: &str) -> Result<Token, TokenError> {
    let scope = format!("{audience}/.default");
    let mut arguments = vec!["account", "get-access-token", "-o=json", "--scope", &scope];
    match (&account.tenant, &account.subscription) {
        (Some(tenant), _) => arguments.extend(["--tenant", tenant]),
        (None, Some(subscription)) => arguments.extend(["--subscription", subscription]),
        (None, None) => {}
    }
    let granted: Granted = run(&*login.services.run_command, &arguments).await?;
    let on = granted.expires_on.as_ref().and_then(Lenient::number);
    let expires = on.and_then(|second| Timestamp::from_second(second).ok());
    let expires = expires.unwrap_or_else(|| expiry(login.services.clock.now(), 300));
    Ok(Token::new(granted.access_token.as_str(), expires))
}

async fn run<T: DeserializeOwned>(runner: &dyn RunCommand, arguments: &[&str]) -> Result<T, TokenError> {
    let output = runner.run("az", arguments).await.map_err(|error| {
        let message = match error {
            CommandError::NotFound => "the Azure CLI (`az`) is not installed, or not on the path",
            CommandError::Forbidden => "the Azure CLI is not asked in the sandbox",
            CommandError::Failed => "the Azure CLI (`az`) could not be started",
        };
        TokenError::new(TokenErrorKind::NotConfigured, message)
    })?;
    if !output.success {
        let text = String::from_utf8_lossy(&output.stderr);
        let said = text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or("no reason");
        let message = format!(
            "the Azure CLI gave no token: {}. Run `az login`, or `az login --tenant TENANT`.",
            sanitize(said).trim_end_matches('.')
        );
        return Err(TokenError::new(TokenErrorKind::Rejected, message));
    }
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let message = "the Azure CLI gave an answer that is not understood. Use version 2.60 or newer.";
        TokenError::new(TokenErrorKind::Unavailable, message)
    })
}
