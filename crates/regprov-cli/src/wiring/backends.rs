//! What backends need of the rest of the program: who we are at Azure, connections with certificates of their own, programs.

use super::processes::Processes;
use async_trait::async_trait;
use regprov_azure::Services;
use regprov_backends::{AzureSignIn, Network, SignedIn, TlsNeeds};
use regprov_http::{
    ClientIdentity, Clock, Randomness, Reach, Redactor, ReqwestOptions, ReqwestTransport, RetryPolicy,
    Transport, Trust, standard_stack,
};
use regprov_provider::Environment;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use zeroize::Zeroizing;

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

/// Connections to one cluster, and its programs.
pub(super) struct OwnConnections {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
}

#[async_trait]
impl Network for OwnConnections {
    fn connect(&self, needs: &TlsNeeds) -> Result<Arc<dyn Transport>, String> {
        let mut options =
            ReqwestOptions::new(concat!("regprov/", env!("CARGO_PKG_VERSION")), Reach::Anywhere);
        if !needs.authorities.is_empty() {
            options.trust = Trust::Only(needs.authorities.clone());
        }
        options.identity = needs.identity.clone().map(ClientIdentity::new);
        let real = ReqwestTransport::new(options).map_err(|error| error.to_string())?;
        Ok(standard_stack(
            Arc::new(real),
            RetryPolicy::default(),
            &self.clock,
            &self.randomness,
        ))
    }

    async fn run(
        &self,
        program: &str,
        arguments: &[String],
        environment: &[(String, String)],
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let output = tokio::process::Command::new(program)
            .args(arguments)
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| format!("{error}."))?;
        if output.status.success() {
            Ok(Zeroizing::new(output.stdout))
        } else {
            Err(format!("it ended with {}.", output.status))
        }
    }
}
