//! How the API refuses.

use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;

/// A refusal: status, `errorCode`, message.
pub(crate) fn refuse(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &body(status, code, message))
}

/// A refusal that names the action that the caller lacks.
pub(crate) fn denied(action: &str) -> Answer {
    let mut body = body(403, "FORBIDDEN", "User not granted for this request");
    body["details"] = json!({ "unauthorizedActionsByIAM": action });
    Answer::json(403, &body)
}

fn body(status: u16, code: &str, message: &str) -> serde_json::Value {
    let (class, reason) = match status {
        400 => ("Client::BadRequest", "Bad Request"),
        401 => ("Client::Unauthorized", "Unauthorized"),
        403 => ("Client::Forbidden", "Forbidden"),
        404 => ("Client::NotFound", "Not Found"),
        405 => ("Client::MethodNotAllowed", "Method Not Allowed"),
        409 => ("Client::Conflict", "Conflict"),
        501 => ("Server::NotImplemented", "Not Implemented"),
        _ => ("Server::InternalServerError", "Internal Server Error"),
    };
    json!({ "class": class, "message": message, "errorCode": code, "httpCode": format!("{status} {reason}") })
}

/// Something is wrong with a parameter.
pub(crate) fn invalid(message: &str) -> Answer {
    refuse(400, "BAD_PARAMETERS", message)
}

/// There is no such object: `kind` is the name of the path parameter.
pub(crate) fn absent(kind: &str, id: &str) -> Answer {
    refuse(
        404,
        "NOT_FOUND",
        &format!("The requested object ({kind} = {id}) does not exist"),
    )
}

/// The object's state forbids it.
pub(crate) fn conflict(message: &str) -> Answer {
    refuse(409, "CONFLICT", message)
}

/// The loud answer for what the sandbox does not emulate.
pub(crate) fn unknown(call: &Call) -> Answer {
    let message = format!(
        "The sandbox does not emulate {} {}. The real service may well accept this request.",
        call.method, call.path
    );
    refuse(501, "SANDBOX_UNSUPPORTED", &message)
}
