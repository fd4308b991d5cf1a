//! `-adopt`: an object that exists under the identity of a planned create is taken over in place of being refused.

use super::Planner;
use super::answers::exists;
use super::block::Progress;
use super::instance::connection;
use super::needs::Purpose;
use crate::world::InstanceId;
use crate::{Action, Mode, Need, ReasonKind, ResourceChange, Unchecked, codes};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use regprov_provider::{AnyResource, Connection, CreateClass, Error, Observed, Partial};
use regprov_value::Value;

/// What came of looking for an object of the identity of a planned create.
pub(super) enum Adoption {
    /// There is none to take over: the create goes on.
    None,
    /// It is taken over; its identity.
    Taken(String),
}

/// The identity that a planned create would have, for types whose objects are found by it.
pub(super) fn identity(
    action: Action,
    resource: &dyn AnyResource,
    connection: &Connection,
    desired: &Value,
) -> Option<String> {
    (action == Action::Create && names_itself(resource))
        .then(|| resource.identify(connection, Partial(desired)))
        .flatten()
}

/// Whether what is planned says which object it will be.
pub(super) fn names_itself(resource: &dyn AnyResource) -> bool {
    matches!(
        resource.create_class(),
        CreateClass::ClientNamed | CreateClass::UniqueName | CreateClass::Upsert
    )
}

impl Planner {
    /// Looks for the object that a planned create would make, where such objects are to be taken over; the instance waits for
    /// the answer.
    pub(super) fn adopt(
        &mut self,
        node: GraphId,
        id: InstanceId,
        change: &ResourceChange,
        resource: &dyn AnyResource,
    ) -> Option<Progress> {
        let looks = self.settings.adopt && self.settings.mode == Mode::Normal;
        if !looks || self.adoptions.contains_key(&id) {
            return None;
        }
        let row = self.row_of(id);
        let connection = connection(&self.providers.rows[row as usize].status)?;
        let (desired, _) = change.after.as_ref()?.unmark_deep();
        let identity = identity(change.action, resource, connection, &desired)?;
        if self.is_recorded(row, resource.type_name(), &identity) {
            return None;
        }
        let need = Need::Existing {
            provider: change.provider.clone(),
            resource_type: resource.type_name().to_owned(),
            id: identity.clone(),
            address: change.address.clone(),
        };
        self.needs.ask(need, Purpose::Adopt(id, identity), Some(node));
        Some(Progress::Again)
    }

    pub(super) fn take_adoption(
        &mut self,
        id: InstanceId,
        identity: &str,
        result: Result<Observed<Value>, Error>,
    ) {
        let address = self.world.instance_address(id);
        let adoption = match result {
            Ok(Observed::Present(object)) => {
                let row = self.row_of(id);
                let resource_type = address.resource.resource_type.clone();
                // Two declarations of one object: the first has it by now.
                match self.is_recorded(row, &resource_type, identity) {
                    true => Adoption::None,
                    false => {
                        self.take_over(id, &object);
                        if let Some(identities) = &mut self.identities {
                            identities.insert((row, resource_type, identity.to_owned()));
                        }
                        Adoption::Taken(identity.to_owned())
                    }
                }
            }
            Ok(Observed::Absent) => Adoption::None,
            Ok(Observed::Settling(_)) => {
                let place = self.place_of(&address);
                self.diagnostics.push(exists(&address, identity).at(place));
                Adoption::None
            }
            Err(error) => {
                let what = format!("Whether it exists already was not checked: {}", error.message);
                self.unchecked.push(Unchecked { address, what });
                Adoption::None
            }
        };
        self.adoptions.insert(id, adoption);
    }

    /// The identity of the object that an instance takes over because of `-adopt`.
    pub(super) fn adopted(&self, id: InstanceId) -> Option<&str> {
        match self.adoptions.get(&id)? {
            Adoption::Taken(identity) => Some(identity),
            Adoption::None => None,
        }
    }

    /// Says in the plan that an object is taken over; refuses where that would end in deleting it.
    pub(super) fn note_adoption(&mut self, id: InstanceId, change: &mut ResourceChange) {
        let Some(identity) = self.adopted(id).map(str::to_owned) else {
            return;
        };
        if change.action.is_replace() {
            let place = self.place_of(&change.address);
            self.diagnostics.push(not_adopted(change, &identity).at(place));
        }
        change.importing = Some(identity);
        change.reasons.insert(
            0,
            crate::Reason {
                kind: ReasonKind::Adopted,
                path: None,
                place: None,
            },
        );
    }
}

/// The error of an object that would be deleted to be had as it is declared: it is somebody's.
fn not_adopted(change: &ResourceChange, identity: &str) -> Diagnostic {
    let paths = change.reasons.iter().filter_map(|reason| reason.path.as_ref());
    let paths: Vec<String> = paths.map(|path| format!("`{path}`")).collect();
    let why = if paths.is_empty() {
        "it is to be replaced".to_owned()
    } else {
        format!("{} cannot change in place", paths.join(", "))
    };
    let address = &change.address;
    Diagnostic::error(&codes::EXISTS, "Object cannot be taken over")
        .detail(format!(
            "An object with the id `{identity}` exists, and it differs from what {address} declares: {why}. `-adopt` never deletes \
             what it takes over."
        ))
        .help("Declare it as it stands, or choose another name. With an `import` block a replacement is planned and shown.")
        .address(address)
}
