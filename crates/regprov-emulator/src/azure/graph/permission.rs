//! Who may do what in Graph: application permissions, ownership, and what a scene forbids.

use super::failure::Failure;
use crate::azure::caller::{self, Audience, Caller, TokenProblem};
use crate::azure::directory::GRAPH_PERMISSIONS;
use crate::call::Call;
use crate::scene::Condition;
use crate::store::Transaction;

/// The caller, and what it was granted.
pub(super) struct Visitor {
    pub(super) caller: Caller,
    granted: Vec<String>,
    forbidden: Vec<String>,
}

impl Visitor {
    /// The caller of a request, when its token is for Graph.
    pub(super) fn of(tx: &Transaction, call: &Call) -> Result<Self, Failure> {
        let refused = |text: &str| Failure::new(401, "InvalidAuthenticationToken", text);
        let caller = caller::verify(tx, call, &[Audience::Graph]).map_err(|problem| match problem {
            TokenProblem::Missing => refused("Access token is empty."),
            TokenProblem::Invalid => refused("CompactToken parsing failed with error code: 80049217"),
            TokenProblem::Expired => refused("Lifetime validation failed, the token is expired."),
            TokenProblem::WrongAudience => refused("Access token validation failure. Invalid audience."),
            TokenProblem::PrincipalGone => Failure::new(
                403,
                "Authorization_IdentityNotFound",
                "The identity of the calling application could not be established.",
            ),
        })?;
        let granted = tx.get(GRAPH_PERMISSIONS, &caller.object_id).unwrap_or_default();
        let forbidden = tx
            .conditions()
            .into_iter()
            .filter_map(|condition| match condition {
                Condition::NoPermission {
                    principal, action, ..
                } if principal == caller.object_id => Some(action),
                Condition::NoPermission { .. }
                | Condition::ExpiredSecret { .. }
                | Condition::NameTaken { .. }
                | Condition::Throttle { .. }
                | Condition::Quota { .. }
                | Condition::GoogleNotGranted { .. }
                | Condition::GoogleOrganizationPolicy { .. }
                | Condition::GoogleServiceDisabled { .. }
                | Condition::OvhConsumerKeyRules { .. }
                | Condition::OvhNotGranted { .. }
                | Condition::UnregisteredProvider { .. }
                | Condition::UnreachableUpstream { .. } => None,
            })
            .collect();
        Ok(Self {
            caller,
            granted,
            forbidden,
        })
    }

    fn has(&self, permission: &str) -> bool {
        self.granted.iter().any(|granted| granted == permission)
    }

    /// Whether only owned objects may be written.
    pub(super) fn owned_only(&self) -> bool {
        !self.has("Application.ReadWrite.All") && !self.has("Directory.ReadWrite.All")
    }

    fn allows(&self, action: &str) -> Result<(), Failure> {
        let forbidden = self
            .forbidden
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => starts_with(action, start),
                None => pattern.eq_ignore_ascii_case(action),
            });
        if forbidden { Err(Failure::denied()) } else { Ok(()) }
    }

    /// Refuses a read of `collection` (`applications`, `servicePrincipals`, …) that is not granted.
    pub(super) fn may_read(&self, collection: &str) -> Result<(), Failure> {
        self.allows(&format!("Microsoft.Graph/{collection}/read"))?;
        let granted = [
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Application.ReadWrite.OwnedBy",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ];
        if granted.iter().any(|permission| self.has(permission)) {
            Ok(())
        } else {
            Err(Failure::denied())
        }
    }

    /// Refuses a creation in `collection` that is not granted.
    pub(super) fn may_create(&self, collection: &str) -> Result<(), Failure> {
        self.allows(&format!("Microsoft.Graph/{collection}/write"))?;
        if self.owned_only() && !self.has("Application.ReadWrite.OwnedBy") {
            Err(Failure::denied())
        } else {
            Ok(())
        }
    }

    /// Refuses a change in `collection` of an object with these owners that is not granted.
    pub(super) fn may_write(&self, collection: &str, owners: &[String]) -> Result<(), Failure> {
        self.may_create(collection)?;
        if self.owned_only() && !owners.contains(&self.caller.object_id) {
            Err(Failure::denied())
        } else {
            Ok(())
        }
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}
