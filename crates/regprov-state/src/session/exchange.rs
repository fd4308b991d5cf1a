//! Whole states in and out: backups put back, states pushed and pulled.

use super::Session;
use super::open::open_copy;
use crate::document::{Content, build, render};
use crate::error::StateError;
use crate::record::OpenBegin;
use crate::snapshot::Snapshot;

/// How a pushed state is held against the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// It must be of the same lineage and not older, as in Terraform.
    Checked,
    /// It takes the place of the present one, whatever that is.
    Forced,
}

impl Session {
    /// Puts the content of a copy of this state in place of the present one, on purpose. The serial goes on rising, so the
    /// result is the newest state and not an old one. Journal records of this and earlier runs no longer count.
    ///
    /// # Errors
    /// When the copy is altered, its key does not open, or it belongs to another lineage.
    pub fn restore(&self, bytes: &[u8], location: &str) -> Result<(), StateError> {
        let copy = open_copy(bytes, location, &self.options)?;
        let mut shared = self.shared();
        let present = &shared.state.snapshot;
        if self.base.bytes.is_some() && copy.lineage != present.lineage {
            let problem = format!("it has the lineage {}, not {}", copy.lineage, present.lineage);
            return Err(StateError::malformed(location, problem));
        }
        shared.state.snapshot = Snapshot {
            serial: present.serial,
            lineage: present.lineage.clone(),
            ..copy
        };
        shared.state.open.clear();
        Ok(())
    }

    /// Puts a whole state in place of the present one, as `state push` does. It is written by [`Session::finish`], and sealed
    /// then. Its serial is that of `bytes` where that is the higher one, and above the present one in any case.
    ///
    /// # Errors
    /// When it is altered, its key does not open, or [`Push::Checked`] finds another lineage, a lower serial, or other content
    /// under the same serial.
    pub fn push(&self, bytes: &[u8], location: &str, push: Push) -> Result<(), StateError> {
        let copy = open_copy(bytes, location, &self.options)?;
        let mut shared = self.shared();
        let present = &shared.state.snapshot;
        if self.base.bytes.is_some() && push == Push::Checked {
            check_succession(present, &copy, location)?;
        }
        if copy.same_content(present) {
            return Ok(());
        }
        let another_lineage = copy.lineage != present.lineage;
        shared.serial_floor = copy.serial;
        if another_lineage {
            // The key of a state is bound to its lineage.
            shared.sealer = None;
            shared.rekeyed = true;
        }
        shared.state.snapshot = copy;
        shared.state.open.clear();
        Ok(())
    }

    /// Returns the state as it is stored, for `state pull`: secrets sealed where they are sealed at rest. Records of a run that
    /// was cut short are part of it. `None` where there is no state.
    ///
    /// # Errors
    /// When a secret of such a record cannot be sealed.
    pub fn stored(&self) -> Result<Option<Vec<u8>>, StateError> {
        if !self.replayed {
            return Ok(self.base.bytes.clone());
        }
        let serial = self.next_serial()?;
        let (snapshot, pending, sealer) = {
            let shared = self.shared();
            let pending: Vec<OpenBegin> = shared.state.open.values().cloned().collect();
            (shared.state.snapshot.clone(), pending, shared.sealer.clone())
        };
        let content = Content {
            snapshot: &snapshot,
            serial,
            epoch: self.epoch,
            pending: &pending,
            sealer: sealer.as_deref(),
            prior: &self.base.sealed_values,
        };
        Ok(Some(render(&build(&content)?)))
    }

    /// Has the state sealed when the session finishes, even if nothing else changes; `false` where there is nothing to seal, or
    /// all of it is sealed already.
    ///
    /// # Errors
    /// When there are no keys, or consent is missing.
    pub fn seal(&self) -> Result<bool, StateError> {
        let secrets = self.read(Snapshot::holds_secrets);
        if self.base.sealed || !secrets {
            return Ok(false);
        }
        drop(self.sealer()?);
        self.shared().rekeyed = true;
        Ok(true)
    }

    /// Has the state written in clear when the session finishes; `false` where nothing in it is sealed.
    ///
    /// # Errors
    /// When writes of a run that was cut short have no known outcome: what is kept about them is secret.
    pub fn unseal(&self) -> Result<bool, StateError> {
        let mut shared = self.shared();
        if !shared.state.open.is_empty() {
            return Err(StateError::Unfinished {
                location: self.location.clone(),
                writes: shared.state.open.len(),
            });
        }
        if shared.sealer.is_none() {
            return Ok(false);
        }
        shared.clear = true;
        shared.rekeyed = true;
        Ok(true)
    }

    /// Returns whom the state is sealed for; nobody where it is not sealed.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        let shared = self.shared();
        let sealer = shared.sealer.as_ref();
        sealer.map_or_else(Vec::new, |sealer| sealer.header().recipients.clone())
    }

    /// Says whether the state holds secrets that are in clear at rest: another tool wrote it.
    #[must_use]
    pub fn holds_clear_secrets(&self) -> bool {
        !self.base.sealed && self.base.snapshot.holds_secrets()
    }
}

/// Checks that `next` may follow `present`: the rules of Terraform's `state push`.
fn check_succession(present: &Snapshot, next: &Snapshot, location: &str) -> Result<(), StateError> {
    let refused = |problem: String| {
        Err(StateError::NoSuccessor {
            location: location.to_owned(),
            problem,
        })
    };
    if next.lineage != present.lineage {
        return refused(format!(
            "its lineage is {}, and the state has {}: it is the state of something else",
            next.lineage, present.lineage
        ));
    }
    if next.serial < present.serial {
        return refused(format!(
            "its serial is {}, and the state is at {}: it is older",
            next.serial, present.serial
        ));
    }
    if next.serial == present.serial && !next.same_content(present) {
        return refused(format!(
            "it has the serial of the state, {}, and another content",
            next.serial
        ));
    }
    Ok(())
}
