//! Where Google's services are: constants, unless an argument or a variable says otherwise.

use regprov_addr::AttributePath;
use regprov_http::BaseUri;
use regprov_provider::{Environment, Error, ErrorKind, Partial};

/// A service of Google that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    /// Repositories.
    ArtifactRegistry,
    /// Service accounts, keys, custom roles, workload identity pools.
    Iam,
    /// Projects and their policies.
    ResourceManager,
    /// The services of a project.
    ServiceUsage,
    /// Buckets.
    Storage,
    /// Tokens in the name of a service account.
    IamCredentials,
    /// The billing account of a project.
    Billing,
    /// Who we are.
    OpenId,
}

/// Product, host, version, and the arguments that replace both; the first is the current one.
const TABLE: &[(Product, &str, &str, &[&str])] = &[
    (
        Product::ArtifactRegistry,
        "artifactregistry",
        "v1",
        &["artifact_registry_custom_endpoint"],
    ),
    (
        Product::Iam,
        "iam",
        "v1",
        &["iam_beta_custom_endpoint", "iam_custom_endpoint"],
    ),
    (
        Product::ResourceManager,
        "cloudresourcemanager",
        "v1",
        &[
            "resource_manager_custom_endpoint",
            "cloud_resource_manager_custom_endpoint",
        ],
    ),
    (
        Product::ServiceUsage,
        "serviceusage",
        "v1",
        &["service_usage_custom_endpoint"],
    ),
    (
        Product::Storage,
        "storage",
        "storage/v1",
        &["storage_custom_endpoint"],
    ),
    (
        Product::IamCredentials,
        "iamcredentials",
        "v1",
        &["iam_credentials_custom_endpoint"],
    ),
    (
        Product::Billing,
        "cloudbilling",
        "v1",
        &["cloud_billing_custom_endpoint", "billing_custom_endpoint"],
    ),
    (
        Product::OpenId,
        "openidconnect",
        "v1",
        &["openidconnect_custom_endpoint"],
    ),
];

/// The domain where no universe is set.
pub(crate) const UNIVERSE: &str = "googleapis.com";

/// The host of a product, below the universe's domain.
pub(crate) fn service(product: Product) -> String {
    let row = TABLE.iter().find(|row| row.0 == product);
    let host = row.map_or("", |row| row.1);
    format!("{host}.{UNIVERSE}")
}

/// Every product with where it is.
pub(crate) fn read(
    config: Partial<'_>,
    environment: &Environment,
    universe: &str,
) -> Result<Vec<(Product, BaseUri)>, Error> {
    TABLE
        .iter()
        .map(|(product, host, version, arguments)| {
            let custom = arguments.iter().find_map(|argument| {
                let written = config.text(argument).map(str::to_owned);
                let variable = format!("GOOGLE_{}", argument.to_uppercase());
                let text = written.or_else(|| environment.get(&variable).map(str::to_owned))?;
                Some((*argument, text))
            });
            let base = match custom {
                Some((argument, text)) => custom_base(argument, &text)?,
                None => BaseUri::parse(&format!("https://{host}.{universe}/{version}"))
                    .map_err(|error| wrong("universe_domain", &error.to_string()))?,
            };
            Ok((*product, base))
        })
        .collect()
}

fn custom_base(argument: &'static str, text: &str) -> Result<BaseUri, Error> {
    let path = text.split_once("://").map_or("", |(_, rest)| rest);
    if !text.ends_with('/') || path.trim_end_matches('/').split('/').count() < 2 {
        let why = format!(
            "`{}` must end with the version of the API and a slash, as in https://artifactregistry.googleapis.com/v1/",
            regprov_http::sanitize(text)
        );
        return Err(wrong(argument, &why));
    }
    BaseUri::parse(text).map_err(|error| wrong(argument, &error.to_string()))
}

fn wrong(argument: &'static str, why: &str) -> Error {
    let path = AttributePath::root().name(argument);
    Error::new(
        ErrorKind::Invalid(Some(path)),
        format!("the address cannot be used: {why}"),
    )
}
