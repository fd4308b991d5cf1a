//! How azuread 2 called and wrote what azuread 3 knows by other names.

use crate::id::ServicePrincipalId;
use regprov_schema::Former;
use regprov_value::Value;
use uuid::Uuid;

/// `application_id` was the name of `client_id` in azuread 2.
pub(crate) const CLIENT_ID_BEFORE: &[Former] = &[Former {
    name: "application_id",
    instead: "azuread 3 calls it `client_id`; write that name",
    convert: |value| value,
}];

/// How azuread 2 named an application.
pub(crate) const APPLICATION_BEFORE: &[Former] = &[Former {
    name: "application_object_id",
    instead: "write `application_id = azuread_application.NAME.id`; azuread 3 dropped this name",
    convert: |value| rooted(value, "/applications/"),
}];

/// How azuread 2 named a service principal.
pub(crate) const PRINCIPAL_BEFORE: &[Former] = &[Former {
    name: "service_principal_id",
    instead: "write `azuread_service_principal.NAME.id`; azuread 3 does not take the object id",
    convert: |value| rooted(value, "/servicePrincipals/"),
}];

/// The object id that azuread 2 showed as the id of a service principal.
pub(crate) const OBJECT_ID_BEFORE: &[Former] = &[Former {
    name: "principal_id",
    instead: "write `azuread_service_principal.NAME.object_id`; since azuread 3 the `id` is no object id",
    convert: |value| match value.as_str().map(str::parse::<ServicePrincipalId>) {
        Some(Ok(id)) => Value::string(id.part(0)).marked(value.marks),
        Some(Err(_)) | None => value,
    },
}];

/// A bare object id with what precedes it now.
fn rooted(value: Value, root: &str) -> Value {
    match value.as_str() {
        Some(text) if Uuid::parse_str(text).is_ok() => {
            Value::string(format!("{root}{text}")).marked(value.marks)
        }
        Some(_) | None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "11111111-2222-3333-4444-555555555555";

    fn now(former: &[Former], written: &str) -> String {
        let value = (former[0].convert)(Value::string(written));
        value.as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn object_ids_get_what_precedes_them_now_and_ids_lose_it_where_an_object_id_is_wanted() {
        let (application, principal) = (
            format!("/applications/{OBJECT}"),
            format!("/servicePrincipals/{OBJECT}"),
        );
        assert_eq!(now(APPLICATION_BEFORE, OBJECT), application);
        assert_eq!(now(APPLICATION_BEFORE, &application), application);
        assert_eq!(now(PRINCIPAL_BEFORE, OBJECT), principal);
        assert_eq!(now(PRINCIPAL_BEFORE, "nonsense"), "nonsense");
        assert_eq!(now(OBJECT_ID_BEFORE, &principal), OBJECT);
        assert_eq!(now(OBJECT_ID_BEFORE, OBJECT), OBJECT);
    }
}
