//! An issuer of workload tokens of the kind that GitHub Actions has. Its tokens carry GitHub's own issuer name, so that
//! federated credentials written for GitHub hold in the sandbox too.

use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// The issuer of GitHub Actions' tokens.
pub(crate) const GITHUB: &str = "https://token.actions.githubusercontent.com";

const LIFETIME_SECONDS: i64 = 600;

/// A workflow's token request: `ACTIONS_ID_TOKEN_REQUEST_URL` is `{main}/github/oidc/token?sub={subject}`.
pub(crate) fn github_token(tx: &mut Transaction, call: &Call) -> Answer {
    if call.bearer().is_none_or(str::is_empty) {
        return Answer::json(401, &json!({ "message": "The request token is missing." }));
    }
    let Some(subject) = call.query("sub") else {
        let text = "The sandbox's token request URL names the subject, such as ?sub=repo:ORG/REPO:ref:refs/heads/main.";
        return Answer::json(400, &json!({ "message": text }));
    };
    let repository = subject
        .strip_prefix("repo:")
        .and_then(|rest| rest.split(':').next())
        .unwrap_or_default();
    let audience = call.query("audience").map_or_else(
        || {
            format!(
                "https://github.com/{}",
                repository.split('/').next().unwrap_or_default()
            )
        },
        str::to_owned,
    );
    let git_ref = subject
        .split_once(":ref:")
        .map_or("refs/heads/main", |(_, git_ref)| git_ref);
    let now = tx.now().as_second();
    let claims = json!({
        "jti": tx.new_uuid().to_string(), "sub": subject, "aud": audience, "iss": GITHUB, "nbf": now - 30, "iat": now,
        "exp": now + LIFETIME_SECONDS, "repository": repository, "ref": git_ref, "event_name": "push",
        "actor": "octocat", "workflow": "sandbox", "repository_visibility": "private", "runner_environment": "github-hosted",
        "job_workflow_ref": format!("{repository}/.github/workflows/sandbox.yml@{git_ref}"),
        "repository_owner": repository.split('/').next().unwrap_or_default(),
    });
    let token = tx.keys().sign_jwt(&claims);
    Answer::json(200, &json!({ "count": token.len(), "value": token }))
}

/// The OpenID configuration of the GitHub-like issuer.
pub(crate) fn github_configuration(call: &Call) -> Answer {
    let base = call.base_url();
    Answer::json(
        200,
        &json!({
            "issuer": GITHUB, "jwks_uri": format!("{base}/github/.well-known/jwks"),
            "subject_types_supported": ["public", "pairwise"], "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["ES256"], "scopes_supported": ["openid"],
        }),
    )
}

/// The key that signs every token of this sandbox.
pub(crate) fn keys(tx: &Transaction) -> Answer {
    Answer::json(200, &json!({ "keys": [tx.keys().jwk()] }))
}
