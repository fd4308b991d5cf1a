//! What backends need of the clouds' executors: who we are at Azure.

use super::processes::Processes;
use async_trait::async_trait;
use regprov_azure::Services;
use regprov_backends::{AzureSignIn, SignedIn};
use regprov_http::{Clock, Randomness, Redactor, Transport};
use regprov_provider::Environment;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Signs in as the provider `azurerm` does.
pub(super) struct SignIn {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) redactor: Redactor,
    pub(super) transport: Option<Arc<dyn Transport>>,
}

#[async_trait]
impl AzureSignIn for SignIn {
    async fn sign_in(&self, environment: &BTreeMap<String, String>) -> Result<SignedIn, String> {
        let Some(transport) = &self.transport else {
            return Err("there is no network.".into());
        };
        let services = Services {
            transport: Arc::clone(transport),
            clock: Arc::clone(&self.clock),
            randomness: Arc::clone(&self.randomness),
            redactor: self.redactor.clone(),
            run_command: Arc::new(Processes),
        };
        let signed_in = regprov_azure::sign_in(&Environment(environment.clone()), &services)
            .await
            .map_err(|error| error.to_string())?;
        Ok(SignedIn {
            tokens: Arc::new(signed_in.login),
            manager: signed_in.manager,
            manager_audience: signed_in.manager_audience,
        })
    }
}
