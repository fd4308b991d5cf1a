//! regprov: a declarative provisioner for container registries and the credentials that push to them.

mod arguments;

fn main() {}
