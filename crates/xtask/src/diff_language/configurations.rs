//! Configurations before and after a change, put together from what the language has.

mod resources;

use super::random::Random;
use std::collections::BTreeMap;

/// A configuration, then the same one changed.
pub(super) struct Scenario {
    /// The files of both, by path.
    pub(super) steps: [BTreeMap<String, String>; 2],
    /// Flags of the second plan.
    pub(super) flags: Vec<String>,
    /// Whether the first object is marked as half-made in between.
    pub(super) taint: bool,
}

/// Writes scenarios.
pub(super) struct Author {
    random: Random,
    /// How many parts were written, for names.
    parts: usize,
    files: [BTreeMap<String, String>; 2],
}

/// A part writes its text before and after the change.
type Part = fn(&mut Author) -> [String; 2];

const PARTS: &[Part] = &[
    Author::plain,
    Author::plain,
    Author::counted,
    Author::keyed,
    Author::moved,
    Author::removed,
    Author::module,
    Author::module,
    Author::outputs,
    Author::check,
    Author::conditions,
    Author::lifecycle,
    Author::triggered,
    Author::variables,
    Author::locals,
    Author::secrets,
    Author::imported,
    Author::local_exec,
    Author::gone,
    Author::repetition_changes,
    Author::types,
];

/// What is wrong on purpose.
const MISTAKES: &[&str] = &[
    "output \"wrong\" {\n  value = local.no_such\n}\n",
    "output \"wrong\" {\n  value = var.no_such\n}\n",
    "output \"wrong\" {\n  value = terraform_data.no_such.id\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  inputs = 1\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  count = terraform_data.base.id == \"\" ? 1 : 2\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  for_each = [1]\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  for_each = toset([terraform_data.base.id])\n}\n",
    "locals {\n  one = local.two\n  two = local.one\n}\n",
    "variable \"wrong\" {\n  type    = number\n  default = \"x\"\n}\n",
    "output \"wrong\" {\n  value = sensitive(1)\n}\n",
    "output \"wrong\" {\n  value = 1\n  precondition {\n    condition     = 1 > 2\n    error_message = \"No.\"\n  }\n}\n",
    "resource \"terraform_data\" \"base\" {\n}\n",
    "resource \"no_such_thing\" \"wrong\" {\n}\n",
    "module \"wrong\" {\n  source = \"./no-such-module\"\n}\n",
    "output \"wrong\" {\n  value = upper(1, 2)\n}\n",
    "output \"wrong\" {\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  input = self.id\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  input = each.key\n}\n",
    "resource \"terraform_data\" \"wrong\" {\n  count    = 1\n  for_each = {}\n}\n",
    "moved {\n  from = terraform_data.base\n  to   = terraform_data.base\n}\n",
];

impl Author {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            parts: 0,
            files: [BTreeMap::new(), BTreeMap::new()],
        }
    }

    pub(super) fn scenario(&mut self) -> Scenario {
        self.parts = 0;
        self.files = [BTreeMap::new(), BTreeMap::new()];
        let base = "resource \"terraform_data\" \"base\" {\n  input = \"base\"\n}\n";
        let mut texts = [base.to_owned(), base.to_owned()];
        for _ in 0..2 + self.random.below(4) {
            self.parts += 1;
            let part = PARTS[self.random.below(PARTS.len())];
            let [before, after] = part(self);
            texts[0].push_str(&before);
            texts[1].push_str(&after);
        }
        if self.random.chance(12) {
            let mistake = self.random.pick(MISTAKES);
            texts[1].push_str(mistake);
        }
        let [before, after] = texts;
        self.files[0].insert("main.tf".into(), before);
        self.files[1].insert("main.tf".into(), after);
        Scenario {
            steps: std::mem::take(&mut self.files),
            flags: self.flags(),
            taint: self.random.chance(8),
        }
    }

    fn flags(&mut self) -> Vec<String> {
        let flags: &[&str] = match self.random.below(20) {
            0 => &["-destroy"],
            1 => &["-refresh-only"],
            2 => &["-replace=terraform_data.base"],
            3 => &["-target=terraform_data.base"],
            4 => &["-refresh=false"],
            _ => &[],
        };
        flags.iter().map(|flag| (*flag).to_owned()).collect()
    }

    fn name(&self, stem: &str) -> String {
        format!("{stem}{}", self.parts)
    }

    /// A value, often with something known only after apply.
    fn value(&mut self) -> String {
        self.random
            .pick(&[
                "1",
                "\"text\"",
                "true",
                "null",
                "[1, \"two\", false]",
                "{ a = 1, b = [true] }",
                "terraform_data.base.id",
                "terraform_data.base.output",
                "\"pre-${terraform_data.base.id}\"",
                "{ a = terraform_data.base.id, b = [\"x\", terraform_data.base.output] }",
                "[for i in range(3) : i * 2]",
                "toset([\"b\", \"a\"])",
                "tomap({ a = \"x\", b = terraform_data.base.id })",
                "upper(\"text\")",
                "\"${path.module}-${terraform.workspace}\"",
                "jsonencode({ a = [1, null] })",
                "terraform_data.base",
                "1.5e3",
                "tolist([\"a\", \"b\"])",
                "sensitive(\"secret-value\")",
                "{ open = \"o\", closed = sensitive(\"secret-value\") }",
            ])
            .to_owned()
    }

    fn two_values(&mut self) -> [String; 2] {
        let before = self.value();
        let after = if self.random.chance(50) {
            self.value()
        } else {
            before.clone()
        };
        [before, after]
    }

    fn module(&mut self) -> [String; 2] {
        let name = self.name("module");
        let nested = self.random.chance(35);
        let inner = if nested {
            "module \"inner\" {\n  source = \"./inner\"\n  word   = \"in-${var.word}\"\n}\n\
             output \"inner\" {\n  value = module.inner.id\n}\n"
        } else {
            ""
        };
        let body = format!(
            "variable \"word\" {{\n  type        = string\n  description = \"A word.\"\n}}\n\
             variable \"list\" {{\n  type    = list(any)\n  default = []\n}}\n\
             resource \"terraform_data\" \"own\" {{\n  input = var.word\n}}\n\
             resource \"terraform_data\" \"each\" {{\n  count = length(var.list)\n  input = var.list[count.index]\n}}\n\
             {inner}\
             output \"id\" {{\n  value = terraform_data.own.id\n}}\n\
             output \"word\" {{\n  value = \"<${{var.word}}>\"\n}}\n\
             output \"all\" {{\n  value     = terraform_data.each[*].output\n}}\n"
        );
        let leaf = "variable \"word\" {}\nresource \"terraform_data\" \"leaf\" {\n  input = var.word\n}\n\
                    output \"id\" {\n  value = terraform_data.leaf.id\n}\n";
        for files in &mut self.files {
            files.insert(format!("{name}/main.tf"), body.clone());
            if nested {
                files.insert(format!("{name}/inner/main.tf"), leaf.to_owned());
            }
        }
        let repeats = [
            "",
            "",
            "  count = 2\n",
            "  for_each = toset([\"x\", \"y\"])\n",
            "  count = 0\n",
        ];
        let first = self.random.pick(&repeats);
        let second = if self.random.chance(60) {
            first
        } else {
            self.random.pick(&repeats)
        };
        let words = [
            "\"w\"",
            "terraform_data.base.id",
            "\"v-${terraform_data.base.output}\"",
        ];
        let words = [self.random.pick(&words), self.random.pick(&words)];
        let lists = ["[1, 2]", "[\"a\"]", "[]"];
        let lists = [self.random.pick(&lists), self.random.pick(&lists)];
        let depends = if self.random.chance(20) {
            "  depends_on = [terraform_data.base]\n"
        } else {
            ""
        };
        let call = |repeat: &str, word: &str, list: &str| {
            let user = match repeat {
                "" => "[module.NAME.id, module.NAME.word]",
                repeat if repeat.contains("count") => "module.NAME[*].word",
                _ => "{ for key, one in module.NAME : key => one.all }",
            };
            let user = user.replace("NAME", &name);
            format!(
                "module \"{name}\" {{\n  source = \"./{name}\"\n{repeat}{depends}  word = {word}\n  list = {list}\n}}\n\
                 output \"{name}\" {{\n  value = {user}\n}}\n"
            )
        };
        [call(first, words[0], lists[0]), call(second, words[1], lists[1])]
    }

    fn outputs(&mut self) -> [String; 2] {
        let name = self.name("output");
        let values = self.two_values();
        let mut text = |value: &str, always: bool| {
            if !always && self.random.chance(15) {
                return String::new();
            }
            let extra = self.random.pick(&[
                "",
                "",
                "  description = \"What it is.\"\n",
                "  depends_on = [terraform_data.base]\n",
                "  precondition {\n    condition     = length(terraform_data.base.id) > 0\n    error_message = \"Empty.\"\n  }\n",
            ]);
            format!("output \"{name}\" {{\n  value = {value}\n  sensitive = true\n{extra}}}\n")
        };
        let first = text(&values[0], true);
        [first, text(&values[1], false)]
    }

    fn check(&mut self) -> [String; 2] {
        let name = self.name("check");
        let conditions = [
            "1 < 2",
            "1 > 2",
            "terraform_data.base.id != \"\"",
            "terraform_data.base.output == \"base\"",
        ];
        let mut text = || {
            let (one, two) = (self.random.pick(&conditions), self.random.pick(&conditions));
            format!(
                "check \"{name}\" {{\n  assert {{\n    condition     = {one}\n    error_message = \"First.\"\n  }}\n\
                 \x20 assert {{\n    condition     = {two}\n    error_message = \"Second.\"\n  }}\n}}\n"
            )
        };
        [text(), text()]
    }

    fn conditions(&mut self) -> [String; 2] {
        let name = self.name("conditions");
        let repeat = self
            .random
            .pick(&["", "  count = 2\n", "  for_each = toset([\"p\"])\n"]);
        let post = self.random.pick(&[
            "self.input == 1",
            "self.id != \"\"",
            "self.output != null",
            "self.input == terraform_data.base.id || true",
        ]);
        let text = format!(
            "resource \"terraform_data\" \"{name}\" {{\n{repeat}  input = 1\n  lifecycle {{\n    precondition {{\n      \
             condition     = terraform_data.base.input == \"base\"\n      error_message = \"Pre.\"\n    }}\n    postcondition {{\n      \
             condition     = {post}\n      error_message = \"Post.\"\n    }}\n  }}\n}}\n"
        );
        [text.clone(), text]
    }

    fn variables(&mut self) -> [String; 2] {
        let name = self.name("variable");
        let (ty, defaults): (&str, [&str; 2]) = match self.random.below(6) {
            0 => ("string", ["\"a\"", "\"b\""]),
            1 => ("list(string)", ["[\"a\", 1]", "[]"]),
            2 => (
                "object({ a = string, b = optional(number, 5), c = optional(object({ d = optional(bool, true) }), {}) })",
                ["{ a = 1 }", "{ a = \"x\", b = \"7\", c = { d = false } }"],
            ),
            3 => ("map(number)", ["{ a = \"1\" }", "{ a = 1, b = 2 }"]),
            4 => ("set(string)", ["[\"b\", \"a\", \"b\"]", "[\"c\"]"]),
            _ => ("any", ["{ a = [1, \"2\"] }", "null"]),
        };
        let extra = self.random.pick(&[
            "",
            "  description = \"Text.\"\n",
            "  sensitive = true\n",
            "  nullable = true\n",
            "  validation {\n    condition     = var.NAME != \"never\"\n    error_message = \"Never.\"\n  }\n",
        ]);
        let extra = extra.replace("NAME", &name);
        let second = defaults[self.random.below(2)];
        [defaults[0], second].map(|default| {
            format!(
                "variable \"{name}\" {{\n  type    = {ty}\n  default = {default}\n{extra}}}\n\
                 resource \"terraform_data\" \"{name}\" {{\n  input = var.{name}\n}}\n\
                 output \"{name}\" {{\n  value     = terraform_data.{name}.output\n  sensitive = true\n}}\n"
            )
        })
    }

    fn locals(&mut self) -> [String; 2] {
        let name = self.name("local");
        let values = self.two_values();
        let use_of = self.random.pick(&[
            "local.NAME",
            "[local.NAME, local.NAME_list]",
            "{ deep = { er = local.NAME } }",
            "local.NAME_list[1]",
        ]);
        let use_of = use_of.replace("NAME", &name);
        values.map(|value| {
            format!(
                "locals {{\n  {name}      = {value}\n  {name}_list = [\"first\", terraform_data.base.id]\n}}\n\
                 resource \"terraform_data\" \"{name}\" {{\n  input = {use_of}\n}}\n"
            )
        })
    }

    fn secrets(&mut self) -> [String; 2] {
        let name = self.name("secret");
        let words = [
            "sensitive(\"one-secret\")",
            "{ a = sensitive(\"two-secret\"), b = 1 }",
            "\"open\"",
        ];
        let words = [self.random.pick(&words), self.random.pick(&words)];
        words.map(|word| {
            format!(
                "resource \"terraform_data\" \"{name}\" {{\n  input = {word}\n}}\n\
                 resource \"terraform_data\" \"{name}_user\" {{\n  input = [terraform_data.{name}.id, terraform_data.{name}.input]\n}}\n\
                 output \"{name}\" {{\n  value     = terraform_data.{name}\n  sensitive = true\n}}\n"
            )
        })
    }

    /// Values whose type only the state keeps.
    fn types(&mut self) -> [String; 2] {
        let name = self.name("typed");
        let values = [
            "tolist([\"a\"])",
            "toset([\"a\"])",
            "[\"a\"]",
            "tomap({ a = 1 })",
            "{ a = 1 }",
            "tonumber(\"1\")",
            "\"1\"",
            "tolist([])",
            "[null]",
            "{ a = null }",
        ];
        let values = [self.random.pick(&values), self.random.pick(&values)];
        values.map(|value| {
            format!(
                "resource \"terraform_data\" \"{name}\" {{\n  input            = {value}\n  triggers_replace = {value}\n}}\n\
                 output \"{name}\" {{\n  value = terraform_data.{name}.output\n}}\n"
            )
        })
    }
}
