//! Operations: validate, refresh, plan, apply, import, verify.
