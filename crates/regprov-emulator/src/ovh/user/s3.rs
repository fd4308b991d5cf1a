//! S3 credentials of a user. Their secret can be told again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ovh::context::{Ovh, Reply, nothing};
use crate::ovh::failure;
use crate::store::Transaction;

/// Credentials by `{project}/{user}/{access}`.
const CREDENTIALS: &str = "ovh/s3_credentials";

/// A credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Credential {
    access: String,
    /// Its secret, sealed under its access key.
    secret: String,
}

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, (project, user): (&str, u64), rest: &[&str]) -> Reply {
    let place = format!("{project}/{user}");
    let told = |credential: &Credential| json!({ "access": credential.access, "userId": user.to_string(), "tenantId": project });
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => {
            let known: Vec<(String, Credential)> = ovh.tx.scan(CREDENTIALS, &format!("{place}/"));
            let bodies: Vec<Value> = known.iter().map(|(_, credential)| told(credential)).collect();
            Ok(Answer::json(200, &bodies))
        }
        ("POST", []) => {
            let access = ovh.tx.draw().text(32, b"0123456789abcdef");
            let secret = ovh.tx.draw().text(32, b"0123456789abcdef");
            let secret = ovh.tx.mark(&secret, 0);
            let credential = Credential {
                secret: ovh.tx.seal(&access, &secret),
                access,
            };
            ovh.tx.put(
                CREDENTIALS,
                &format!("{place}/{}", credential.access),
                &credential,
            );
            let mut body = told(&credential);
            body["secret"] = secret.into();
            Ok(Answer::json(200, &body))
        }
        ("GET", [access]) => Ok(Answer::json(200, &told(&find(ovh, &place, access)?))),
        ("POST", [access, "secret"]) => {
            let credential = find(ovh, &place, access)?;
            let secret = ovh.tx.unseal(&credential.access, &credential.secret);
            Ok(Answer::json(200, &json!({ "secret": secret })))
        }
        ("DELETE", [access]) => {
            find(ovh, &place, access)?;
            ovh.tx.delete(CREDENTIALS, &format!("{place}/{access}"));
            nothing()
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn find(ovh: &Ovh<'_>, place: &str, access: &str) -> Result<Credential, Answer> {
    ovh.tx
        .get(CREDENTIALS, &format!("{place}/{access}"))
        .ok_or_else(|| failure::absent("access", access))
}

/// Forgets the credentials of a user.
pub(super) fn forget_all(tx: &mut Transaction, project: &str, user: &str) {
    for (key, _) in tx.scan::<Credential>(CREDENTIALS, &format!("{project}/{user}/")) {
        tx.delete(CREDENTIALS, &key);
    }
}
