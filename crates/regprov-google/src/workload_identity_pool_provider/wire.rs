//! Providers of pools as the API writes them.

use super::{Aws, Certificate, Oidc, PoolProvider, Saml, TrustStore, X509};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Provider {
    #[serde(skip_serializing)]
    pub(super) name: Option<String>,
    #[serde(skip_serializing)]
    pub(super) state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attribute_mapping: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attribute_condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aws: Option<WireAws>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oidc: Option<WireOidc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saml: Option<WireSaml>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) x509: Option<WireX509>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireAws {
    account_id: String,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireOidc {
    issuer_uri: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_audiences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_json: Option<String>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireSaml {
    idp_metadata_xml: String,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireX509 {
    trust_store: WireTrustStore,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireTrustStore {
    trust_anchors: Vec<WireCertificate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    intermediate_cas: Vec<WireCertificate>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireCertificate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pem_certificate: Option<String>,
}

fn certificates(blocks: &[Certificate]) -> Vec<WireCertificate> {
    let certificates = blocks.iter().map(|block| WireCertificate {
        pem_certificate: block.pem_certificate.clone(),
    });
    certificates.collect()
}

fn certificate_blocks(wire: &[WireCertificate]) -> Vec<Certificate> {
    let certificates = wire.iter().map(|wire| Certificate {
        pem_certificate: wire.pem_certificate.clone(),
    });
    certificates.collect()
}

fn oidc(block: &Oidc) -> WireOidc {
    WireOidc {
        issuer_uri: block.issuer_uri.clone(),
        allowed_audiences: block.allowed_audiences.clone().unwrap_or_default(),
        jwks_json: block.jwks_json.clone().filter(|text| !text.is_empty()),
    }
}

fn x509(block: &X509) -> WireX509 {
    let store = block.trust_store.first();
    WireX509 {
        trust_store: WireTrustStore {
            trust_anchors: store
                .map(|store| certificates(&store.trust_anchors))
                .unwrap_or_default(),
            intermediate_cas: store
                .map(|store| certificates(&store.intermediate_cas))
                .unwrap_or_default(),
        },
    }
}

impl From<&PoolProvider> for Provider {
    fn from(object: &PoolProvider) -> Self {
        Self {
            name: None,
            state: None,
            display_name: Some(object.display_name.clone().unwrap_or_default()),
            description: Some(object.description.clone().unwrap_or_default()),
            disabled: Some(object.disabled.unwrap_or(false)),
            attribute_mapping: object.attribute_mapping.clone(),
            attribute_condition: Some(object.attribute_condition.clone().unwrap_or_default()),
            aws: object.aws.first().map(|block| WireAws {
                account_id: block.account_id.clone(),
            }),
            oidc: object.oidc.first().map(oidc),
            saml: object.saml.first().map(|block| WireSaml {
                idp_metadata_xml: block.idp_metadata_xml.clone(),
            }),
            x509: object.x509.first().map(x509),
        }
    }
}

/// The blocks of the four kinds.
type Kinds = (Vec<Aws>, Vec<Oidc>, Vec<Saml>, Vec<X509>);

impl Provider {
    /// The blocks that it means; those of `like` where they say the same.
    pub(super) fn kinds(&self, like: Option<&PoolProvider>) -> Kinds {
        if let Some(like) = like {
            let written = Self::from(like);
            let same = written.aws == self.aws
                && written.oidc == self.oidc
                && written.saml == self.saml
                && written.x509 == self.x509;
            if same {
                return (
                    like.aws.clone(),
                    like.oidc.clone(),
                    like.saml.clone(),
                    like.x509.clone(),
                );
            }
        }
        let aws = self.aws.iter().map(|wire| Aws {
            account_id: wire.account_id.clone(),
        });
        let oidc = self.oidc.iter().map(|wire| Oidc {
            issuer_uri: wire.issuer_uri.clone(),
            allowed_audiences: Some(wire.allowed_audiences.clone()).filter(|audiences| !audiences.is_empty()),
            jwks_json: wire.jwks_json.clone(),
        });
        let saml = self.saml.iter().map(|wire| Saml {
            idp_metadata_xml: wire.idp_metadata_xml.clone(),
        });
        let x509 = self.x509.iter().map(|wire| X509 {
            trust_store: vec![TrustStore {
                trust_anchors: certificate_blocks(&wire.trust_store.trust_anchors),
                intermediate_cas: certificate_blocks(&wire.trust_store.intermediate_cas),
            }],
        });
        (aws.collect(), oidc.collect(), saml.collect(), x509.collect())
    }
}
