//! `fmt`: rewrite configuration files in the canonical layout.

mod diff;
mod file;

use super::Result;
use crate::arguments::FmtArguments;
use crate::codes::FORMAT;
use crate::context::Context;
use crate::outcome::Outcome;
use file::{Failure, Formatted};
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// The ends of the names of files that are formatted.
const ENDINGS: [&str; 5] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".tofu"];

/// What the user sees of a file that is read from standard input.
const STANDARD_INPUT: &str = "<stdin>";

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &FmtArguments) -> Result {
    let from_input = arguments.targets.first().is_some_and(|target| target == "-");
    let mut run = Run {
        context,
        list: arguments.list && !from_input,
        write: arguments.write && !arguments.check && !from_input,
        diff: arguments.diff,
        check: arguments.check,
        recursive: arguments.recursive,
        different: false,
        held: Vec::new(),
        sources: Sources::new(),
        found: Diagnostics::new(),
    };
    if from_input {
        run.standard_input();
    } else {
        run.targets(&arguments.targets);
    }
    context.shell.diagnostics(&run.found, &run.sources);
    if run.found.has_errors() {
        return Ok(Outcome::Malformed);
    }
    if run.list {
        context.shell.reveal_bytes(&run.held);
    }
    Ok(if run.check && run.different {
        Outcome::Unformatted
    } else {
        Outcome::Done
    })
}

/// One run over files.
struct Run<'a> {
    context: &'a Context,
    list: bool,
    write: bool,
    diff: bool,
    check: bool,
    recursive: bool,
    /// Whether the layout of a file differs from the canonical one.
    different: bool,
    /// What `-check` prints when all is read.
    held: Vec<u8>,
    sources: Sources,
    found: Diagnostics,
}

impl Run<'_> {
    fn standard_input(&mut self) {
        let mut text = Vec::new();
        if let Err(error) = std::io::stdin().lock().read_to_end(&mut text) {
            return self.refuse(format!("Standard input cannot be read: {error}."));
        }
        match file::format(STANDARD_INPUT, text, &mut self.sources) {
            Ok(formatted) => self.report(STANDARD_INPUT, &formatted),
            Err(Failure::Syntax(found)) => self.found.extend(found),
            Err(Failure::Disk(error)) => self.refuse(format!("{error}.")),
        }
    }

    fn targets(&mut self, targets: &[String]) {
        let here = [".".to_owned()];
        for target in if targets.is_empty() { &here } else { targets } {
            let shown = relative(&self.context.directory, Path::new(target));
            let path = self.context.directory.join(&shown);
            if path.is_dir() {
                self.directory(&path, &shown);
            } else if !path.exists() {
                return self.refuse(format!("There is no file or directory {}.", shown.display()));
            } else if has_ending(&shown) {
                self.file(&path, &shown);
            } else {
                self.refuse(format!(
                    "{} is not formatted: only files whose names end in {} are.",
                    shown.display(),
                    ENDINGS.join(", ")
                ));
            }
        }
    }

    fn directory(&mut self, path: &Path, shown: &Path) {
        let entries = std::fs::read_dir(path).and_then(|entries| {
            entries
                .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))))
                .collect::<std::io::Result<Vec<_>>>()
        });
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                return self.refuse(format!(
                    "The directory {} cannot be read: {error}.",
                    shown.display()
                ));
            }
        };
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (name, kind) in entries {
            let (path, shown) = (path.join(&name), shown.join(&name));
            if is_ignored(&name.to_string_lossy()) {
                continue;
            }
            if kind.is_dir() {
                if self.recursive {
                    self.directory(&path, &shown);
                }
            } else if has_ending(&shown) {
                self.file(&path, &shown);
            }
        }
    }

    fn file(&mut self, path: &Path, shown: &Path) {
        let name = shown.display().to_string();
        let done = file::read(path)
            .and_then(|text| file::format(&name, text, &mut self.sources))
            .and_then(|formatted| {
                if self.write && formatted.differs() {
                    file::write(path, &formatted.after)?;
                }
                Ok(formatted)
            });
        match done {
            Ok(formatted) => self.report(&name, &formatted),
            Err(Failure::Syntax(found)) => self.found.extend(found),
            Err(Failure::Disk(error)) => self.refuse(format!("{name}: {error}.")),
        }
    }

    /// Prints what the flags ask for.
    fn report(&mut self, name: &str, formatted: &Formatted) {
        let mut told = Vec::new();
        if formatted.differs() {
            self.different = true;
            if self.list {
                told.extend_from_slice(format!("{name}\n").as_bytes());
            }
            if self.diff {
                told.extend_from_slice(diff::unified(name, &formatted.before, &formatted.after).as_bytes());
            }
        }
        if self.check {
            return self.held.extend(told);
        }
        if !self.list && !self.write && !self.diff {
            told.extend_from_slice(&formatted.after);
            if !told.ends_with(b"\n") {
                told.push(b'\n');
            }
        }
        self.context.shell.reveal_bytes(&told);
    }

    fn refuse(&mut self, detail: String) {
        self.found
            .push(Diagnostic::error(&FORMAT, FORMAT.title).detail(detail));
    }
}

fn has_ending(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Hidden files, and what editors leave.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// A path as seen from a directory, without `.` and without `..` behind a name.
fn relative(directory: &Path, path: &Path) -> PathBuf {
    let (directory, path) = (plain(directory), plain(&directory.join(path)));
    let common = directory
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .count();
    let ups = directory.components().skip(common).map(|_| Component::ParentDir);
    ups.chain(path.components().skip(common)).collect()
}

fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{is_ignored, relative};
    use std::path::Path;

    #[test]
    fn a_path_is_told_as_seen_from_the_working_directory() {
        let seen = |path| {
            relative(Path::new("/home/ada"), Path::new(path))
                .display()
                .to_string()
        };
        assert_eq!(seen("a.tf"), "a.tf");
        assert_eq!(seen("./a/../b.tf"), "b.tf");
        assert_eq!(seen("/home/ada/c/d.tf"), "c/d.tf");
        assert_eq!(seen("../other/e.tf"), "../other/e.tf");
        assert_eq!(seen("."), "");
    }

    #[test]
    fn hidden_files_and_those_of_editors_are_left_alone() {
        assert!(is_ignored(".terraform") && is_ignored("a.tf~") && is_ignored("#a.tf#"));
        assert!(!is_ignored("a.tf"));
    }
}
