//! What clients read before they log in: the cloud's endpoints and the discovery documents.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::azure::directory;
use crate::azure::locations::LOCATIONS;
use crate::call::Call;
use crate::store::Transaction;

/// The cloud's endpoints, in the shape of the api-version asked for. Clients take this document as the environment.
pub(crate) fn endpoints(_tx: &Transaction, call: &Call) -> Answer {
    let Some(version) = call.query("api-version") else {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Answer::arm_error(400, "MissingApiVersionParameter", text);
    };
    let base = call.base_url();
    match version {
        "2022-09-01" => Answer::json(200, &cloud(call)),
        "2019-05-01" | "2019-10-01" | "2020-06-01" => Answer::json(200, &json!([cloud(call)])),
        "2018-01-01" => {
            let locations: Vec<&str> = LOCATIONS.iter().map(|location| location.name).collect();
            Answer::json(
                200,
                &json!({
                    "galleryEndpoint": "", "graphEndpoint": format!("{base}/aadgraph"), "portalEndpoint": base,
                    "authentication": { "loginEndpoint": base, "audiences": audiences(call) },
                    "cloudEndpoint": { "public": { "endpoint": call.host, "locations": locations } },
                }),
            )
        }
        "2015-01-01" => Answer::json(
            200,
            &json!({
                "galleryEndpoint": "", "graphEndpoint": format!("{base}/aadgraph"), "portalEndpoint": base,
                "authentication": { "loginEndpoint": base, "audiences": audiences(call) },
            }),
        ),
        other => Answer::unsupported(&format!(
            "version {other:?} of the endpoints document; ask for 2022-09-01"
        )),
    }
}

fn audiences(call: &Call) -> Value {
    json!([
        call.base_url(),
        "https://management.core.windows.net/",
        "https://management.azure.com/"
    ])
}

fn cloud(call: &Call) -> Value {
    let base = call.base_url();
    json!({
        "name": "RegprovSandbox",
        "portal": base,
        "authentication": {
            "loginEndpoint": base, "audiences": audiences(call), "tenant": "common", "identityProvider": "AAD",
        },
        "resourceManager": base,
        "microsoftGraphResourceId": format!("{base}/graph"),
        "graph": format!("{base}/aadgraph"),
        "graphAudience": format!("{base}/aadgraph"),
        "media": "", "batch": "", "gallery": "", "vmImageAliasDoc": "", "activeDirectoryDataLake": "", "sqlManagement": "",
        "appInsightsResourceId": "", "appInsightsTelemetryChannelResourceId": "", "attestationResourceId": "",
        "synapseAnalyticsResourceId": "", "logAnalyticsResourceId": "", "ossrDbmsResourceId": "",
        "suffixes": {
            "acrLoginServer": "azurecr.sandbox.local", "keyVaultDns": "vault.sandbox.local",
            "mhsmDns": "managedhsm.sandbox.local", "storage": "core.sandbox.local",
            "storageSyncEndpointSuffix": "afs.sandbox.local", "sqlServerHostname": "database.sandbox.local",
            "mysqlServerEndpoint": "mysql.sandbox.local", "mariadbServerEndpoint": "mariadb.sandbox.local",
            "postgresqlServerEndpoint": "postgres.sandbox.local", "azureDataLakeStoreFileSystem": "adls.sandbox.local",
            "azureFrontDoorEndpointSuffix": "afd.sandbox.local", "synapseAnalytics": "synapse.sandbox.local",
            "attestationEndpoint": "attest.sandbox.local",
        },
    })
}

/// MSAL's instance discovery: this authority is one that may be trusted.
pub(crate) fn instance_discovery(call: &Call) -> Answer {
    let base = call.base_url();
    let tenant = call
        .query("authorization_endpoint")
        .and_then(|endpoint| url::Url::parse(endpoint).ok())
        .and_then(|endpoint| endpoint.path_segments()?.next().map(str::to_owned))
        .unwrap_or_else(|| "common".to_owned());
    Answer::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{ "preferred_network": call.host, "preferred_cache": call.host, "aliases": [call.host] }],
        }),
    )
}

/// The OpenID configuration of a tenant; `common` and `organizations` have one too.
pub(crate) fn openid_configuration(tx: &mut Transaction, call: &Call, tenant: &str) -> Answer {
    let own = directory::tenant(tx);
    let resolved = match tenant {
        "common" | "organizations" | "consumers" => tenant.to_owned(),
        _ if tenant == own.id || tenant == own.domain => own.id,
        _ => return super::token::unknown_tenant(tenant).answer(tx),
    };
    let base = call.base_url();
    Answer::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/{resolved}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/{resolved}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("{base}/{resolved}/v2.0"),
            "authorization_endpoint": format!("{base}/{resolved}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/{resolved}/oauth2/v2.0/devicecode"),
            "end_session_endpoint": format!("{base}/{resolved}/oauth2/v2.0/logout"),
            "tenant_region_scope": "EU",
        }),
    )
}
