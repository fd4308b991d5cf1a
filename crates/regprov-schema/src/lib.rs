//! Schema as data; checks and converts a value against it.
