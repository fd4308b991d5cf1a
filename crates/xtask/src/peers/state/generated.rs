//! Configurations of `terraform_data` from a seed: instances of every kind, modules within modules, values of every type, secrets,
//! conditions, names that changed.

use crate::random::Random;
use std::fmt::Write as _;

/// A configuration in two steps: what is applied first, and what then becomes of it.
pub(super) struct Generated {
    /// Files of the first step.
    pub(super) first: Vec<(String, String)>,
    /// Files that are other in the second.
    pub(super) second: Vec<(String, String)>,
}

const SCALARS: &[&str] = &[
    "\"plain\"",
    "\"\"",
    "\"ünïcödé ✓ \\\"quoted\\\" \\n next $${no} %%{no}\"",
    "0",
    "-1.5",
    "12345678901234567890123",
    "1e-7",
    "true",
    "false",
    "null",
    "sensitive(\"canary-${1 + 1}\")",
    "jsonencode({ a = [1, null] })",
    "terraform.workspace",
];

const LONG: &str = "join(\",\", range(200))";

/// Makes the configuration of a seed.
pub(super) fn configuration(seed: u64) -> Generated {
    let mut random = Random::new(seed);
    let resources = 2 + random.below(5);
    let mut maker = Maker {
        random,
        before: Vec::new(),
    };
    let mut first = String::new();
    for number in 0..resources {
        maker.resource(&mut first, &format!("r{number}"));
    }
    maker.module_call(&mut first);
    maker.outputs(&mut first);
    let module = maker.module("inner");
    let inner = maker.module("");
    let renamed = first
        .replace("terraform_data.r0", "terraform_data.renamed")
        .replace("\"terraform_data\" \"r0\"", "\"terraform_data\" \"renamed\"");
    let mut second = renamed;
    second.push_str("\nmoved {\n  from = terraform_data.r0\n  to   = terraform_data.renamed\n}\n");
    second = second.replacen("\"plain\"", "\"changed\"", 1);
    Generated {
        first: vec![
            ("main.tf".into(), first),
            ("m/main.tf".into(), module),
            ("m/inner/main.tf".into(), inner),
        ],
        second: vec![("main.tf".into(), second)],
    }
}

struct Maker {
    random: Random,
    /// What later blocks may refer to.
    before: Vec<String>,
}

impl Maker {
    /// An expression of any type.
    fn value(&mut self, depth: usize) -> String {
        let kind = if depth == 0 { 0 } else { self.random.below(7) };
        match kind {
            1 => format!("[{}, {}]", self.value(depth - 1), self.value(depth - 1)),
            2 => format!(
                "{{ key = {}, \"other key\" = {} }}",
                self.value(depth - 1),
                self.value(depth - 1)
            ),
            3 => format!("toset([\"a\", {}])", "\"b\""),
            4 => format!("tolist([{}])", self.value(0)),
            5 if !self.before.is_empty() => {
                let at = self.random.below(self.before.len());
                self.before[at].clone()
            }
            6 if self.random.chance(30) => LONG.to_owned(),
            _ => self.random.pick(SCALARS).to_owned(),
        }
    }

    fn resource(&mut self, text: &mut String, name: &str) {
        let (repetition, reference) = match self.random.below(4) {
            0 => ("  count = 3\n", format!("terraform_data.{name}[1].output")),
            1 => (
                "  for_each = { one = 1, \"two/2\" = [2] }\n",
                format!("terraform_data.{name}[\"two/2\"].output"),
            ),
            2 => (
                "  for_each = toset([\"x\", \"y.z\"])\n",
                format!("[for one in terraform_data.{name} : one.id]"),
            ),
            _ => ("", format!("terraform_data.{name}.output")),
        };
        let _ = write!(text, "resource \"terraform_data\" \"{name}\" {{\n{repetition}");
        if self.random.chance(85) {
            let value = self.value(2);
            let _ = writeln!(text, "  input = {value}");
        }
        if self.random.chance(50) {
            let value = self.value(1);
            let _ = writeln!(text, "  triggers_replace = {value}");
        }
        self.lifecycle(text);
        text.push_str("}\n\n");
        self.before.push(reference);
    }

    fn lifecycle(&mut self, text: &mut String) {
        let mut lines = Vec::new();
        if self.random.chance(25) {
            lines.push("    create_before_destroy = true\n".to_owned());
        }
        if self.random.chance(20) {
            lines.push("    ignore_changes = [triggers_replace]\n".to_owned());
        }
        if self.random.chance(25) {
            lines.push(
                "    precondition {\n      condition     = terraform.workspace != \"\"\n      error_message = \"Never.\"\n    }\n".to_owned(),
            );
        }
        // A reference to the whole resource, whatever repeats it.
        let before = self.before.last().and_then(|reference| {
            let start = reference.find("terraform_data.")?;
            let name = reference[start..].split(['[', ' ', ':']).next()?;
            Some(name.trim_end_matches(".output").to_owned())
        });
        if let (true, Some(before)) = (self.random.chance(25), before) {
            lines.push(format!("    replace_triggered_by = [{before}]\n"));
        }
        if !lines.is_empty() {
            let _ = write!(text, "  lifecycle {{\n{}  }}\n", lines.concat());
        }
    }

    fn module_call(&mut self, text: &mut String) {
        let (repetition, reference) = match self.random.below(3) {
            0 => ("  count = 2\n", "module.m[0].out"),
            1 => (
                "  for_each = toset([\"eu\", \"us-1\"])\n",
                "module.m[\"us-1\"].out",
            ),
            _ => ("", "module.m.out"),
        };
        let value = self.value(2);
        let _ = write!(
            text,
            "module \"m\" {{\n  source = \"./m\"\n{repetition}  given = {value}\n}}\n\n"
        );
        self.before.push(reference.to_owned());
    }

    /// A module, and one within it where that has a name.
    fn module(&mut self, within: &str) -> String {
        let mut text = String::from("variable \"given\" {\n  type = any\n  nullable = true\n}\n\n");
        let before = std::mem::take(&mut self.before);
        self.before.push("var.given".to_owned());
        self.resource(&mut text, "in_module");
        if !within.is_empty() {
            let _ = write!(
                text,
                "module \"deep\" {{\n  source = \"./{within}\"\n  count  = 2\n  given  = var.given\n}}\n\n"
            );
        }
        let value = self.before[self.random.below(self.before.len())].clone();
        let _ = write!(
            text,
            "output \"out\" {{\n  value = {value}\n  sensitive = true\n}}\n"
        );
        self.before = before;
        text
    }

    fn outputs(&mut self, text: &mut String) {
        for number in 0..4 {
            let value = self.value(2);
            // Whatever may come of a reference is called secret; a secret that is not would be refused.
            let _ = write!(
                text,
                "output \"o{number}\" {{\n  value = {value}\n  sensitive = true\n}}\n\n"
            );
        }
        text.push_str(
            "output \"plain\" {\n  value = { list = [1, \"two\", null], map = tomap({ a = 1 }), n = 1.25 }\n}\n\n\
             check \"held\" {\n  assert {\n    condition     = length(terraform_data.r0) > 0\n    error_message = \"Never.\"\n  }\n}\n",
        );
    }
}
