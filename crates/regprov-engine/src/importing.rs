//! Importing: binds an object that exists to an address of the configuration.

use crate::applying::new_state;
use crate::codes::IMPORT;
use crate::connect::Connections;
use crate::convert::with_object;
use crate::planning::PlanRequest;
use crate::report::service_failure;
use crate::satisfy::Disk;
use crate::{Engine, report::state_failure};
use regprov_addr::InstanceAddress;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_provider::Observed;
use regprov_state::{Edit, ObjectKey, Session};

impl Engine {
    /// Reads the object of an import id and records it under an address.
    ///
    /// # Errors
    /// Where the address is not declared or taken, the id is not one of its type, or there is no such object.
    pub async fn import(
        &self,
        request: &PlanRequest,
        place: (&Session, &Connections, &dyn Disk),
        address: &InstanceAddress,
        id: &str,
    ) -> Result<String, Diagnostics> {
        let (session, connections, disk) = place;
        let key = ObjectKey::current(address.clone());
        if session.read(|snapshot| snapshot.instances.contains_key(&key)) {
            return Err(refused(address, "Something is bound to this address already.")
                .help(format!(
                    "To bind another object, drop the present one first:\n\n    regprov state rm '{address}'"
                ))
                .into());
        }
        let planned = self
            .declarations(request, &session.snapshot(), connections, disk)
            .await;
        let change = planned
            .plan
            .as_ref()
            .and_then(|plan| plan.change(address))
            .cloned();
        let Some(change) = change else {
            if planned.diagnostics.has_errors() {
                return Err(planned.diagnostics);
            }
            let text = format!("The configuration has no instance {address}.");
            return Err(refused(address, &text)
                .help("Write its resource block first.")
                .into());
        };
        let (resource, connection) = self.reach(
            connections,
            &new_state(&change, 0),
            &address.resource.resource_type,
        )?;
        let id = resource
            .parse_import(&connection, id)
            .map_err(|error| service_failure(address, &error))?;
        let of = (&change.provider, address.resource.resource_type.as_str());
        let observed = self
            .read_one(connections, of, &id, None)
            .await
            .map_err(|error| service_failure(address, &error))?;
        let Observed::Present(object) = observed else {
            let text = format!("There is no object {id}, or the credential may not see it.");
            return Err(refused(address, &text)
                .help("Check the id, the subscription or project, and the permissions.")
                .into());
        };
        let schema = resource.schema();
        let mut state = with_object(&new_state(&change, schema.version), &object, &schema.block);
        crate::credentials::note_registry(&mut state, &connection);
        session
            .edit(Edit::Put {
                key,
                object: Box::new(state),
            })
            .await
            .map_err(|error| state_failure(&error))?;
        Ok(id)
    }
}

fn refused(address: &InstanceAddress, text: &str) -> Diagnostic {
    Diagnostic::error(&IMPORT, "Object cannot be imported")
        .address(address)
        .detail(text)
}
