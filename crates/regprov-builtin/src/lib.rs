//! Built-in resource types and functions.
