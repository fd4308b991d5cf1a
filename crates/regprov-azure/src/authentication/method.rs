//! Which method signs us in, by the precedence of the public providers.

use super::assertion::Source;
use super::azure_cli::Account;
use super::certificate::Certificate;
use super::managed_identity::ManagedIdentity;
use crate::settings::{SecretText, Settings};
use regprov_provider::{Error, ErrorKind};

/// A way to sign in.
pub(crate) enum Method {
    /// A certificate of the application.
    ClientCertificate(Box<Certificate>),
    /// A secret of the application.
    ClientSecret(SecretText),
    /// A token of another issuer that the application trusts.
    Assertion(Source),
    /// The identity of this machine.
    ManagedIdentity(ManagedIdentity),
    /// Whoever ran `az login`.
    AzureCli(Account),
}

/// One place that was looked at, and why it does not serve.
pub(crate) struct Looked(pub(crate) &'static str, pub(crate) String);

impl Method {
    /// What it is called in messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ClientCertificate(_) => "client certificate",
            Self::ClientSecret(_) => "client secret",
            Self::Assertion(Source::Static(_)) => "OIDC token",
            Self::Assertion(Source::File(_)) => "OIDC token file",
            Self::Assertion(Source::GitHub { .. }) => "GitHub Actions OIDC",
            Self::Assertion(Source::AzureDevOps { .. }) => "Azure DevOps OIDC",
            Self::ManagedIdentity(_) => "managed identity",
            Self::AzureCli(_) => "Azure CLI",
        }
    }

    /// The first method that is enabled and configured, and what was looked at before it.
    pub(crate) fn choose(settings: &Settings) -> Result<(Self, Vec<Looked>), Error> {
        let mut looked = Vec::new();
        for attempt in [certificate, secret, oidc, managed_identity, azure_cli] {
            match attempt(settings)? {
                Ok(method) => return Ok((method, looked)),
                Err(reasons) => looked.extend(reasons),
            }
        }
        Err(missing(&looked))
    }
}

/// No method serves.
pub(crate) fn missing(looked: &[Looked]) -> Error {
    use std::fmt::Write as _;
    let mut message = String::from("there are no credentials for Azure. These places were looked at:");
    for Looked(place, reason) in looked {
        let _ = write!(message, "\n  - {place}: {reason}");
    }
    Error::new(ErrorKind::Unauthenticated, message).remedy(
        "On a workstation run `az login`. In CI set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or ARM_USE_OIDC=true. \
         With no account at all, use `-sandbox`.",
    )
}

type Attempt = Result<Result<Method, Vec<Looked>>, Error>;

/// The place does not serve: why.
fn not(place: &'static str, reason: impl Into<String>) -> Attempt {
    Ok(Err(vec![Looked(place, reason.into())]))
}

/// What of tenant and client id is missing, as a sentence.
fn incomplete(settings: &Settings) -> Option<String> {
    match (&settings.tenant_id, &settings.client_id) {
        (Some(_), Some(_)) => None,
        (None, Some(_)) => Some("it is set, but `tenant_id` (ARM_TENANT_ID) is not".to_owned()),
        (Some(_), None) => Some("it is set, but `client_id` (ARM_CLIENT_ID) is not".to_owned()),
        (None, None) => Some(
            "it is set, but `tenant_id` (ARM_TENANT_ID) and `client_id` (ARM_CLIENT_ID) are not".to_owned(),
        ),
    }
}

fn certificate(settings: &Settings) -> Attempt {
    const PLACE: &str = "client certificate";
    if settings.certificate.is_none() && settings.certificate_path.is_none() {
        return not(
            PLACE,
            "neither `client_certificate` (ARM_CLIENT_CERTIFICATE) nor `client_certificate_path` \
             (ARM_CLIENT_CERTIFICATE_PATH) is set",
        );
    }
    if let Some(reason) = incomplete(settings) {
        return not(PLACE, reason);
    }
    Certificate::load(settings).map(|certificate| Ok(Method::ClientCertificate(Box::new(certificate))))
}

fn secret(settings: &Settings) -> Attempt {
    const PLACE: &str = "client secret";
    let Some(secret) = &settings.client_secret else {
        return not(
            PLACE,
            "neither `client_secret` (ARM_CLIENT_SECRET) nor `client_secret_file_path` (ARM_CLIENT_SECRET_FILE_PATH) is set",
        );
    };
    match incomplete(settings) {
        Some(reason) => not(PLACE, reason),
        None => Ok(Ok(Method::ClientSecret(secret.clone()))),
    }
}

fn oidc(settings: &Settings) -> Attempt {
    const PLACE: &str = "OIDC";
    if !settings.oidc.enabled {
        return not(PLACE, "`use_oidc` (ARM_USE_OIDC) is not true");
    }
    let (token, url) = (&settings.oidc.request_token, &settings.oidc.request_url);
    let source = match (&settings.oidc.token, &settings.oidc.token_path, token, url) {
        (Some(token), _, _, _) => Source::Static(token.clone()),
        (None, Some(path), _, _) => Source::File(path.clone()),
        (None, None, Some(token), Some(url)) => {
            let (token, url) = (token.clone(), url.clone());
            match settings.oidc.devops_connection.clone() {
                Some(connection) => Source::AzureDevOps {
                    url,
                    token,
                    connection,
                },
                None => Source::GitHub { url, token },
            }
        }
        (None, None, _, _) => {
            return not(
                PLACE,
                "`use_oidc` is true, but there is no token: set `oidc_token` (ARM_OIDC_TOKEN), `oidc_token_file_path` \
                 (ARM_OIDC_TOKEN_FILE_PATH), or `oidc_request_url` and `oidc_request_token` (GitHub Actions sets these \
                 with `permissions: id-token: write`)",
            );
        }
    };
    match incomplete(settings) {
        Some(reason) => not(PLACE, reason),
        None => Ok(Ok(Method::Assertion(source))),
    }
}

fn managed_identity(settings: &Settings) -> Attempt {
    if !settings.use_msi {
        return not("managed identity", "`use_msi` (ARM_USE_MSI) is not true");
    }
    Ok(Ok(Method::ManagedIdentity(ManagedIdentity {
        endpoint: settings.msi_endpoint.clone(),
        api_version: settings.msi_api_version.clone(),
        client_id: settings.client_id.clone(),
    })))
}

fn azure_cli(settings: &Settings) -> Attempt {
    if !settings.use_cli {
        return not("Azure CLI", "`use_cli` (ARM_USE_CLI) is false");
    }
    let (tenant, subscription) = (settings.tenant_id.clone(), settings.subscription_id.clone());
    Ok(Ok(Method::AzureCli(Account { tenant, subscription })))
}
