//! What is measured.

use crate::shell::Result;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Two blocks of a thousand, the second indexing the first.
pub(crate) const INDEXED: &str = r#"resource "terraform_data" "first" {
  count = 1000
  input = "item-${count.index}"
}

resource "terraform_data" "second" {
  count = 1000
  input = terraform_data.first[count.index].output
}
"#;

/// A sandbox that is ended with the value.
pub(crate) struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves the sandbox of a folder.
pub(crate) fn serve(regprov: &Path, folder: &Path) -> Result<Served> {
    let mut command = Command::new(regprov);
    command
        .arg(format!("-chdir={}", folder.display()))
        .args(["sandbox", "serve"]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let out = child.stdout.take().ok_or("the sandbox has no output")?;
    let served = Served(child);
    for line in BufReader::new(out).lines() {
        if line.map_err(|error| error.to_string())?.starts_with("Serving") {
            return Ok(served);
        }
    }
    Err("the sandbox ended at once".into())
}

/// One block of so many instances.
pub(crate) fn counted(count: usize) -> String {
    format!(
        "resource \"terraform_data\" \"a\" {{\n  count = {count}\n  input = \"item-${{count.index}}\"\n}}\n"
    )
}

/// So many blocks that do not know each other.
pub(crate) fn blocks(count: usize) -> String {
    let block = |at| format!("resource \"terraform_data\" \"r{at}\" {{\n  input = \"item-{at}\"\n}}\n");
    (0..count).map(block).collect()
}

/// So many blocks, each referring to the one before.
pub(crate) fn chain(count: usize) -> String {
    let block = |at: usize| match at {
        0 => "resource \"terraform_data\" \"r0\" {\n  input = \"x\"\n}\n".to_owned(),
        _ => format!(
            "resource \"terraform_data\" \"r{at}\" {{\n  input = terraform_data.r{}.id\n}}\n",
            at - 1
        ),
    };
    (0..count).map(block).collect()
}

/// One block over a map of so many entries.
pub(crate) fn each(count: usize) -> String {
    // `range` makes at most 1,024 numbers.
    format!(
        "resource \"terraform_data\" \"a\" {{\n  for_each = {{ for i in range({count}) : \"k${{i}}\" => \"v${{i}}\" }}\n  input    = \"${{each.key}}-${{each.value}}\"\n}}\n"
    )
}

/// Variables with object types, and so many blocks that use them: nine lines a block.
pub(crate) fn typed(count: usize) -> String {
    let variable = |at| {
        format!(
            "variable \"o{at}\" {{\n  type = object({{\n    name = string\n    tags = optional(map(string), {{}})\n  }})\n  default = {{ name = \"x{at}\" }}\n}}\n"
        )
    };
    let block = |at: usize| {
        let from = at % 60;
        format!(
            "resource \"terraform_data\" \"r{at}\" {{\n  input = {{\n    name = var.o{from}.name\n    all  = [for k, v in var.o{from}.tags : \"${{k}}=${{v}}\"]\n    n    = {at}\n  }}\n}}\n\n"
        )
    };
    let variables: String = (0..60).map(variable).collect();
    let blocks: String = (0..count).map(block).collect();
    format!("{variables}{blocks}")
}

/// A file of at least so many bytes whose equals signs do not stand in columns yet.
pub(crate) fn unformatted(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 200);
    let mut at = 0;
    while text.len() < bytes {
        text.push_str(&format!(
            "resource \"terraform_data\" \"r{at}\" {{\n    input = {{\n  name = \"item-{at}\"\n      longer_name= [1,2,   3]\n # note\n   }}\n\n\n  triggers_replace=\"${{ var.a }}-{at}\"\n}}\n"
        ));
        at += 1;
    }
    text
}

/// So many expressions, one a line.
pub(crate) fn expressions(count: usize) -> String {
    let line = |at: usize| {
        format!(
            "join(\"-\", [for x in range({}) : upper(format(\"k%03d\", x + {at}))])\n",
            at % 50 + 3
        )
    };
    (0..count).map(line).collect()
}
