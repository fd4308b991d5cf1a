//! `diff-fmt`: every configuration file of directories, and mangled copies, formatted by terraform and by regprov.

mod mangle;

use crate::shell::{Result, cargo, present, root, step};
pub(crate) use mangle::Random;
use mangle::mangle;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files in one folder.
const FOLDER: usize = 400;

/// What is added to every file, so that a file that was accepted is a file that changed.
const PROBE: &str = "\nformat_probe   =   1\n";

/// Compares `terraform fmt` and `regprov fmt` over the files of directories; `--mangle N` adds N damaged copies of each,
/// `--seed N` damages them in another way.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let (mut copies, mut seed, mut directories) = (1, 1, Vec::new());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || rest.next().and_then(|text| text.parse().ok());
        match *argument {
            "--mangle" => copies = number().ok_or("--mangle takes a number")?,
            "--seed" => seed = number().ok_or("--seed takes a number")?,
            directory => directories.push(PathBuf::from(directory)),
        }
    }
    if directories.is_empty() {
        return Err("usage: cargo xtask diff-fmt [--mangle N] [--seed N] DIRECTORY...".into());
    }
    if !present("terraform") {
        println!("SKIPPED: terraform is not installed");
        return Ok(());
    }
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let mut files = Vec::new();
    for directory in &directories {
        collect(directory, &mut files)?;
    }
    files.sort();
    let scene = Scene::write(&files, copies, seed)?;
    scene.format("theirs", Path::new("terraform"))?;
    scene.format("ours", &target_directory().join("debug/regprov"))?;
    scene.compare()
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result {
    let failed = |error| format!("{}: {error}", directory.display());
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        let name = path.to_string_lossy();
        if kind.is_dir() {
            collect(&path, files)?;
        } else if kind.is_file()
            && [".tf", ".tfvars", ".hcl"]
                .iter()
                .any(|ending| name.ends_with(ending))
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The same files twice, one copy for each program.
struct Scene {
    folder: PathBuf,
    /// Where each came from, and its text before.
    files: Vec<(String, Vec<u8>)>,
}

impl Scene {
    fn write(files: &[PathBuf], copies: u64, seed: u64) -> Result<Self> {
        let folder = target_directory().join("diff-fmt");
        let _ = fs::remove_dir_all(&folder);
        let mut scene = Self {
            folder,
            files: Vec::new(),
        };
        let mut random = Random::new(seed);
        for file in files {
            let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            let name = file.display().to_string();
            scene.add(name.clone(), [&text, PROBE.as_bytes()].concat())?;
            for copy in 1..=copies {
                let mut mangled = mangle(&text, &mut random);
                mangled.extend_from_slice(PROBE.as_bytes());
                scene.add(format!("{name}, copy {copy}"), mangled)?;
            }
            scene.add(format!("{name}, as it is"), text)?;
        }
        Ok(scene)
    }

    fn add(&mut self, name: String, text: Vec<u8>) -> Result {
        for side in ["theirs", "ours"] {
            let path = self.path(side, self.files.len());
            let parent = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&path, &text))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        self.files.push((name, text));
        Ok(())
    }

    fn path(&self, side: &str, number: usize) -> PathBuf {
        let folder = format!("{side}/{:04}", number / FOLDER);
        self.folder.join(folder).join(format!("{number:06}.tf"))
    }

    /// Lets a program format its side. Files with errors make it fail, which is no failure here.
    fn format(&self, side: &str, program: &Path) -> Result {
        Command::new(program)
            .args(["fmt", "-recursive", "-list=false", "-no-color"])
            .current_dir(self.folder.join(side))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(())
    }

    fn compare(&self) -> Result {
        let (mut different, mut refused) = (0, 0);
        for (number, (name, before)) in self.files.iter().enumerate() {
            let read = |side| fs::read(self.path(side, number)).map_err(|error| format!("{name}: {error}"));
            let (theirs, ours) = (read("theirs")?, read("ours")?);
            if theirs != ours {
                different += 1;
                let how = match (theirs == *before, ours == *before) {
                    (true, _) => "left by terraform alone",
                    (_, true) => "left by regprov alone",
                    _ => "another layout",
                };
                println!("{name}: {how} ({})", self.path("theirs", number).display());
            } else if theirs == *before && before.ends_with(PROBE.as_bytes()) {
                refused += 1;
            }
        }
        println!(
            "{} texts, {refused} of them refused by both, {different} different",
            self.files.len()
        );
        match different {
            0 => Ok(()),
            _ => Err(format!("{different} texts are formatted in another way")),
        }
    }
}
