//! The table of Terraform's own test of its functions: expressions, and the values that they are to have.

use serde_json::{Value as Json, json};

/// An expression, and its value where the table writes it as a literal.
pub(super) struct Case {
    pub(super) expression: String,
    pub(super) wanted: Option<Json>,
}

/// The cases in the source of the test.
pub(super) fn cases(source: &str) -> Vec<Case> {
    let start = source.find("tests := map[string]").unwrap_or(0);
    let end = source[start..]
        .find("\n\t}\n")
        .map_or(source.len(), |end| start + end);
    source[start..end]
        .split("\n\t\t\t{\n")
        .skip(1)
        .filter_map(|block| {
            let block = block.split("\n\t\t\t},").next()?;
            let mut reader = Reader(block.trim_start());
            let expression = reader.text()?;
            reader.skip(",");
            let wanted = reader.value();
            Some(Case { expression, wanted })
        })
        .collect()
}

/// Reads the literals of Go, and calls that make values.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn skip(&mut self, token: &str) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// A string, raw or with escapes.
    fn text(&mut self) -> Option<String> {
        if self.skip("`") {
            let (text, rest) = self.0.split_once('`')?;
            self.0 = rest;
            return Some(text.to_owned());
        }
        self.skip("\"").then_some(())?;
        let mut end = 0;
        let bytes = self.0.as_bytes();
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix('"')?;
        // The escapes that the table uses are those of JSON.
        serde_json::from_str(&format!("\"{text}\"")).ok()
    }

    fn name(&mut self) -> &str {
        self.0 = self.0.trim_start();
        let end = self
            .0
            .find(|sign: char| !(sign.is_alphanumeric() || sign == '.' || sign == '_'))
            .unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        self.0 = rest;
        name
    }

    fn value(&mut self) -> Option<Json> {
        let name = self.name().to_owned();
        let value = match name.as_str() {
            "cty.True" => json!(true),
            "cty.False" => json!(false),
            "cty.EmptyObjectVal" => json!({}),
            "cty.EmptyTupleVal" => json!([]),
            "cty.StringVal" | "cty.MustParseNumberVal" => {
                self.skip("(").then_some(())?;
                let text = self.text()?;
                self.skip(")").then_some(())?;
                if name.ends_with("NumberVal") {
                    serde_json::from_str(&text).ok()?
                } else {
                    json!(text)
                }
            }
            "cty.NumberIntVal" | "cty.NumberFloatVal" | "cty.BoolVal" => {
                self.skip("(").then_some(())?;
                let (inner, rest) = self.0.split_once(')')?;
                self.0 = rest;
                serde_json::from_str(inner.trim()).ok()?
            }
            "cty.ListVal" | "cty.TupleVal" => self.items()?,
            "cty.MapVal" | "cty.ObjectVal" => self.entries()?,
            // Sets have an order of their own; the comparison with Terraform covers the rest.
            _ => return None,
        };
        // A mark or the like would follow.
        (!self.0.starts_with('.')).then_some(value)
    }

    fn items(&mut self) -> Option<Json> {
        self.skip("([]cty.Value{").then_some(())?;
        let mut items = Vec::new();
        while !self.skip("}") {
            items.push(self.value()?);
            self.skip(",");
        }
        self.skip(")").then_some(())?;
        Some(Json::Array(items))
    }

    fn entries(&mut self) -> Option<Json> {
        self.skip("(map[string]cty.Value{").then_some(())?;
        let mut entries = serde_json::Map::new();
        while !self.skip("}") {
            let key = self.text()?;
            self.skip(":").then_some(())?;
            entries.insert(key, self.value()?);
            self.skip(",");
        }
        self.skip(")").then_some(())?;
        Some(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::cases;
    use serde_json::json;

    #[test]
    fn literals_of_the_table_are_read() {
        let source = "tests := map[string][]struct {\n\t\t\"x\": {\n\t\t\t{\n\t\t\t\t`f([\"a\"])`,\n\t\t\t\tcty.ListVal([]cty.Value{\n\t\t\t\t\tcty.StringVal(\"a\\n\"),\n\t\t\t\t\tcty.NumberIntVal(-2),\n\t\t\t\t}),\n\t\t\t},\n\t\t},\n\t}\n";
        let found = cases(source);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].expression, "f([\"a\"])");
        assert_eq!(found[0].wanted, Some(json!(["a\n", -2])));
    }
}
