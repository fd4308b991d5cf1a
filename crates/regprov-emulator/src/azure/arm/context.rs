//! One request to Resource Manager, with what every handler asks first.

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::azure::arm::authorization;
use crate::azure::arm::resource_provider;
use crate::azure::caller::Caller;
use crate::azure::locations::{self, LOCATIONS, Location};
use crate::azure::records::{RESOURCE_GROUPS, ResourceGroup, SUBSCRIPTIONS, Subscription};
use crate::call::Call;
use crate::store::Transaction;

/// An answer, or the refusal that ends the request.
pub(super) type Reply = Result<Answer, Answer>;

/// A request whose caller is known.
pub(super) struct Arm<'a> {
    pub(super) tx: &'a mut Transaction,
    pub(super) call: &'a Call,
    pub(super) caller: Caller,
}

impl Arm<'_> {
    /// Whether the caller may do an action at a scope.
    pub(super) fn may(&self, action: &str, scope: &str) -> bool {
        authorization::allows(self.tx, &self.caller.object_id, action, scope)
    }

    /// Refuses callers who may not do an action at a scope.
    pub(super) fn require(&self, action: &str, scope: &str) -> Result<(), Answer> {
        if self.may(action, scope) {
            return Ok(());
        }
        let message = format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
             '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            self.caller.app_id, self.caller.object_id
        );
        Err(Answer::arm_error(403, "AuthorizationFailed", &message))
    }

    /// The subscription of an id.
    pub(super) fn subscription(&self, id: &str) -> Result<Subscription, Answer> {
        self.tx
            .get(SUBSCRIPTIONS, &id.to_ascii_lowercase())
            .ok_or_else(|| {
                let message = format!("The subscription '{id}' could not be found.");
                Answer::arm_error(404, "SubscriptionNotFound", &message)
            })
    }

    /// The resource group of a name.
    pub(super) fn group(&self, subscription: &str, name: &str) -> Result<ResourceGroup, Answer> {
        let key = format!("/subscriptions/{subscription}/resourcegroups/{name}").to_ascii_lowercase();
        self.tx.get(RESOURCE_GROUPS, &key).ok_or_else(|| {
            let message = format!("Resource group '{name}' could not be found.");
            Answer::arm_error(404, "ResourceGroupNotFound", &message)
        })
    }

    /// Refuses namespaces that the subscription is not registered to use.
    pub(super) fn require_registered(&self, subscription: &str, namespace: &str) -> Result<(), Answer> {
        resource_provider::require(self.tx, subscription, namespace)
    }

    /// The body as a JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Answer> {
        self.call.json().map_err(|error| {
            let message = format!(
                "The request content was invalid and could not be deserialized: '{}'.",
                error.0
            );
            Answer::arm_error(400, "InvalidRequestContent", &message)
        })
    }

    /// The answer to a method that a path does not have.
    pub(super) fn no_such_method(&self) -> Answer {
        let message = format!(
            "The requested resource does not support http method '{}'.",
            self.call.method
        );
        Answer::arm_error(405, "MethodNotAllowed", &message)
    }

    /// `scheme://host` followed by a path, with the request's api-version.
    pub(super) fn link(&self, path: &str) -> String {
        let version = self.call.query("api-version").unwrap_or_default();
        format!("{}{path}?api-version={version}", self.call.base_url())
    }
}

/// A scope out of the segments of its path; `/` for none.
pub(super) fn scope_of(segments: &[String]) -> String {
    format!("/{}", segments.join("/"))
}

/// The location that a body names, for a type of resource.
pub(super) fn location_for(text: &str, kind: &str) -> Result<&'static Location, Answer> {
    locations::find(text).ok_or_else(|| {
        let known: Vec<&str> = LOCATIONS.iter().map(|location| location.name).collect();
        let message = format!(
            "The provided location '{text}' is not available for resource type '{kind}'. List of available regions for \
             the resource type is '{}'.",
            known.join(",")
        );
        Answer::arm_error(400, "LocationNotAvailableForResourceType", &message)
    })
}

/// The error of a resource that is not there; `what` is its type and name such as `Microsoft.X/ys/z`.
pub(super) fn not_found(what: &str, group: &str) -> Answer {
    let message = format!(
        "The Resource '{what}' under resource group '{group}' was not found. For more details please go to \
         https://aka.ms/ARMResourceNotFoundFix"
    );
    Answer::arm_error(404, "ResourceNotFound", &message)
}

/// The error of a body that cannot be taken.
pub(super) fn invalid(code: &str, message: &str) -> Answer {
    Answer::arm_error(400, code, message)
}
