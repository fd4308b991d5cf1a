//! Bodies to values, by a schema.

#[path = "common/memory.rs"]
mod memory;

use memory::{Memory, said};
use regprov_addr::ResourceMode;
use regprov_lang::{Body, ResourceName, Scope, decode};
use regprov_schema::{Attribute, Block, Former, NestedBlock, Nesting};
use regprov_value::{Marks, Type, Value, render};

fn attribute(ty: Type, required: bool) -> Attribute {
    Attribute {
        required,
        optional: !required,
        ..Attribute::new(ty)
    }
}

fn nested(nesting: Nesting, block: Block, min_items: usize, max_items: usize) -> NestedBlock {
    NestedBlock {
        nesting,
        block,
        min_items,
        max_items,
        replaces: false,
        computed: false,
    }
}

/// `name`, `tags`, computed `id`; blocks `rule` (list) with `port` and set `deny`, single `encryption`; `network` is an
/// attribute that is written as blocks.
fn schema() -> Block {
    let mut deny = Block::default();
    deny.attributes.insert("range", attribute(Type::String, true));
    let mut rule = Block::default();
    rule.attributes.insert("port", attribute(Type::Number, true));
    rule.blocks.insert("deny", nested(Nesting::Set, deny, 0, 0));
    let mut encryption = Block::default();
    encryption
        .attributes
        .insert("key", attribute(Type::String, false));
    let address = Type::object([("action", Type::String), ("range", Type::String)]);
    let network = Type::list(Type::object([
        ("default", Type::String),
        ("ip", Type::set(address)),
    ]));
    let mut schema = Block::default();
    schema.attributes.insert("name", attribute(Type::String, true));
    schema
        .attributes
        .insert("tags", attribute(Type::map(Type::String), false));
    schema.attributes.insert(
        "id",
        Attribute {
            computed: true,
            ..Attribute::new(Type::String)
        },
    );
    schema.attributes.insert(
        "network",
        Attribute {
            as_blocks: true,
            ..attribute(network, false)
        },
    );
    schema.blocks.insert("rule", nested(Nesting::List, rule, 0, 2));
    schema
        .blocks
        .insert("encryption", nested(Nesting::Single, encryption, 0, 1));
    schema
}

struct Situation(Value);

impl Scope for Situation {
    fn variable(&self, _name: &str) -> Option<Value> {
        Some(self.0.clone())
    }
}

fn with_body<T>(file: &str, text: &str, then: impl FnOnce(&Body) -> T) -> T {
    let loaded = Memory::default().with(file, text).load();
    assert!(loaded.diagnostics.is_empty(), "{}", said(&loaded));
    let name = ResourceName {
        mode: ResourceMode::Managed,
        resource_type: "a".into(),
        name: "b".into(),
    };
    let root = loaded.configuration.root().expect("there is a root module");
    then(&root.resources[&name].body)
}

fn native(body: &str) -> String {
    format!("variable \"v\" {{}}\nresource \"a\" \"b\" {{\n{body}\n}}\n")
}

#[track_caller]
fn gives(file: &str, text: &str, variable: Value, expected: &str) -> Value {
    with_body(file, text, |body| {
        let (value, found) = decode(body, &schema(), &Situation(variable));
        assert!(found.is_empty(), "{found}");
        assert_eq!(render(&value), expected);
        value
    })
}

#[track_caller]
fn refuses(body: &str, parts: &[&str]) {
    with_body("main.tf", &native(body), |body| {
        let (_, found) = decode(body, &schema(), &Situation(Value::from("v")));
        let said: String = found
            .iter()
            .map(|d| format!("{d} {}\n", d.help.join(" ")))
            .collect();
        assert_eq!(found.len(), parts.len(), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part} is missing in:\n{said}");
        }
    });
}

const EMPTY: &str =
    r#"{"encryption" = null, "id" = null, "name" = "n", "network" = null, "rule" = [], "tags" = null}"#;

#[test]
fn what_is_left_out_is_null_or_empty() {
    gives("main.tf", &native("name = \"n\""), Value::from(1), EMPTY);
}

#[test]
fn values_are_converted_to_the_types_of_the_schema() {
    let text = native("name = 5\ntags = { a = 1, b = true }\nencryption {\n  key = var.v\n}");
    let expected = r#"{"encryption" = {"key" = "7"}, "id" = null, "name" = "5", "network" = null, "rule" = [], "tags" = {"a" = "1", "b" = "true"}}"#;
    gives("main.tf", &text, Value::from(7), expected);
}

#[test]
fn dynamic_blocks_repeat_nest_and_mix_with_others() {
    let body = r#"
      name = "n"
      rule {
        port = 1
      }
      dynamic "rule" {
        for_each = var.v
        iterator = each_rule
        content {
          port = each_rule.key
          dynamic "deny" {
            for_each = each_rule.value
            content {
              range = "${each_rule.key}-${deny.value}"
            }
          }
        }
      }
    "#;
    let given = Value::object([("80", Value::tuple(vec![Value::from("x"), Value::from("y")]))]);
    let expected = r#"{"encryption" = null, "id" = null, "name" = "n", "network" = null, "rule" = [{"deny" = [], "port" = 1}, {"deny" = [{"range" = "80-x"}, {"range" = "80-y"}], "port" = 80}], "tags" = null}"#;
    gives("main.tf", &native(body), given, expected);
}

#[test]
fn a_dynamic_block_over_what_is_known_after_apply_is_known_after_apply() {
    let body =
        "name = \"n\"\ndynamic \"rule\" {\n  for_each = var.v\n  content {\n    port = rule.value\n  }\n}";
    let expected = EMPTY.replace("\"rule\" = []", "\"rule\" = (known after apply)");
    let value = gives(
        "main.tf",
        &native(body),
        Value::unknown(Type::list(Type::Number)),
        &expected,
    );
    let rule = value.get("rule").expect("the blocks have a value");
    assert!(matches!(rule.ty(), Type::List(_)));
}

#[test]
fn a_sensitive_collection_marks_the_blocks_that_it_makes() {
    let body =
        "name = \"n\"\ndynamic \"rule\" {\n  for_each = var.v\n  content {\n    port = rule.value\n  }\n}";
    let expected = EMPTY.replace("\"rule\" = []", "\"rule\" = (sensitive value)");
    let given = Value::tuple(vec![Value::from(1)]).sensitive();
    let value = gives("main.tf", &native(body), given, &expected);
    assert!(
        value
            .get("rule")
            .expect("the blocks have a value")
            .marks
            .contains(Marks::SENSITIVE)
    );
}

#[test]
fn an_attribute_may_be_written_as_blocks() {
    let written =
        r#""network" = [{"default" = "Deny", "ip" = [{"action" = "Allow", "range" = "10.0.0.0/8"}]}]"#;
    let expected = EMPTY.replace("\"network\" = null", written);
    let block = "name = \"n\"\nnetwork {\n  default = \"Deny\"\n  ip {\n    action = \"Allow\"\n    range = \"10.0.0.0/8\"\n  }\n}";
    gives("main.tf", &native(block), Value::from(1), &expected);
    let dynamic = "name = \"n\"\nnetwork {\n  default = \"Deny\"\n  dynamic \"ip\" {\n    for_each = [var.v]\n    content {\n      action = \"Allow\"\n      range = ip.value\n    }\n  }\n}";
    gives("main.tf", &native(dynamic), Value::from("10.0.0.0/8"), &expected);
    let argument = "name = \"n\"\nnetwork = [{ default = \"Deny\", ip = [{ action = \"Allow\", range = \"10.0.0.0/8\" }] }]";
    gives("main.tf", &native(argument), Value::from(1), &expected);
    let none = EMPTY.replace("\"network\" = null", "\"network\" = []");
    gives(
        "main.tf",
        &native("name = \"n\"\nnetwork = []"),
        Value::from(1),
        &none,
    );
    let partial = EMPTY.replace(
        "\"network\" = null",
        r#""network" = [{"default" = "Deny", "ip" = null}]"#,
    );
    gives(
        "main.tf",
        &native("name = \"n\"\nnetwork {\n  default = \"Deny\"\n}"),
        Value::from(1),
        &partial,
    );
}

#[test]
fn json_properties_become_blocks_where_the_schema_has_them() {
    let json = r#"{"variable": {"v": {}}, "resource": {"a": {"b": {
        "name": "n",
        "rule": [{"port": "${var.v}"}, {"port": 2, "deny": {"range": "x"}}],
        "network": {"default": "Deny"}
    }}}}"#;
    let expected = r#"{"encryption" = null, "id" = null, "name" = "n", "network" = [{"default" = "Deny", "ip" = null}], "rule" = [{"deny" = [], "port" = 1}, {"deny" = [{"range" = "x"}], "port" = 2}], "tags" = null}"#;
    gives("main.tf.json", json, Value::from(1), expected);
    let json = r#"{"variable": {"v": {}}, "resource": {"a": {"b": {
        "name": "n",
        "dynamic": {"rule": {"for_each": "${var.v}", "content": {"port": "${rule.value}"}}}
    }}}}"#;
    let expected = EMPTY.replace("\"rule\" = []", r#""rule" = [{"deny" = [], "port" = 3}]"#);
    gives(
        "main.tf.json",
        json,
        Value::tuple(vec![Value::from(3)]),
        &expected,
    );
}

#[test]
fn what_does_not_fit_the_schema_is_explained() {
    refuses("nme = \"n\"", &["Did you mean `name`?", "`name` is required"]);
    refuses("name = \"n\"\nid = \"x\"", &["decided by the remote"]);
    refuses("name = \"n\"\nrule = []", &["written `rule { … }`"]);
    refuses("name = \"n\"\ntags {\n}", &["written `tags = …`"]);
    refuses("name = \"n\"\nrul {\n}", &["Did you mean `rule`?"]);
    refuses(
        "name = [1]\ntags = \"x\"",
        &["a string is required", "map of string required"],
    );
    refuses("name = null", &["its value is null"]);
    refuses(
        "name = \"n\"\nrule {\n  port = 1\n}\nrule {\n  port = 1\n}\nrule {\n  port = 1\n}",
        &["At most 2 block(s)"],
    );
    refuses("name = \"n\"\nrule {\n}", &["`port` is required"]);
    refuses(
        "name = \"n\"\ndynamic \"rule\" {\n  for_each = 1\n  content {\n    port = 1\n  }\n}",
        &["non-iterable"],
    );
}

#[test]
fn a_path_is_located_at_what_was_written() {
    let text = native("name = \"n\"\nrule {\n  port = 1\n}\nrule {\n  port = 2\n}");
    let loaded = Memory::default().with("main.tf", &text).load();
    let name = ResourceName {
        mode: ResourceMode::Managed,
        resource_type: "a".into(),
        name: "b".into(),
    };
    let body = &loaded.configuration.root().expect("a root").resources[&name].body;
    let at = |path: &str| loaded.sources.place(body.locate(&path.parse().expect("a path")));
    assert_eq!(at("name"), "main.tf:3:8");
    assert_eq!(at("rule[1].port"), "main.tf:8:10");
    assert_eq!(at("rule[0]"), "main.tf:4:1");
    assert_eq!(at("id"), "main.tf:2:1");
}

/// `holder`, called `owner` before, and written without its slash before.
fn renamed() -> Block {
    const OLDER: Former = Former {
        name: "owner",
        instead: "it is called `holder` now",
        form: None,
        convert: with_slash,
    };
    const BARE: Former = Former {
        name: "holder",
        instead: "write `/NAME`",
        form: None,
        convert: with_slash,
    };
    #[expect(clippy::unnecessary_wraps, reason = "other forms may be refused")]
    fn with_slash(value: Value) -> Result<Value, &'static str> {
        Ok(match value.as_str() {
            Some(text) if !text.starts_with('/') => Value::string(format!("/{text}")).marked(value.marks),
            Some(_) | None => value,
        })
    }
    let mut schema = Block::default();
    let holder = Attribute {
        former: &[OLDER, BARE],
        ..attribute(Type::String, true)
    };
    schema.attributes.insert("holder", holder);
    schema
}

#[track_caller]
fn reads_renamed(body: &str, value: &str, said: &[&str]) {
    with_body("main.tf", &native(body), |body| {
        let (read, found) = decode(body, &renamed(), &Situation(Value::unknown(Type::String)));
        assert_eq!(render(&read), value);
        let found: Vec<&str> = found.iter().map(|d| d.detail.as_str()).collect();
        assert_eq!(found, said);
    });
}

#[test]
fn an_argument_may_be_written_as_in_older_versions() {
    reads_renamed("holder = \"/a\"", r#"{"holder" = "/a"}"#, &[]);
    let older = "The argument `owner` is deprecated: it is called `holder` now.";
    reads_renamed("owner = \"a\"", r#"{"holder" = "/a"}"#, &[older]);
    reads_renamed("owner = var.v", r#"{"holder" = (known after apply)}"#, &[older]);
    let bare = "This form of the argument `holder` is deprecated: write `/NAME`.";
    reads_renamed("holder = \"a\"", r#"{"holder" = "/a"}"#, &[bare]);
    let both = "`owner` is the older name of `holder`, and both are set.";
    reads_renamed("holder = \"/a\"\nowner = \"a\"", r#"{"holder" = "/a"}"#, &[both]);
    let none = "The argument `holder` is required, and it is not set.";
    reads_renamed("", r#"{"holder" = null}"#, &[none]);
    let null = "The argument `owner` is required, and its value is null.";
    reads_renamed("owner = null", r#"{"holder" = null}"#, &[older, null]);
}

/// `days`, a block `keeping` before; what `keeping` said of weeks cannot be said any more.
fn reshaped() -> Block {
    const KEEPING: Former = Former {
        name: "keeping",
        instead: "write `days`",
        form: Some(keeping),
        convert: days,
    };
    fn keeping() -> Type {
        Type::list(Type::object([("days", Type::Number), ("weeks", Type::Number)]))
    }
    fn days(value: Value) -> Result<Value, &'static str> {
        let Some(first) = value.as_items().and_then(<[Value]>::first) else {
            return Ok(Value::null(Type::Number));
        };
        match first.get("weeks").is_some_and(|weeks| !weeks.is_null()) {
            true => Err("write days"),
            false => Ok(first.get("days").expect("it has days").clone()),
        }
    }
    let mut schema = Block {
        dropped: &[regprov_schema::Dropped {
            name: "forever",
            instead: "leave it away",
        }],
        ..Block::default()
    };
    let kept = Attribute {
        former: &[KEEPING],
        ..attribute(Type::Number, false)
    };
    schema.attributes.insert("days", kept);
    schema
}

#[track_caller]
fn reads_reshaped(body: &str, value: &str, said: &[&str]) {
    with_body("main.tf", &native(body), |body| {
        let (read, found) = decode(body, &reshaped(), &Situation(Value::unknown(Type::Number)));
        assert_eq!(render(&read), value);
        let found: Vec<&str> = found.iter().map(|d| d.detail.as_str()).collect();
        assert_eq!(found, said);
    });
}

#[test]
fn an_argument_may_be_written_as_the_block_that_it_was() {
    let block = "The block `keeping` is deprecated: write `days`.";
    reads_reshaped("keeping {\n days = 3\n}", r#"{"days" = 3}"#, &[block]);
    let dynamic = |set: &str| {
        format!("dynamic \"keeping\" {{\n for_each = {set}\n content {{\n days = keeping.value\n }}\n}}")
    };
    reads_reshaped(&dynamic("[5]"), r#"{"days" = 5}"#, &[block]);
    reads_reshaped(&dynamic("[]"), r#"{"days" = null}"#, &[block]);
    let argument = "The argument `keeping` is deprecated: write `days`.";
    reads_reshaped(
        "keeping = [{ days = 3, weeks = null }]",
        r#"{"days" = 3}"#,
        &[argument],
    );
    let weeks = "`keeping` cannot be carried over: write days.";
    reads_reshaped(
        "keeping {\n weeks = 3\n}",
        r#"{"days" = (known after apply)}"#,
        &[block, weeks],
    );
    let both = "`keeping` is the older form of `days`, and both are set.";
    reads_reshaped("days = 1\nkeeping {\n days = 3\n}", r#"{"days" = 1}"#, &[both]);
    let dropped = "`forever` is not supported any more: leave it away.";
    reads_reshaped("forever = true", r#"{"days" = null}"#, &[dropped]);
    reads_reshaped("forever {\n}", r#"{"days" = null}"#, &[dropped]);
}
