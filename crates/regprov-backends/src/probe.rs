//! Whether a store keeps what it promises: a race of create-only writes, and a write that depends on what is gone.

use futures::future::join_all;
use regprov_state::StateError;

use crate::objects::{Condition, ObjectError, Objects, Written};

/// How many writers race for one name.
const WRITERS: usize = 4;

/// Puts a store to the test, with objects of its own that are removed again.
///
/// # Errors
/// [`StateError::Unfit`] names the promise that was broken.
pub(crate) async fn probe(objects: &dyn Objects, name: &str) -> Result<(), StateError> {
    let outcome = put_to_the_test(objects, name).await;
    // Best effort: a probe object is a few bytes that nothing reads.
    let _ = objects.delete(name).await;
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
    let texts: Vec<String> = (0..WRITERS).map(|writer| format!("probe {writer}")).collect();
    let race = texts
        .iter()
        .map(|text| objects.put(name, text.as_bytes(), Condition::Absent));
    let mut winner = None;
    for (outcome, text) in join_all(race).await.into_iter().zip(&texts) {
        if let Written::Done(version) = outcome? {
            if winner.is_some() {
                return Ok(Some(
                    "of several writes of one name that must not exist yet, more than one was accepted (it ignores \
                     create-only conditions)",
                ));
            }
            winner = Some((version, text));
        }
    }
    let Some((first, text)) = winner else {
        return Ok(Some("a create-only write of a new name was refused"));
    };
    match objects.get(name).await? {
        Some(found) if found.bytes == text.as_bytes() => {}
        Some(_) | None => return Ok(Some("a write that was accepted is not what is read afterwards")),
    }
    let Written::Done(second) = objects.put(name, b"probe: second", Condition::Is(&first)).await? else {
        return Ok(Some("a write that depends on the present version was refused"));
    };
    if let Written::Done(_) = objects.put(name, b"probe: stale", Condition::Is(&first)).await? {
        return Ok(Some(
            "a write that depends on an old version was accepted (it ignores conditions on what is overwritten)",
        ));
    }
    match objects.get(name).await? {
        Some(found) if found.version == second && found.bytes == b"probe: second" => Ok(None),
        Some(_) | None => Ok(Some("a write that was refused changed what is stored")),
    }
}
