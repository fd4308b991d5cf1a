//! Parts about resources: repeated, moved, removed, imported, replaced.

use super::Author;
use std::fmt::Write as _;

impl Author {
    pub(super) fn plain(&mut self) -> [String; 2] {
        let name = self.name("plain");
        let inputs = self.two_values();
        let triggers = self.random.chance(40).then(|| self.two_values());
        let depends = self.random.chance(20);
        [0, 1].map(|step| {
            let mut text = format!(
                "resource \"terraform_data\" \"{name}\" {{\n  input = {}\n",
                inputs[step]
            );
            if let Some(triggers) = &triggers {
                let _ = writeln!(text, "  triggers_replace = {}", triggers[step]);
            }
            if depends {
                text.push_str("  depends_on = [terraform_data.base]\n");
            }
            text + "}\n"
        })
    }

    pub(super) fn counted(&mut self) -> [String; 2] {
        let name = self.name("counted");
        let counts = [self.random.below(4), self.random.below(4)];
        let input = self
            .random
            .pick(&[
                "count.index",
                "\"n-${count.index}\"",
                "[count.index, terraform_data.base.id]",
            ])
            .to_owned();
        let user = self.random.pick(&[
            "terraform_data.NAME[*].id",
            "[for one in terraform_data.NAME : one.output]",
            "length(terraform_data.NAME)",
            "one(slice(terraform_data.NAME[*].input, 0, min(1, length(terraform_data.NAME))))",
        ]);
        let user = user.replace("NAME", &name);
        counts.map(|count| {
            format!(
                "resource \"terraform_data\" \"{name}\" {{\n  count = {count}\n  input = {input}\n}}\n\
                 output \"{name}\" {{\n  value = {user}\n}}\n"
            )
        })
    }

    pub(super) fn keyed(&mut self) -> [String; 2] {
        let name = self.name("keyed");
        let sets = [
            "toset([\"a\", \"b\"])",
            "toset([\"b\", \"c d\"])",
            "{ a = 1, x = 2 }",
            "{}",
            "toset([])",
        ];
        let picked = [self.random.pick(&sets), self.random.pick(&sets)];
        let input = self.random.pick(&[
            "each.key",
            "each.value",
            "\"${each.key}=${each.value}\"",
            "[each.key, terraform_data.base.id]",
        ]);
        let user = self.random.pick(&[
            "{ for key, one in terraform_data.NAME : key => one.id }",
            "keys(terraform_data.NAME)",
            "try(terraform_data.NAME[\"a\"].output, \"none\")",
            "values(terraform_data.NAME)[*].input",
        ]);
        let user = user.replace("NAME", &name);
        picked.map(|set| {
            format!(
                "resource \"terraform_data\" \"{name}\" {{\n  for_each = {set}\n  input = {input}\n}}\n\
                 output \"{name}\" {{\n  value = {user}\n}}\n"
            )
        })
    }

    pub(super) fn moved(&mut self) -> [String; 2] {
        let (old, new) = (self.name("old"), self.name("new"));
        let (before, after, from, to) = match self.random.below(4) {
            0 => ("", "", String::new(), String::new()),
            1 => ("", "  count = 2\n", String::new(), "[0]".to_owned()),
            2 => (
                "  count = 2\n",
                "  for_each = toset([\"k\"])\n",
                "[1]".to_owned(),
                "[\"k\"]".to_owned(),
            ),
            _ => (
                "  for_each = toset([\"a\"])\n",
                "",
                "[\"a\"]".to_owned(),
                String::new(),
            ),
        };
        let inputs = self.two_values();
        [
            format!(
                "resource \"terraform_data\" \"{old}\" {{\n{before}  input = {}\n}}\n",
                inputs[0]
            ),
            format!(
                "resource \"terraform_data\" \"{new}\" {{\n{after}  input = {}\n}}\n\
                 moved {{\n  from = terraform_data.{old}{from}\n  to   = terraform_data.{new}{to}\n}}\n",
                inputs[1]
            ),
        ]
    }

    pub(super) fn removed(&mut self) -> [String; 2] {
        let name = self.name("removed");
        let destroy = self.random.pick(&["true", "false"]);
        [
            format!("resource \"terraform_data\" \"{name}\" {{\n  input = 1\n}}\n"),
            format!(
                "removed {{\n  from = terraform_data.{name}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n"
            ),
        ]
    }

    pub(super) fn lifecycle(&mut self) -> [String; 2] {
        let name = self.name("lifecycle");
        let settings = self.random.pick(&[
            "ignore_changes = [input]",
            "ignore_changes = all",
            "ignore_changes = [input[\"a\"]]",
            "create_before_destroy = true",
            "prevent_destroy = false",
        ]);
        let second = self
            .random
            .pick(&["{ a = 2, b = 1 }", "{ a = 1, b = 2 }", "{ a = 1, b = 1 }"]);
        let triggers = self.random.pick(&["1", "2"]);
        let text = |input: &str, triggers: &str| {
            format!(
                "resource \"terraform_data\" \"{name}\" {{\n  input = {input}\n  triggers_replace = {triggers}\n  lifecycle {{\n    {settings}\n  }}\n}}\n\
                 resource \"terraform_data\" \"{name}_user\" {{\n  input = terraform_data.{name}.id\n}}\n"
            )
        };
        [text("{ a = 1, b = 1 }", "1"), text(second, triggers)]
    }

    pub(super) fn triggered(&mut self) -> [String; 2] {
        let name = self.name("triggered");
        let by = self.random.pick(&[
            "terraform_data.SOURCE",
            "terraform_data.SOURCE.output",
            "terraform_data.SOURCE.input",
            "terraform_data.base",
        ]);
        let by = by.replace("SOURCE", &format!("{name}_source"));
        let second = self.random.pick(&["1", "2"]);
        ["1", second].map(|input| {
            format!(
                "resource \"terraform_data\" \"{name}_source\" {{\n  input = {input}\n}}\n\
                 resource \"terraform_data\" \"{name}\" {{\n  input = \"t\"\n  lifecycle {{\n    replace_triggered_by = [{by}]\n  }}\n}}\n"
            )
        })
    }

    pub(super) fn imported(&mut self) -> [String; 2] {
        let name = self.name("imported");
        let block = format!("resource \"terraform_data\" \"{name}\" {{\n  input = \"i\"\n}}\n");
        let import = format!("import {{\n  to = terraform_data.{name}\n  id = \"id-{name}\"\n}}\n");
        if self.random.chance(50) {
            [format!("{block}{import}"), format!("{block}{import}")]
        } else {
            [String::new(), format!("{block}{import}")]
        }
    }

    pub(super) fn local_exec(&mut self) -> [String; 2] {
        let name = self.name("exec");
        let when = self
            .random
            .pick(&["", "    when = destroy\n", "    on_failure = continue\n"]);
        let second = self.random.pick(&["1", "2"]);
        ["1", second].map(|trigger| {
            format!(
                "resource \"terraform_data\" \"{name}\" {{\n  triggers_replace = {trigger}\n  provisioner \"local-exec\" {{\n    command = \"true\"\n{when}  }}\n}}\n"
            )
        })
    }

    /// A block that is no longer there.
    pub(super) fn gone(&mut self) -> [String; 2] {
        let name = self.name("gone");
        let repeat = self
            .random
            .pick(&["", "  count = 2\n", "  for_each = toset([\"g\"])\n"]);
        let text = format!(
            "resource \"terraform_data\" \"{name}\" {{\n{repeat}  input = terraform_data.base.id\n}}\n"
        );
        [text, String::new()]
    }

    pub(super) fn repetition_changes(&mut self) -> [String; 2] {
        let name = self.name("repeated");
        let kinds = [
            "",
            "  count = 1\n",
            "  count = 2\n",
            "  for_each = toset([\"r\"])\n",
        ];
        let kinds = [self.random.pick(&kinds), self.random.pick(&kinds)];
        kinds
            .map(|repeat| format!("resource \"terraform_data\" \"{name}\" {{\n{repeat}  input = \"r\"\n}}\n"))
    }
}
