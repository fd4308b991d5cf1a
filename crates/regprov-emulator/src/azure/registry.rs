//! The data plane of a container registry: ACR's token flow in front of the OCI distribution API.

use crate::answer::Answer;
use crate::call::Call;
use crate::oci::Blobs;
use crate::store::Transaction;

/// Answers a request to the registry `registry_name`.
pub(crate) fn handle(_tx: &mut Transaction, call: &Call, registry_name: &str, _blobs: &Blobs) -> Answer {
    Answer::unsupported(&format!(
        "{} {} of the registry {registry_name}",
        call.method, call.path
    ))
}
