//! Expressions from a grammar. Most have a value; some are wrong on purpose, so that refusals are compared too.

mod words;

use super::random::Random;
use std::fmt::Write as _;
use words::{FUNCTIONS, SENSITIVE, Signature, literals, references};

/// What the expressions refer to.
pub(super) const PREAMBLE: &str = include_str!("preamble.tf");

/// What an expression should give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Bool,
    /// A list or tuple of texts.
    Texts,
    /// A list or tuple of numbers.
    Numbers,
    Set,
    Map,
    Object,
    /// A list of objects with `id` and `name`.
    Objects,
}

use Kind::{Bool, Map, Number, Numbers, Object, Objects, Set, Text, Texts};

const KINDS: &[Kind] = &[Number, Text, Bool, Texts, Numbers, Set, Map, Object, Objects];

/// What expressions may refer to beside literals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    /// Nothing: they are the same everywhere.
    Literals,
    /// Locals, variables, resources that are known after apply, sensitive values, texts of several lines.
    Module,
}

/// Writes expressions.
pub(super) struct Grammar {
    random: Random,
    world: World,
    /// Names that `for` brings, with what they hold.
    names: Vec<(String, Kind)>,
}

impl Grammar {
    pub(super) const fn new(seed: u64, world: World) -> Self {
        Self {
            random: Random::new(seed),
            world,
            names: Vec::new(),
        }
    }

    /// An expression of any kind.
    pub(super) fn expression(&mut self) -> String {
        self.names.clear();
        let kind = self.kind();
        let depth = 1 + self.random.below(3);
        let written = self.of(kind, depth);
        match self.random.below(12) {
            0 if self.world == World::Module => self.heredoc(),
            1 => {
                let other = self.kind();
                let second = self.of(other, 1);
                format!("[{written}, {second}]")
            }
            2 => {
                let other = self.kind();
                let second = self.of(other, 1);
                let truth = self.of(Bool, 1);
                format!("{truth} ? {written} : {second}")
            }
            3 => format!("try({written}, null)"),
            _ => written,
        }
    }

    fn kind(&mut self) -> Kind {
        KINDS[self.random.below(KINDS.len())]
    }

    /// An expression that should give `kind`, and now and then another.
    fn of(&mut self, kind: Kind, depth: usize) -> String {
        let kind = if self.random.chance(3) { self.kind() } else { kind };
        if depth == 0 || self.random.chance(20) {
            return self.leaf(kind);
        }
        match self.random.below(10) {
            0..=3 => self.call(kind, depth),
            4 => self.conditional(kind, depth),
            5 => self.reach(kind, depth),
            _ => self.compound(kind, depth),
        }
    }

    fn leaf(&mut self, kind: Kind) -> String {
        let known: Vec<String> = self
            .names
            .iter()
            .filter(|(_, held)| *held == kind)
            .map(|(name, _)| name.clone())
            .collect();
        if !known.is_empty() && self.random.chance(60) {
            return known[self.random.below(known.len())].clone();
        }
        if self.world == World::Module && self.random.chance(45) {
            return self.random.pick(references(kind)).to_owned();
        }
        self.random.pick(literals(kind)).to_owned()
    }

    fn call(&mut self, kind: Kind, depth: usize) -> String {
        let fitting: Vec<&Signature> = FUNCTIONS
            .iter()
            .filter(|(name, _, result)| {
                *result == kind && (self.world == World::Module || !SENSITIVE.contains(name))
            })
            .collect();
        let Some((name, parameters, _)) = fitting.get(self.random.below(fitting.len())) else {
            return self.leaf(kind);
        };
        let mut arguments: Vec<String> = parameters.iter().map(|of| self.of(*of, depth - 1)).collect();
        match self.random.below(60) {
            0 => arguments.push(self.leaf(Text)),
            1 => drop(arguments.pop()),
            2 => arguments[0] = "null".to_owned(),
            _ => {}
        }
        format!("{name}({})", arguments.join(", "))
    }

    fn conditional(&mut self, kind: Kind, depth: usize) -> String {
        let truth = self.of(Bool, depth - 1);
        let first = self.of(kind, depth - 1);
        let second = if self.random.chance(12) {
            "null".to_owned()
        } else {
            self.of(kind, depth - 1)
        };
        format!("({truth} ? {first} : {second})")
    }

    /// An index, attribute or splat of something greater.
    fn reach(&mut self, kind: Kind, depth: usize) -> String {
        let shallow = depth - 1;
        match kind {
            Text => match self.random.below(6) {
                0 => format!("{}[{}]", self.of(Texts, shallow), self.leaf(Number)),
                1 => format!("{}[{}]", self.of(Map, shallow), self.leaf(Text)),
                2 => format!("{}.a", self.of(Object, shallow)),
                3 => format!("{}[0].name", self.of(Objects, shallow)),
                4 => format!("{}.a", self.of(Map, shallow)),
                _ => format!("{}[\"b\"]", self.of(Object, shallow)),
            },
            Number => match self.random.below(3) {
                0 => format!("{}[{}]", self.of(Numbers, shallow), self.leaf(Number)),
                1 => format!("{}[1].id", self.of(Objects, shallow)),
                _ => format!("{}.0", self.of(Numbers, shallow)),
            },
            Texts | Numbers => match self.random.below(6) {
                0 => format!("{}[*].name", self.of(Objects, shallow)),
                1 => format!("{}.*.id", self.of(Objects, shallow)),
                2 => format!("{}[*]", self.of(Text, shallow)),
                3 => format!("{}[*].name[0]", self.of(Objects, shallow)),
                4 => format!("{}[*]", self.of(Set, shallow)),
                _ => format!("{}.*.tags.0", self.of(Objects, shallow)),
            },
            Object => format!("{}[{}]", self.of(Objects, shallow), self.leaf(Number)),
            Bool => format!("{}.ok", self.of(Object, shallow)),
            Set | Map | Objects => self.leaf(kind),
        }
    }

    fn compound(&mut self, kind: Kind, depth: usize) -> String {
        let shallow = depth - 1;
        match kind {
            Number => match self.random.below(7) {
                0 => format!("-{}", self.of(Number, shallow)),
                1 => format!("({})", self.of(Number, shallow)),
                _ => {
                    let sign = self.random.pick(&["+", "-", "*", "/", "%"]);
                    format!(
                        "({} {sign} {})",
                        self.of(Number, shallow),
                        self.of(Number, shallow)
                    )
                }
            },
            Bool => self.comparison(shallow),
            Text => self.template(shallow),
            Texts | Numbers if self.random.chance(60) => self.for_tuple(kind, shallow),
            Texts => self.items(Text, shallow),
            Numbers => self.items(Number, shallow),
            Set => format!("toset({})", self.of(Texts, shallow)),
            Map => match self.random.below(3) {
                0 => format!("tomap({})", self.of(Object, shallow)),
                1 => self.for_object(Text, shallow),
                _ => format!(
                    "{{a = {}, b = {}}}",
                    self.of(Text, shallow),
                    self.of(Text, shallow)
                ),
            },
            Object => self.object(shallow),
            Objects => {
                let rows: Vec<String> = (0..=self.random.below(3)).map(|_| self.row(shallow)).collect();
                format!("[{}]", rows.join(", "))
            }
        }
    }

    fn items(&mut self, of: Kind, depth: usize) -> String {
        let items: Vec<String> = (0..self.random.below(4)).map(|_| self.of(of, depth)).collect();
        format!("[{}]", items.join(", "))
    }

    fn row(&mut self, depth: usize) -> String {
        let (id, name) = (self.of(Number, depth), self.of(Text, depth));
        let tags = self.of(Texts, depth.min(1));
        format!("{{id = {id}, name = {name}, tags = {tags}}}")
    }

    fn object(&mut self, depth: usize) -> String {
        if self.random.chance(30) {
            return self.for_object(Number, depth);
        }
        let mut text = "{".to_owned();
        for name in ["a", "b", "ok"].iter().take(1 + self.random.below(3)) {
            let kind = if *name == "ok" { Bool } else { self.kind() };
            let sign = self.random.pick(&[" = ", ": ", "="]);
            let _ = write!(text, "{name}{sign}{}, ", self.of(kind, depth));
        }
        if self.random.chance(20) {
            let (key, value) = (self.of(Text, depth), self.of(Text, depth));
            let _ = write!(text, "({key}) = {value}, ");
        }
        text.push('}');
        text
    }

    fn comparison(&mut self, depth: usize) -> String {
        match self.random.below(6) {
            0 => format!("!{}", self.of(Bool, depth)),
            1 | 2 => {
                let sign = self.random.pick(&["&&", "||"]);
                format!("({} {sign} {})", self.of(Bool, depth), self.of(Bool, depth))
            }
            3 => {
                let sign = self.random.pick(&["<", "<=", ">", ">="]);
                format!("({} {sign} {})", self.of(Number, depth), self.of(Number, depth))
            }
            _ => {
                let sign = self.random.pick(&["==", "!="]);
                let kind = self.kind();
                let other = if self.random.chance(70) { kind } else { self.kind() };
                format!("({} {sign} {})", self.of(kind, depth), self.of(other, depth))
            }
        }
    }

    fn bind(&mut self, names: &[(&str, Kind)]) {
        self.names
            .extend(names.iter().map(|(name, kind)| ((*name).to_owned(), *kind)));
    }

    fn for_tuple(&mut self, kind: Kind, depth: usize) -> String {
        let item = if kind == Numbers { Number } else { Text };
        let (source, names) = self.source(depth);
        let before = self.names.len();
        let heads: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let heads = heads.join(", ");
        self.bind(&names);
        let body = self.of(item, depth);
        let filter = if self.random.chance(35) {
            format!(" if {}", self.comparison(0))
        } else {
            String::new()
        };
        self.names.truncate(before);
        format!("[for {heads} in {source} : {body}{filter}]")
    }

    fn for_object(&mut self, item: Kind, depth: usize) -> String {
        let (source, names) = self.source(depth);
        let before = self.names.len();
        let heads: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let heads = heads.join(", ");
        self.bind(&names);
        let key = if self.random.chance(80) {
            self.leaf(Text)
        } else {
            self.of(Text, depth)
        };
        let value = self.of(item, depth);
        let grouped = if self.random.chance(40) { "..." } else { "" };
        let filter = if self.random.chance(25) {
            format!(" if {}", self.comparison(0))
        } else {
            String::new()
        };
        self.names.truncate(before);
        format!("{{for {heads} in {source} : {key} => {value}{grouped}{filter}}}")
    }

    /// What a `for` goes over, and the names that it binds.
    fn source(&mut self, depth: usize) -> (String, Vec<(&'static str, Kind)>) {
        match self.random.below(6) {
            0 => (self.of(Texts, depth), vec![("x", Text)]),
            1 => (self.of(Texts, depth), vec![("i", Number), ("x", Text)]),
            2 => (self.of(Map, depth), vec![("k", Text), ("v", Text)]),
            3 => (self.of(Set, depth), vec![("s", Text)]),
            4 => (self.of(Numbers, depth), vec![("n", Number)]),
            _ => (self.of(Objects, depth), vec![("o", Object)]),
        }
    }

    fn template(&mut self, depth: usize) -> String {
        let mut text = "\"".to_owned();
        for _ in 0..=self.random.below(3) {
            let part = self.part(depth);
            text.push_str(&part);
        }
        text.push('"');
        text
    }

    /// A part of a template.
    fn part(&mut self, depth: usize) -> String {
        let trims = [("{", "}"), ("{~", "}"), ("{", "~}"), ("{~", "~}")];
        let (open, close) = trims[self.random.below(trims.len())];
        match self.random.below(8) {
            0 | 1 => self
                .random
                .pick(&["lit ", " é ", "a\\tb", "$${no}", "%%{no}", "\\u00e9", " "])
                .to_owned(),
            2 => {
                let (truth, first) = (self.of(Bool, depth), self.of(Text, depth));
                format!(
                    "%{open} if {truth} {close} yes ${{{first}}} %{open} else {close} no %{open} endif {close}"
                )
            }
            3 => {
                let source = self.of(Texts, depth);
                format!("%{open} for x in {source} {close} <${{x}}> %{open} endfor {close}")
            }
            4 => format!("${open} {} {close}", self.of(Number, depth)),
            5 => format!("${open} {} {close}", self.of(Bool, depth)),
            _ => format!(" ${open} {} {close} ", self.of(Text, depth)),
        }
    }

    fn heredoc(&mut self) -> String {
        let mark = if self.random.chance(50) { "<<-EOT" } else { "<<EOT" };
        let mut text = format!("{mark}\n");
        for _ in 0..=self.random.below(4) {
            let pad = self.random.pick(&["", "  ", "    ", "\t"]);
            let part = match self.random.below(5) {
                0 => "plain \"quoted\" \\n text".to_owned(),
                1 => {
                    let source = self.leaf(Texts);
                    format!("%{{ for x in {source} ~}}\n{pad}- ${{x}}\n{pad}%{{ endfor ~}}")
                }
                _ => self.part(1),
            };
            let _ = writeln!(text, "{pad}{part}");
        }
        text.push_str("  EOT\n");
        // The end mark stands alone on its line.
        text.trim_end_matches('\n').replace("\n  EOT", "\nEOT")
    }
}

#[cfg(test)]
mod tests {
    use super::{Grammar, World};

    #[test]
    fn literal_expressions_stand_on_one_line() {
        let mut grammar = Grammar::new(1, World::Literals);
        for _ in 0..500 {
            let written = grammar.expression();
            assert!(
                !written.contains('\n') && !written.contains("local."),
                "{written}"
            );
        }
    }
}
