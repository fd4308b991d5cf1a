//! Scenes: the surroundings that files expect, and the conditions under which a run happens.

use serde::{Deserialize, Serialize};

/// A condition that a scene switches on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// `principal` (object id or application id; `operator` is the sandbox's own) may not do `action` at or below `scope`.
    NoPermission {
        /// Whom it concerns.
        principal: String,
        /// An ARM action such as `Microsoft.Authorization/roleAssignments/write`, `*` at its end matches any rest; a Graph
        /// action is written `Microsoft.Graph/applications/write`.
        action: String,
        /// The scope at and below which it holds; `/` when everywhere.
        #[serde(default = "everywhere")]
        scope: String,
    },
}

fn everywhere() -> String {
    "/".to_owned()
}
