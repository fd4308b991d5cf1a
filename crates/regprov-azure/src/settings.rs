//! The provider configuration and the environment variables, merged by the rules of the public providers.

use regprov_addr::AttributePath;
use regprov_http::sanitize;
use regprov_provider::{ConnectRequest, Environment, Error, ErrorKind, Partial};
use zeroize::Zeroizing;

/// A text that must not be shown.
pub(crate) type SecretText = Zeroizing<String>;

/// What a provider configuration says, environment variables included.
pub(crate) struct Settings {
    pub(crate) subscription_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) auxiliary_tenants: Vec<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<SecretText>,
    /// Base64 of a PKCS#12 file.
    pub(crate) certificate: Option<SecretText>,
    pub(crate) certificate_path: Option<String>,
    pub(crate) certificate_password: Option<SecretText>,
    pub(crate) environment: Option<String>,
    pub(crate) metadata_host: Option<String>,
    pub(crate) oidc: Oidc,
    pub(crate) use_msi: bool,
    pub(crate) msi_endpoint: Option<String>,
    pub(crate) msi_api_version: Option<String>,
    pub(crate) use_cli: bool,
    pub(crate) use_aks: bool,
    pub(crate) correlation_id: bool,
    /// `features.resource_group.prevent_deletion_if_contains_resources`.
    pub(crate) keep_filled_groups: bool,
}

/// Tokens of other issuers.
pub(crate) struct Oidc {
    pub(crate) enabled: bool,
    pub(crate) token: Option<SecretText>,
    pub(crate) token_path: Option<String>,
    pub(crate) request_token: Option<SecretText>,
    pub(crate) request_url: Option<String>,
    pub(crate) devops_connection: Option<String>,
}

impl Oidc {
    fn read(read: &Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            enabled: read.truth("use_oidc", "ARM_USE_OIDC", false)?,
            token: read.secret("oidc_token", &["ARM_OIDC_TOKEN"]),
            token_path: read.owned("oidc_token_file_path", &["ARM_OIDC_TOKEN_FILE_PATH"]),
            request_token: read.secret(
                "oidc_request_token",
                &[
                    "ARM_OIDC_REQUEST_TOKEN",
                    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                    "SYSTEM_ACCESSTOKEN",
                ],
            ),
            request_url: read.owned(
                "oidc_request_url",
                &[
                    "ARM_OIDC_REQUEST_URL",
                    "ACTIONS_ID_TOKEN_REQUEST_URL",
                    "SYSTEM_OIDCREQUESTURI",
                ],
            ),
            devops_connection: read.owned(
                "ado_pipeline_service_connection_id",
                &[
                    "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
                    "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
                ],
            ),
        })
    }
}

/// Reads one argument after the other, from the configuration first, then from the environment.
struct Reader<'a> {
    config: Partial<'a>,
    environment: &'a Environment,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str, variables: &[&str]) -> Option<&'a str> {
        let written = self.config.text(name).filter(|text| !text.is_empty());
        written.or_else(|| {
            variables
                .iter()
                .find_map(|variable| self.environment.get(variable))
        })
    }

    fn owned(&self, name: &str, variables: &[&str]) -> Option<String> {
        self.text(name, variables).map(str::to_owned)
    }

    fn secret(&self, name: &str, variables: &[&str]) -> Option<SecretText> {
        self.text(name, variables)
            .map(|text| Zeroizing::new(text.to_owned()))
    }

    fn truth(&self, name: &str, variable: &str, default: bool) -> Result<bool, Error> {
        if let Some(truth) = self.config.truth(name) {
            return Ok(truth);
        }
        match self
            .environment
            .get(variable)
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            None => Ok(default),
            Some("true" | "1" | "t") => Ok(true),
            Some("false" | "0" | "f") => Ok(false),
            Some(other) => {
                let message = format!(
                    "{variable} is `{}`, which is neither true nor false",
                    sanitize(other)
                );
                Err(Error::new(ErrorKind::Invalid(Some(path(name))), message)
                    .remedy(format!("Set {variable} to true or false.")))
            }
        }
    }

    /// A value that may stand inline or in a file; where both are given they must agree.
    fn inline_or_file(&self, name: &str, variable: &str) -> Result<Option<SecretText>, Error> {
        let (file_name, file_variable) = (format!("{name}_file_path"), format!("{variable}_FILE_PATH"));
        let inline = self.secret(name, &[variable]);
        let Some(file) = self.text(&file_name, &[&file_variable]) else {
            return Ok(inline);
        };
        let content = read_file(file, &file_name)?;
        match inline {
            Some(inline) if inline != content => {
                let message = format!(
                    "`{name}` (or {variable}) and the content of `{file_name}` (or {file_variable}) are not the same"
                );
                Err(Error::new(ErrorKind::Invalid(Some(path(&file_name))), message)
                    .remedy(format!("Keep one of the two: `{name}` or `{file_name}`.")))
            }
            Some(_) | None => Ok(Some(content)),
        }
    }
}

fn path(name: &str) -> AttributePath {
    AttributePath::root().name(name)
}

/// The trimmed text of a file that an argument names.
pub(crate) fn read_file(file: &str, argument: &str) -> Result<SecretText, Error> {
    match std::fs::read_to_string(file) {
        Ok(content) => {
            let content = Zeroizing::new(content);
            Ok(Zeroizing::new(content.trim().to_owned()))
        }
        Err(error) => {
            let message = format!(
                "the file `{}` of `{argument}` cannot be read: {error}",
                sanitize(file)
            );
            Err(Error::new(ErrorKind::Invalid(Some(path(argument))), message)
                .remedy("Check the path, and that this user may read the file."))
        }
    }
}

impl Settings {
    /// Merges the configuration and the environment.
    pub(crate) fn read(request: &ConnectRequest<'_>) -> Result<Self, Error> {
        let read = Reader {
            config: Partial(request.config),
            environment: request.environment,
        };
        let plain = |text: SecretText| text.as_str().to_owned();
        let auxiliary = read
            .config
            .known("auxiliary_tenant_ids")
            .and_then(|list| list.as_items());
        let auxiliary = auxiliary.map_or_else(
            || {
                read.environment
                    .get("ARM_AUXILIARY_TENANT_IDS")
                    .unwrap_or_default()
                    .split(';')
                    .collect()
            },
            |items| items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>(),
        );
        let settings = Self {
            subscription_id: read.owned("subscription_id", &["ARM_SUBSCRIPTION_ID"]),
            tenant_id: read.owned("tenant_id", &["ARM_TENANT_ID"]),
            auxiliary_tenants: auxiliary
                .into_iter()
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect(),
            client_id: read.inline_or_file("client_id", "ARM_CLIENT_ID")?.map(plain),
            client_secret: read.inline_or_file("client_secret", "ARM_CLIENT_SECRET")?,
            certificate: read.secret("client_certificate", &["ARM_CLIENT_CERTIFICATE"]),
            certificate_path: read.owned("client_certificate_path", &["ARM_CLIENT_CERTIFICATE_PATH"]),
            certificate_password: read.secret(
                "client_certificate_password",
                &["ARM_CLIENT_CERTIFICATE_PASSWORD"],
            ),
            environment: read.owned("environment", &["ARM_ENVIRONMENT"]),
            metadata_host: read.owned("metadata_host", &["ARM_METADATA_HOSTNAME", "ARM_METADATA_HOST"]),
            oidc: Oidc::read(&read)?,
            use_msi: read.truth("use_msi", "ARM_USE_MSI", false)?,
            msi_endpoint: read.owned("msi_endpoint", &["ARM_MSI_ENDPOINT"]),
            msi_api_version: read.owned("msi_api_version", &["ARM_MSI_API_VERSION"]),
            use_cli: read.truth("use_cli", "ARM_USE_CLI", true)?,
            use_aks: read.truth(
                "use_aks_workload_identity",
                "ARM_USE_AKS_WORKLOAD_IDENTITY",
                false,
            )?,
            correlation_id: !read.truth(
                "disable_correlation_request_id",
                "ARM_DISABLE_CORRELATION_REQUEST_ID",
                false,
            )?,
            keep_filled_groups: keep_filled_groups(read.config),
        };
        if settings.use_aks {
            settings.with_aks(request.environment)
        } else {
            Ok(settings)
        }
    }

    /// Adds what the workload identity webhook of AKS injected.
    fn with_aks(mut self, environment: &Environment) -> Result<Self, Error> {
        let slots = [
            ("client_id", "AZURE_CLIENT_ID", &mut self.client_id),
            ("tenant_id", "AZURE_TENANT_ID", &mut self.tenant_id),
            (
                "oidc_token_file_path",
                "AZURE_FEDERATED_TOKEN_FILE",
                &mut self.oidc.token_path,
            ),
        ];
        for (name, variable, slot) in slots {
            let Some(injected) = environment.get(variable) else {
                let message = format!("`use_aks_workload_identity` is set, but {variable} is not");
                return Err(Error::new(ErrorKind::Unauthenticated, message).remedy(
                    "Run in a pod with the label `azure.workload.identity/use: \"true\"` and a service account \
                     that names a client id.",
                ));
            };
            if slot.as_deref().is_some_and(|written| written != injected) {
                let message =
                    format!("`{name}` and {variable}, which AKS workload identity sets, are not the same");
                return Err(Error::new(ErrorKind::Invalid(Some(path(name))), message)
                    .remedy(format!("Leave `{name}` away.")));
            }
            *slot = Some(injected.to_owned());
        }
        self.oidc.enabled = true;
        Ok(self)
    }
}

fn keep_filled_groups(config: Partial<'_>) -> bool {
    let first =
        |value: Option<&'_ regprov_value::Value>| value.and_then(|list| list.as_items()?.first().cloned());
    let Some(features) = first(config.known("features")) else {
        return true;
    };
    let Some(group) = first(Partial(&features).known("resource_group")) else {
        return true;
    };
    Partial(&group)
        .truth("prevent_deletion_if_contains_resources")
        .unwrap_or(true)
}
