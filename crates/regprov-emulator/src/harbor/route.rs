//! Routes of the API: which handler answers which method at which path, and since which release.

use super::api::{Api, Reply};
use super::failure::Failure;
use super::version::Version;
use super::{
    artifact, configuration, cve_allowlist, immutable_tag, label, preheat, project, project_member,
    project_metadata, quota, registry, replication, repository, retention, robot, scanner, schedule,
    system_info, user, user_group, webhook,
};

/// One operation.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// The path behind `/api/v2.0`; `{name}` stands for one part of it.
    pub(super) path: &'static str,
    since: (u32, u32),
    handler: fn(&mut Api<'_>) -> Reply,
}

/// An operation of every release.
pub(super) const fn route(
    method: &'static str,
    path: &'static str,
    handler: fn(&mut Api<'_>) -> Reply,
) -> Route {
    route_since((2, 0), method, path, handler)
}

/// An operation that releases have since `since`.
pub(super) const fn route_since(
    since: (u32, u32),
    method: &'static str,
    path: &'static str,
    handler: fn(&mut Api<'_>) -> Reply,
) -> Route {
    Route {
        method,
        path,
        since,
        handler,
    }
}

/// Every operation, by area.
const AREAS: &[&[Route]] = &[
    system_info::ROUTES,
    configuration::ROUTES,
    project::ROUTES,
    project_metadata::ROUTES,
    project_member::ROUTES,
    quota::ROUTES,
    robot::ROUTES,
    user::ROUTES,
    user_group::ROUTES,
    registry::ROUTES,
    replication::ROUTES,
    retention::ROUTES,
    immutable_tag::ROUTES,
    label::ROUTES,
    webhook::ROUTES,
    schedule::ROUTES,
    scanner::ROUTES,
    preheat::ROUTES,
    cve_allowlist::ROUTES,
    repository::ROUTES,
    artifact::ROUTES,
];

/// Every operation.
pub(super) fn all() -> impl Iterator<Item = &'static Route> {
    AREAS.iter().copied().flatten()
}

impl Route {
    /// What the variable parts stand for, where `parts` are this path; fixed parts go before variable ones.
    fn captures(&self, parts: &[&str]) -> Option<Vec<(&'static str, String)>> {
        let mut captures = Vec::new();
        let mut given = parts.iter();
        for wanted in self.path.split('/').skip(1) {
            let given = given.next()?;
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => captures.push((name, (*given).to_owned())),
                None if wanted == *given => {}
                None => return None,
            }
        }
        given.next().is_none().then_some(captures)
    }
}

/// Answers a request for the path `parts` behind `/api/v2.0`.
pub(super) fn answer(api: &mut Api<'_>, parts: &[&str]) -> Reply {
    let version: Version = api.instance.version.clone();
    let method = api.call.method.as_str();
    let mut candidates: Vec<(&Route, Vec<(&'static str, String)>)> = all()
        .filter(|route| version.has(route.since.0, route.since.1))
        .filter_map(|route| Some((route, route.captures(parts)?)))
        .collect();
    // `/users/current` is not the user `current`.
    let fewest = candidates.iter().map(|(_, captures)| captures.len()).min();
    candidates.retain(|(_, captures)| Some(captures.len()) == fewest);
    if candidates.is_empty() {
        let message = format!("path {} was not found", api.call.path);
        return Err(Failure::of_status(404, message));
    }
    let matching = candidates.iter().position(|(route, _)| route.method == method);
    let Some(index) = matching else {
        let allowed: Vec<&str> = candidates.iter().map(|(route, _)| route.method).collect();
        return Err(Failure::of_status(
            405,
            format!("method {method} is not allowed, but [{}] are", allowed.join(",")),
        ));
    };
    let (route, captures) = candidates.swap_remove(index);
    api.captures = captures;
    (route.handler)(api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_operation_is_there_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for route in all() {
            assert!(
                seen.insert((route.method, route.path)),
                "{} {}",
                route.method,
                route.path
            );
        }
    }

    #[test]
    fn a_path_gives_its_variable_parts() {
        let route = route("GET", "/projects/{project}/members/{mid}", |_| {
            Ok(super::super::api::done())
        });
        let captures = route.captures(&["projects", "a", "members", "7"]).unwrap();
        assert_eq!(captures, [("project", "a".to_owned()), ("mid", "7".to_owned())]);
        assert!(route.captures(&["projects", "a", "members"]).is_none());
    }
}
