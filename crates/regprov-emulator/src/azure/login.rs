//! Login endpoints.

/// Keys of token issuers that scenes made known, by issuer.
pub(crate) const TOKEN_ISSUERS: &str = "_azure_token_issuers";

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// Answers a login or metadata request; `None` when the path is not one.
pub(crate) fn handle(_tx: &mut Transaction, _call: &Call) -> Option<Answer> {
    None
}
