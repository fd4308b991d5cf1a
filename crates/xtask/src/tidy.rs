//! `tidy`: layering, sizes, and what must not be in the project.

mod layers;
mod promises;
mod sources;

use crate::shell::Result;

pub(crate) fn run() -> Result {
    println!("\n== tidy");
    let mut faults = layers::faults()?;
    faults.extend(sources::faults()?);
    faults.extend(promises::faults()?);
    if faults.is_empty() {
        println!("tidy: nothing to mend");
        return Ok(());
    }
    for fault in &faults {
        println!("tidy: {fault}");
    }
    Err(format!("tidy found {} things to mend", faults.len()))
}
