//! The executor for Azure: container registries, Entra identities, role assignments.
