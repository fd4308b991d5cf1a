//! Graph's paths: collections, keys in parentheses, actions with or without their namespace.

/// How one object of a collection is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// By object id: `applications/{id}`.
    Id(String),
    /// By alternate key: `applications(appId='…')`.
    Alternate { field: String, value: String },
}

/// What follows a collection in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// The collection itself.
    Collection,
    /// One object, and the segments after it.
    Object(Key, Vec<String>),
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Applications(Rest),
    ServicePrincipals(Rest),
    /// The segments after `directory/deletedItems`.
    DeletedItems(Vec<String>),
    /// The segments after `directoryObjects`.
    DirectoryObjects(Vec<String>),
    People {
        collection: &'static str,
        rest: Rest,
    },
    Organization,
    Me,
    Batch,
    Unknown,
}

impl Route {
    /// The route of the segments after the version.
    pub(super) fn parse(segments: &[String]) -> Self {
        let segments = match segments.first().map(String::as_str) {
            Some("myorganization") => &segments[1..],
            Some(_) | None => segments,
        };
        let Some(first) = segments.first() else {
            return Self::Unknown;
        };
        let (name, key) = split_key(first);
        let plain: Vec<String> = segments[1..]
            .iter()
            .map(|s| without_namespace(s).to_owned())
            .collect();
        let rest = |key: Option<Key>| match (key, plain.as_slice()) {
            (Some(key), rest) => Rest::Object(key, rest.to_vec()),
            (None, []) => Rest::Collection,
            (None, [id, rest @ ..]) => Rest::Object(Key::Id(id.clone()), rest.to_vec()),
        };
        match name.to_lowercase().as_str() {
            "applications" => Self::Applications(rest(key)),
            "serviceprincipals" => Self::ServicePrincipals(rest(key)),
            "users" => Self::People {
                collection: "users",
                rest: rest(key),
            },
            "groups" => Self::People {
                collection: "groups",
                rest: rest(key),
            },
            "directoryobjects" => Self::DirectoryObjects(plain),
            "directory"
                if plain
                    .first()
                    .is_some_and(|s| s.eq_ignore_ascii_case("deletedItems")) =>
            {
                Self::DeletedItems(segments[2..].to_vec())
            }
            "organization" if plain.is_empty() => Self::Organization,
            "me" if plain.is_empty() => Self::Me,
            "$batch" if plain.is_empty() => Self::Batch,
            _ => Self::Unknown,
        }
    }
}

/// `name(field='value')` taken apart; a doubled quote in the value stands for one.
pub(super) fn split_key(segment: &str) -> (&str, Option<Key>) {
    let parsed = segment.split_once('(').and_then(|(name, rest)| {
        let (field, quoted) = rest.strip_suffix(')')?.split_once('=')?;
        let value = quoted.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
        Some((
            name,
            Key::Alternate {
                field: field.to_owned(),
                value,
            },
        ))
    });
    match parsed {
        Some((name, key)) => (name, Some(key)),
        None => (segment, None),
    }
}

fn without_namespace(segment: &str) -> &str {
    segment.strip_prefix("microsoft.graph.").unwrap_or(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Route {
        Route::parse(&path.split('/').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn objects_are_named_by_id_or_by_alternate_key() {
        assert_eq!(parse("applications"), Route::Applications(Rest::Collection));
        let key = Key::Alternate {
            field: "uniqueName".to_owned(),
            value: "it's".to_owned(),
        };
        assert_eq!(
            parse("applications(uniqueName='it''s')"),
            Route::Applications(Rest::Object(key, vec![]))
        );
        let rest = Rest::Object(Key::Id("1".to_owned()), vec!["addPassword".to_owned()]);
        assert_eq!(
            parse("servicePrincipals/1/microsoft.graph.addPassword"),
            Route::ServicePrincipals(rest)
        );
        assert_eq!(parse("teams"), Route::Unknown);
    }
}
