//! Which handler a request to an API goes to.

use super::context::{Ask, Google, Reply};
use super::failure::Failure;
use super::{
    bucket, custom_role, federation, iam_credentials, project, repository, service, service_account,
};

/// Answers a request whose caller is known.
pub(super) fn answer(google: &mut Google<'_>) -> Reply {
    let ask = Ask::of(google.call);
    let host = google.host;
    match (host, ask.version.as_str()) {
        ("artifactregistry.googleapis.com", "v1" | "v1beta2") => repository::handle(google, &ask),
        ("cloudbilling.googleapis.com", "v1") => match (ask.method, ask.segments().as_slice()) {
            ("GET", ["projects", id, "billingInfo"]) => project::billing(google, id),
            _ => Err(Failure::unknown(google.call)),
        },
        ("cloudresourcemanager.googleapis.com", "v1" | "v3") => project::handle(google, &ask),
        ("iam.googleapis.com", "v1") => iam(google, &ask),
        ("iamcredentials.googleapis.com", "v1") => iam_credentials::handle(google, &ask),
        ("storage.googleapis.com" | "www.googleapis.com", "storage") => bucket::handle(google),
        ("serviceusage.googleapis.com", "v1") => service::handle(google, &ask),
        _ => Err(Failure::unknown(google.call)),
    }
}

fn iam(google: &mut Google<'_>, ask: &Ask) -> Reply {
    match ask.segments().as_slice() {
        ["projects", project, "serviceAccounts", rest @ ..] => {
            service_account::handle(google, project, (ask, rest))
        }
        ["projects", project, "roles", rest @ ..] => custom_role::of_project(google, project, (ask, rest)),
        [
            "projects",
            project,
            "locations",
            "global",
            "workloadIdentityPools",
            rest @ ..,
        ] => federation::handle(google, project, (ask, rest)),
        ["roles", rest @ ..] => custom_role::of_google(google, (ask, rest)),
        _ => Err(Failure::unknown(google.call)),
    }
}
