//! The clouds: where login, resource manager and Graph are.

use regprov_http::{BaseUri, Request, Transport, is_loopback};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;
use url::Url;

/// One cloud.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    /// Its name.
    pub(crate) name: String,
    /// Where tokens are issued.
    pub(crate) login: BaseUri,
    /// The resource manager.
    pub(crate) arm: BaseUri,
    /// What a token for the resource manager is asked for: a URI without `/.default`.
    pub(crate) arm_audience: String,
    /// Microsoft Graph, without its version.
    pub(crate) graph: BaseUri,
    /// What a token for Graph is asked for: a URI without `/.default`.
    pub(crate) graph_audience: String,
}

/// The built-in clouds: names, login, resource manager, Graph.
const CLOUDS: &[(&[&str], [&str; 3])] = &[
    (
        &["public", "global", "azurepubliccloud", "azurecloud"],
        [
            "https://login.microsoftonline.com",
            "https://management.azure.com",
            "https://graph.microsoft.com",
        ],
    ),
    (
        &[
            "usgovernment",
            "usgovernmentl4",
            "azureusgovernment",
            "azureusgovernmentcloud",
        ],
        [
            "https://login.microsoftonline.us",
            "https://management.usgovcloudapi.net",
            "https://graph.microsoft.us",
        ],
    ),
    (
        &["dod", "usgovernmentl5"],
        [
            "https://login.microsoftonline.us",
            "https://management.usgovcloudapi.net",
            "https://dod-graph.microsoft.us",
        ],
    ),
    (
        &["china", "azurechinacloud"],
        [
            "https://login.chinacloudapi.cn",
            "https://management.chinacloudapi.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        ],
    ),
];

/// The built-in cloud of this name.
pub(crate) fn named(name: &str) -> Result<Cloud, Error> {
    let wanted = name.to_ascii_lowercase();
    let Some((names, addresses)) = CLOUDS.iter().find(|(names, _)| names.contains(&wanted.as_str())) else {
        let message = format!(
            "`environment` is `{}`, which is no Azure cloud",
            regprov_http::sanitize(name)
        );
        let path = regprov_addr::AttributePath::root().name("environment");
        return Err(Error::new(ErrorKind::Invalid(Some(path)), message)
            .remedy("Use public, usgovernment, dod or china, or set `metadata_host` for another cloud."));
    };
    let [login, arm, graph] = addresses;
    let base = |text: &str| BaseUri::parse(text).expect("the built-in addresses are valid");
    Ok(Cloud {
        name: names[0].to_owned(),
        login: base(login),
        arm: base(arm),
        arm_audience: (*arm).to_owned(),
        graph: base(graph),
        graph_audience: (*graph).to_owned(),
    })
}

/// What a metadata document says, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    authentication: Authentication,
    #[serde(rename = "resourceManager")]
    resource_manager: String,
    #[serde(rename = "microsoftGraphResourceId", default)]
    graph: String,
}

#[derive(Deserialize)]
struct Authentication {
    #[serde(rename = "loginEndpoint")]
    login: String,
}

/// Asks a metadata host what its cloud is. `host` is `HOST[:PORT]`, asked over HTTPS; `http://` is accepted for loopback.
pub(crate) async fn discovered(transport: &dyn Transport, host: &str) -> Result<Cloud, Error> {
    let (base, url) = metadata_url(host)?;
    let request =
        Request::get(url, "read the cloud's endpoints").header(http::header::ACCEPT, "application/json");
    let request = request.map_err(|error| failed(host, &error.to_string()))?;
    let response = transport
        .send(request)
        .await
        .map_err(|error| failed(host, &error.message))?;
    if !response.status.is_success() {
        return Err(failed(host, &format!("it answered {}", response.status)));
    }
    let metadata: Metadata = response
        .json()
        .map_err(|error| failed(host, &error.to_string()))?;
    let address = |name: &str, text: &str| {
        let parsed = BaseUri::parse(text.trim_end_matches('/'));
        parsed.map_err(|error| failed(host, &format!("its `{name}` is not usable: {error}")))
    };
    Ok(Cloud {
        name: if metadata.name.is_empty() {
            base.url().host_str().unwrap_or(host).to_owned()
        } else {
            metadata.name
        },
        login: address("authentication.loginEndpoint", &metadata.authentication.login)?,
        arm: address("resourceManager", &metadata.resource_manager)?,
        arm_audience: metadata.resource_manager.trim_end_matches('/').to_owned(),
        graph: address("microsoftGraphResourceId", &metadata.graph)?,
        graph_audience: metadata.graph.trim_end_matches('/').to_owned(),
    })
}

fn metadata_url(host: &str) -> Result<(BaseUri, Url), Error> {
    let text = if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    };
    let base = BaseUri::parse(&text).map_err(|error| failed(host, &error.to_string()))?;
    if base.url().scheme() == "http" && !is_loopback(base.url()) {
        return Err(failed(host, "plain HTTP is accepted for loopback addresses only"));
    }
    let mut url = base.path("/metadata/endpoints");
    url.set_query(Some("api-version=2022-09-01"));
    Ok((base, url))
}

fn failed(host: &str, reason: &str) -> Error {
    let message = format!(
        "the cloud's endpoints could not be read from `{}`: {reason}",
        regprov_http::sanitize(host)
    );
    Error::new(ErrorKind::Failed, message).remedy(
        "Check `metadata_host` (or ARM_METADATA_HOSTNAME): HOST or HOST:PORT of a service that answers \
         `GET /metadata/endpoints?api-version=2022-09-01`, with a certificate that this machine trusts.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_are_known_by_all_their_names() {
        assert_eq!(named("AzurePublicCloud").unwrap().name, "public");
        assert_eq!(
            named("usgovernmentl5").unwrap().graph_audience,
            "https://dod-graph.microsoft.us"
        );
        assert!(named("mars").unwrap_err().message.contains("no Azure cloud"));
    }

    #[test]
    fn a_metadata_host_is_asked_over_https_unless_it_is_loopback() {
        let url = |host: &str| metadata_url(host).map(|(_, url)| url.to_string());
        let expected = "https://localhost:8443/metadata/endpoints?api-version=2022-09-01";
        assert_eq!(url("localhost:8443").unwrap(), expected);
        assert!(
            url("http://127.0.0.1:8080")
                .unwrap()
                .starts_with("http://127.0.0.1:8080/")
        );
        assert!(url("http://example.com").is_err());
    }
}
