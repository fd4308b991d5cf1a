//! The token endpoint of Entra: secrets and assertions for tokens, and what its refusals mean.

use super::{Login, Method, assertion};
use crate::settings::SecretText;
use http::Method as Verb;
use jiff::Timestamp;
use regprov_http::{Request, Response, Token, TokenError, TokenErrorKind, sanitize};
use serde::Deserialize;
use std::time::Duration;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A number that some services write as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Lenient {
    Number(i64),
    Text(String),
}

impl Lenient {
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    expires_in: Option<Lenient>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<i64>,
}

/// Asks the token endpoint.
pub(super) async fn fetch(login: &Login, audience: &str) -> Result<Token, TokenError> {
    let tenant = login.tenant.as_deref().unwrap_or("common");
    let client = login.client_id.as_deref().unwrap_or_default();
    let url = login.cloud.login.segments([tenant, "oauth2", "v2.0", "token"]);
    let scope = format!("{audience}/.default");
    let proof: SecretText = match &*login.method {
        Method::ClientSecret(secret) => secret.clone(),
        Method::ClientCertificate(certificate) => {
            certificate.assertion(url.as_str(), client, &login.services)?
        }
        Method::Assertion(source) => assertion::fetch(source, &login.services).await?,
        Method::ManagedIdentity(_) | Method::AzureCli(_) => {
            let message = "this method asks another service for its tokens. This is a bug in regprov";
            return Err(TokenError::new(TokenErrorKind::NotConfigured, message));
        }
    };
    let mut form = vec![
        ("client_id", client),
        ("grant_type", "client_credentials"),
        ("scope", &scope),
    ];
    if matches!(*login.method, Method::ClientSecret(_)) {
        form.push(("client_secret", &proof));
    } else {
        form.extend([
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", &proof),
        ]);
    }
    let request = Request::new(Verb::POST, url, "sign in to Azure")
        .form(&form)
        .idempotent()
        .sensitive();
    let response = login
        .services
        .transport
        .send(request)
        .await
        .map_err(unreachable)?;
    if !response.status.is_success() {
        return Err(refused(login, &response));
    }
    let granted: Granted = response.json().map_err(|error| {
        TokenError::new(
            TokenErrorKind::Unavailable,
            "the token endpoint gave an answer that is no token",
        )
        .with_source(error)
    })?;
    let life = granted
        .expires_in
        .as_ref()
        .and_then(Lenient::number)
        .unwrap_or(3600);
    Ok(Token::new(
        granted.access_token.as_str(),
        expiry(login.services.clock.now(), life),
    ))
}

/// The instant some seconds from now.
pub(super) fn expiry(now: Timestamp, seconds: i64) -> Timestamp {
    let life = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

/// The token service gave no answer.
pub(super) fn unreachable(error: regprov_http::TransportError) -> TokenError {
    let message = format!("the token service gave no answer: {}", error.message);
    TokenError::new(TokenErrorKind::Unavailable, message).with_source(error)
}

fn refused(login: &Login, response: &Response) -> TokenError {
    let Ok(refused) = response.json::<Refused>() else {
        let message = format!("the token endpoint answered {}", response.status);
        return TokenError::new(TokenErrorKind::Unavailable, message);
    };
    let code = refused
        .error_codes
        .first()
        .copied()
        .or_else(|| number(&refused.error_description));
    let said = refused
        .error_description
        .split(['\r', '\n'])
        .next()
        .unwrap_or_default();
    let said = sanitize(login.services.redactor.scrub(said).as_ref());
    let client = login.client_id.as_deref().unwrap_or_default();
    let tenant = login.tenant.as_deref().unwrap_or("common");
    let (what, remedy) = meaning(code, &refused.error, client, tenant, &login.method);
    let kind = if response.status.is_server_error() || response.status.as_u16() == 429 {
        TokenErrorKind::Unavailable
    } else {
        TokenErrorKind::Rejected
    };
    let error = sanitize(&refused.error);
    TokenError::new(kind, format!("{what} Entra says ({error}): {said}\n{remedy}"))
}

/// `AADSTS7000215: …` → 7000215.
fn number(description: &str) -> Option<i64> {
    let digits = description.strip_prefix("AADSTS")?;
    digits
        .split(|character: char| !character.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// What a refusal means, and what to do. The numbers are documented as unstable, so an unknown one is no error here.
fn meaning(code: Option<i64>, error: &str, client: &str, tenant: &str, method: &Method) -> (String, String) {
    let reset = format!("az ad app credential reset --id {client} --append");
    match code {
        Some(7_000_222) => (
            format!("The client secret of the application {client} has expired."),
            format!("Make a new one, and set it as `client_secret` or ARM_CLIENT_SECRET:\n\n    {reset}"),
        ),
        Some(7_000_215) => (
            format!("The client secret of the application {client} is wrong."),
            format!(
                "Set the secret's value, not its id, as `client_secret` or ARM_CLIENT_SECRET; `{reset}` makes a new one."
            ),
        ),
        Some(700_016) => (
            format!("There is no application {client} in the tenant {tenant}."),
            "Check `client_id` (ARM_CLIENT_ID) and `tenant_id` (ARM_TENANT_ID); an application made a moment ago may \
             need two minutes."
                .to_owned(),
        ),
        Some(90_002 | 900_023) => (
            format!("There is no tenant {tenant}."),
            "Check `tenant_id` (ARM_TENANT_ID): `az account show --query tenantId`.".to_owned(),
        ),
        Some(700_027) => (
            format!("The certificate is not one of the application {client}."),
            format!("Upload its public part: `az ad app credential reset --id {client} --append --cert @FILE`."),
        ),
        Some(70_021 | 700_211 | 700_212 | 700_213) => (
            format!("No federated credential of the application {client} fits the issuer, subject and audience of the token."),
            format!("Compare them: `az ad app federated-credential list --id {client}`. One made a moment ago may need a few minutes."),
        ),
        Some(700_024) => (
            "The token that proves who we are has expired.".to_owned(),
            "Ask for a fresh one; with `oidc_token_file_path` or a request URL regprov does so by itself.".to_owned(),
        ),
        Some(_) | None if error == "unauthorized_client" => (
            format!("The application {client} may not sign in to the tenant {tenant}."),
            "Check `client_id` and `tenant_id`.".to_owned(),
        ),
        Some(_) | None => (
            format!("The sign-in by {} was refused.", method.name()),
            "Check `tenant_id`, `client_id` and the credential.".to_owned(),
        ),
    }
}
