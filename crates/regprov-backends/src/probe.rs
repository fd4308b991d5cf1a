//! Whether a store keeps what it promises: races of writes that depend on the same condition, and a write that depends on what is
//! gone.

use futures::future::join_all;
use regprov_state::{StateError, Version};

use crate::objects::{Condition, ObjectError, Objects, Written};

/// How many writers race for one name, and how many races there are: a store that breaks the promise does not do so each time.
const WRITERS: usize = 8;
const RACES: usize = 3;
/// How much each of them writes: a store that looks at the condition before it has all of it shows that.
const LENGTH: usize = 64 * 1024;

/// Puts a store to the test, with objects of its own that are removed again.
///
/// # Errors
/// [`StateError::Unfit`] names the promise that was broken.
pub(crate) async fn probe(objects: &dyn Objects, name: &str) -> Result<(), StateError> {
    let mut outcome = Ok(None);
    for number in 0..RACES {
        let name = format!("{name}-{number}");
        outcome = put_to_the_test(objects, &name).await;
        // Best effort: a probe object is a few bytes that nothing reads.
        let _ = objects.delete(&name).await;
        if !matches!(outcome, Ok(None)) {
            break;
        }
    }
    let place = || objects.place(name);
    match outcome {
        Ok(None) => Ok(()),
        Ok(Some(fault)) => Err(StateError::Unfit {
            location: place(),
            fault: fault.to_owned(),
        }),
        Err(error) => Err(error.during("probe the store with", place())),
    }
}

async fn put_to_the_test(objects: &dyn Objects, name: &str) -> Result<Option<&'static str>, ObjectError> {
    let first = match race(objects, (name, "first"), Condition::Absent).await? {
        Race::Won(version) => version,
        Race::Shared => {
            return Ok(Some(
                "of several writes of one name that must not exist yet, more than one was accepted (it ignores \
                 create-only conditions)",
            ));
        }
        Race::Refused => return Ok(Some("a create-only write of a new name was refused")),
        Race::Lost => return Ok(Some("a write that was accepted is not what is read afterwards")),
    };
    let second = match race(objects, (name, "second"), Condition::Is(&first)).await? {
        Race::Won(version) => version,
        Race::Shared => {
            return Ok(Some(
                "of several writes that depend on the same version, more than one was accepted (it ignores the \
                 condition, or looks at it and writes later)",
            ));
        }
        Race::Refused => return Ok(Some("a write that depends on the present version was refused")),
        Race::Lost => return Ok(Some("a write that was accepted is not what is read afterwards")),
    };
    if let Written::Done(_) = objects.put(name, b"probe: stale", Condition::Is(&first)).await? {
        return Ok(Some(
            "a write that depends on an old version was accepted (it ignores conditions on what is overwritten)",
        ));
    }
    match objects.get(name).await? {
        Some(found) if found.version == second => Ok(None),
        Some(_) | None => Ok(Some("a write that was refused changed what is stored")),
    }
}

/// How a race ended.
enum Race {
    /// One was accepted, and it is what is read.
    Won(Version),
    /// More than one was accepted.
    Shared,
    /// None was accepted.
    Refused,
    /// What was accepted is not what is read.
    Lost,
}

/// Lets several writers write at once what depends on the same condition.
async fn race(
    objects: &dyn Objects,
    (name, round): (&str, &str),
    condition: Condition<'_>,
) -> Result<Race, ObjectError> {
    let texts: Vec<String> = (0..WRITERS)
        .map(|writer| format!("probe: {round} {writer} ").repeat(LENGTH / 16))
        .collect();
    let race = texts
        .iter()
        .map(|text| objects.put(name, text.as_bytes(), condition));
    let mut winner = None;
    for (outcome, text) in join_all(race).await.into_iter().zip(&texts) {
        if let Written::Done(version) = outcome? {
            if winner.is_some() {
                return Ok(Race::Shared);
            }
            winner = Some((version, text));
        }
    }
    let Some((version, text)) = winner else {
        return Ok(Race::Refused);
    };
    Ok(match objects.get(name).await? {
        Some(found) if found.bytes == text.as_bytes() => Race::Won(version),
        Some(_) | None => Race::Lost,
    })
}
