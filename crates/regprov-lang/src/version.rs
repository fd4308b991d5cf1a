//! Versions and the constraints on them, as Terraform reads them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The version of Terraform whose language this is, and which `required_version` is held against.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// A version: `1.2.3`, `v1.2`, `1.0.0-rc1+build`.
#[derive(Debug, Clone)]
pub struct Version {
    /// The numbers as they are written, filled up to three.
    numbers: Vec<u64>,
    prerelease: String,
    metadata: String,
}

/// A text is not a version, or not a constraint on one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version{hint}")]
pub struct VersionError {
    text: String,
    hint: &'static str,
}

impl Version {
    /// Whether it is a release candidate, beta or the like.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.numbers.first().copied().unwrap_or(0)
    }

    /// The release that follows it: the last number grows.
    fn next(&self) -> Self {
        let mut next = self.clone();
        next.prerelease.clear();
        next.metadata.clear();
        if let Some(last) = next.numbers.last_mut() {
            *last = last.saturating_add(1);
        }
        next
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut numbers, written) = split(text)?;
        numbers.numbers.resize(written.max(3), 0);
        Ok(numbers)
    }
}

/// The version with the numbers that are written, and their count.
fn split(text: &str) -> Result<(Version, usize), VersionError> {
    let wrong = || VersionError {
        text: regprov_diag::escape_control(text).into_owned(),
        hint: "",
    };
    let bare = text.strip_prefix('v').unwrap_or(text);
    let (bare, metadata) = bare.split_once('+').unwrap_or((bare, ""));
    let (digits, prerelease) = bare.split_once('-').unwrap_or((bare, ""));
    let labels = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.~".contains(&byte))
    };
    let parse = |part: &str| {
        let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u64>().ok()).flatten()
    };
    let numbers: Option<Vec<u64>> = digits.split('.').map(parse).collect();
    let numbers = numbers.ok_or_else(wrong)?;
    let empty_label = bare.ends_with('-') || text.ends_with('+');
    if !labels(prerelease) || !labels(metadata) || empty_label {
        return Err(wrong());
    }
    let written = numbers.len();
    let version = Version {
        numbers,
        prerelease: prerelease.to_owned(),
        metadata: metadata.to_owned(),
    };
    Ok((version, written))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let at = |version: &Self, index: usize| version.numbers.get(index).copied().unwrap_or(0);
        (0..length)
            .map(|index| at(self, index).cmp(&at(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| prereleases(&self.prerelease, &other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// By the rules of semantic versions: none is newest, numbers before words, more parts before fewer.
fn prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Constraints that a version must meet together: `~> 1.2, != 1.2.3`.
#[derive(Debug, Clone, Default)]
pub struct Constraints(Vec<Constraint>);

#[derive(Debug, Clone)]
struct Constraint {
    operator: Operator,
    version: Version,
    /// How many numbers are written.
    written: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// `~>`: at least this, and only the last number written may grow.
    Pessimistic,
}

impl FromStr for Constraints {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(|part| constraint(part.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn constraint(text: &str) -> Result<Constraint, VersionError> {
    const OPERATORS: [(&str, Operator); 8] = [
        ("~>", Operator::Pessimistic),
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("!=", Operator::NotEqual),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
        ("", Operator::Equal),
    ];
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    let (operator, rest) = found.unwrap_or((Operator::Equal, text));
    let (mut version, written) = split(rest.trim()).map_err(|_| VersionError {
        text: regprov_diag::escape_control(text).into_owned(),
        hint: " constraint; write it as `1.2.3`, `~> 1.2` or `>= 1.0, < 2.0`",
    })?;
    version.numbers.resize(written.max(3), 0);
    Ok(Constraint {
        operator,
        version,
        written,
    })
}

/// Each with its operator and, but for `~>`, three numbers at least.
impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, constraint) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            let mut version = constraint.version.clone();
            let operator = match constraint.operator {
                Operator::Equal => "",
                Operator::NotEqual => "!= ",
                Operator::Greater => "> ",
                Operator::GreaterOrEqual => ">= ",
                Operator::Less => "< ",
                Operator::LessOrEqual => "<= ",
                Operator::Pessimistic => {
                    version.numbers.truncate(constraint.written.max(2));
                    "~> "
                }
            };
            write!(f, "{operator}{version}")?;
        }
        Ok(())
    }
}

impl Constraints {
    /// Whether a version meets all of them. A prerelease does only where it is asked for by name.
    pub fn allow(&self, version: &Version) -> bool {
        let named = |constraint: &Constraint| {
            constraint.operator == Operator::Equal && constraint.version == *version
        };
        if version.is_prerelease() && !self.0.iter().any(named) {
            return false;
        }
        self.0.iter().all(|constraint| constraint.allows(version))
    }

    /// The oldest release after a version that meets all of them.
    pub fn oldest_after(&self, version: &Version) -> Option<Version> {
        // Each constraint begins to hold at the version that it names, or right after.
        let named = self.0.iter().map(|constraint| &constraint.version);
        let starts = named.flat_map(|named| [named.clone(), named.next()]);
        let mut candidates: Vec<Version> = starts.chain([version.next()]).collect();
        candidates.retain(|candidate| candidate > version && self.allow(candidate));
        candidates.into_iter().min()
    }

    /// Whether one of them names a prerelease.
    pub fn name_prerelease(&self) -> bool {
        self.0.iter().any(|constraint| constraint.version.is_prerelease())
    }

    /// The newest of the versions that meets all of them.
    pub fn newest<'v>(&self, versions: impl IntoIterator<Item = &'v Version>) -> Option<&'v Version> {
        versions.into_iter().filter(|version| self.allow(version)).max()
    }
}

impl Constraint {
    fn allows(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Pessimistic => {
                let fixed = self.written.saturating_sub(1);
                order.is_ge()
                    && version
                        .numbers
                        .iter()
                        .zip(&self.version.numbers)
                        .take(fixed)
                        .all(|(a, b)| a == b)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn allows(constraints: &str, version: &str) -> bool {
        let constraints: Constraints = constraints.parse().unwrap();
        constraints.allow(&version.parse().unwrap())
    }

    #[test]
    fn each_operator_allows_what_it_says() {
        for (constraints, yes, no) in [
            ("1.2.3", "1.2.3", "1.2.4"),
            ("= 1.2", "v1.2.0", "1.2.1"),
            ("!= 1.2.3", "1.2.4", "1.2.3"),
            ("> 1.2", "1.2.1", "1.2.0"),
            (">=1.2", "1.2.0", "1.1.9"),
            ("< 2", "1.99.0", "2.0.0"),
            ("<= 2", "2.0.0", "2.0.1"),
            ("~> 1.2", "1.9.0", "2.0.0"),
            ("~> 1.2.3", "1.2.9", "1.3.0"),
            ("~> 1", "7.0.0", "0.9.0"),
            (">= 1.0, < 2.0, != 1.5.0", "1.4.0", "1.5.0"),
        ] {
            assert!(allows(constraints, yes), "{constraints} allows {yes}");
            assert!(!allows(constraints, no), "{constraints} does not allow {no}");
        }
    }

    #[test]
    fn a_prerelease_is_taken_only_by_name() {
        assert!(!allows(">= 1.0.0", "2.0.0-rc1"));
        assert!(!allows("~> 2.0.0-rc1", "2.0.0-rc1"));
        assert!(allows("2.0.0-rc1", "2.0.0-rc1"));
    }

    #[test]
    fn the_newest_is_chosen_by_number_and_not_by_letter() {
        let versions: Vec<Version> = ["1.9.0", "1.10.0", "2.0.0-beta", "0.1"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let all: Constraints = ">= 0".parse().unwrap();
        assert_eq!(all.newest(&versions).unwrap().to_string(), "1.10.0");
        assert!(Constraints::default().newest(&versions).is_some());
    }

    #[test]
    fn the_oldest_newer_release_that_is_allowed_is_found() {
        for (constraints, oldest) in [
            (">= 1.12.2", Some("1.12.2")),
            ("> 1.11.4", Some("1.11.5")),
            ("~> 1.12", Some("1.12.0")),
            (">= 1.5, != 1.11.4", Some("1.11.5")),
            (">= 1.12, != 1.12.0, != 1.12.1", Some("1.12.2")),
            (">= 2.0", Some("2.0.0")),
            ("~> 1.5.0", None),
            ("< 1.0", None),
            (">= 1.12, < 1.10", None),
        ] {
            let constraints: Constraints = constraints.parse().unwrap();
            let found = constraints.oldest_after(&"1.11.4".parse().unwrap());
            assert_eq!(
                found.map(|version| version.to_string()).as_deref(),
                oldest,
                "{constraints}"
            );
        }
    }

    #[test]
    fn prereleases_are_ordered_as_semantic_versions_are() {
        let order = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
        ];
        for pair in order.windows(2) {
            assert!(
                pair[0].parse::<Version>().unwrap() < pair[1].parse::<Version>().unwrap(),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            "x",
            "1.x",
            "1..2",
            "1.2-",
            "-1",
            "1.2.3 4",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        for text in ["", "~1.0", "=> 1", ">= 1.0 < 2.0", "1.x", ">= 1,"] {
            assert!(text.parse::<Constraints>().is_err(), "{text}");
        }
    }
}
