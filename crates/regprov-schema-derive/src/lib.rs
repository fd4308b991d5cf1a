//! Derives schema data from the struct of a resource type.
