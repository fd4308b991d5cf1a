//! From syntax to compiled expressions.

mod body;
mod template;
mod traversal;

pub(crate) use body::compile_body;
pub(crate) use template::{Line, compile_template};

use crate::expr::{For, ForForm, Kind, Node, ProviderCall, Special};
use crate::function;
use crate::raw::{JsonNode, JsonValue, Origin, RawExpr, literal_text, problem, with_suggestion};
use crate::{Expr, Reference, codes, later};
use hcl_edit::expr::{Expression, ForExpr, FuncCall, Object, ObjectKey, UnaryOperator};
use hcl_edit::template::HeredocTemplate;
use regprov_diag::{Diagnostic, Diagnostics, SourceId, Span};
use regprov_value::{Data, Number, Type, Value};
use std::sync::Arc;

/// The names bound around an expression, outermost first; a name's position is its slot.
pub(crate) type Names = Vec<Arc<str>>;

/// Compiles an expression in which these names are bound.
pub(crate) fn compile(raw: &RawExpr, names: &Names, found: &mut Diagnostics) -> Expr {
    let mut names = names.clone();
    let (node, references, provider_calls) = match raw {
        RawExpr::Hcl(expr, origin) => {
            let mut compiler = Compiler::new(origin.clone(), &mut names, found);
            (compiler.node(expr), compiler.references, compiler.provider_calls)
        }
        RawExpr::Json(json) => {
            let mut compiler = Compiler::new(Origin::fixed(json.span), &mut names, found);
            (compiler.json(json), compiler.references, compiler.provider_calls)
        }
    };
    Expr::new(node, references).with_provider_calls(provider_calls)
}

/// Compiles one expression.
pub(crate) struct Compiler<'a> {
    pub(crate) origin: Origin,
    pub(crate) names: &'a mut Names,
    pub(crate) references: Vec<Reference>,
    pub(crate) provider_calls: Vec<ProviderCall>,
    pub(crate) found: &'a mut Diagnostics,
    /// Set inside a template call, where only these names can be seen: the name of the template.
    pub(crate) template: Option<&'a str>,
    /// How many constructs stand around that may never evaluate what is in them.
    tolerant: usize,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(origin: Origin, names: &'a mut Names, found: &'a mut Diagnostics) -> Self {
        Self {
            origin,
            names,
            references: Vec::new(),
            provider_calls: Vec::new(),
            found,
            template: None,
            tolerant: 0,
        }
    }

    pub(crate) fn span_of(&self, spanned: &impl hcl_edit::Span) -> Span {
        self.origin.span(spanned.span())
    }

    /// What stands for an expression that was already reported.
    pub(crate) fn broken(span: Span) -> Node {
        Node {
            kind: Kind::Literal(Value::unknown(Type::Dynamic)),
            span,
        }
    }

    /// A call that is wrong: reported at once, or where it may never be evaluated, only when it is.
    fn wrong_call(&mut self, diagnostic: Diagnostic, span: Span) -> Node {
        if self.tolerant == 0 {
            self.found.push(diagnostic);
            return Self::broken(span);
        }
        Node {
            kind: Kind::Broken(Box::new(diagnostic)),
            span,
        }
    }

    /// Compiles what may never be evaluated.
    pub(crate) fn tolerantly<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        self.tolerant += 1;
        let compiled = compile(self);
        self.tolerant -= 1;
        compiled
    }

    pub(crate) fn node(&mut self, expr: &Expression) -> Node {
        let span = self.span_of(expr);
        let kind = match expr {
            Expression::Null(_) => Kind::Literal(Value::null(Type::Dynamic)),
            Expression::Bool(value) => Kind::Literal(Value::from(*value.value())),
            Expression::Number(number) => Kind::Literal(Data::Number(exact(number, &self.origin)).into()),
            Expression::String(text) => Kind::Literal(Value::string(text.value())),
            Expression::Array(items) => fold_tuple(items.iter().map(|item| self.node(item)).collect()),
            Expression::Object(object) => self.object(object),
            Expression::StringTemplate(template) => {
                return self.elements(template.iter(), span, Line::Whole);
            }
            Expression::HeredocTemplate(heredoc) => return self.heredoc(heredoc, span),
            Expression::Parenthesis(inner) => return self.node(inner.inner()),
            Expression::Variable(name) => return self.name(name.value().as_str(), span),
            Expression::Traversal(traversal) => return self.traversal(traversal, span),
            Expression::Conditional(conditional) => Kind::Conditional(Box::new([
                self.node(&conditional.cond_expr),
                self.tolerantly(|this| this.node(&conditional.true_expr)),
                self.tolerantly(|this| this.node(&conditional.false_expr)),
            ])),
            Expression::FuncCall(call) => return self.call(call, span),
            Expression::UnaryOp(operation) => self.unary(*operation.operator.value(), &operation.expr),
            Expression::BinaryOp(operation) => Kind::Binary {
                operator: *operation.operator.value(),
                sides: Box::new([self.node(&operation.lhs_expr), self.node(&operation.rhs_expr)]),
            },
            Expression::ForExpr(expr) => self.for_expr(expr),
        };
        Node { kind, span }
    }

    fn heredoc(&mut self, heredoc: &HeredocTemplate, span: Span) -> Node {
        if heredoc.template.is_empty() {
            return Node {
                kind: Kind::Literal(Value::from("")),
                span,
            };
        }
        let Some((plain, origin)) = self.origin.unflushed(hcl_edit::Span::span(heredoc)) else {
            return self.elements(heredoc.template.iter(), span, Line::Split);
        };
        let outer = std::mem::replace(&mut self.origin, origin);
        let node = self.elements(plain.template.iter(), span, Line::Flush);
        self.origin = outer;
        node
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expression) -> Kind {
        let operand = self.node(operand);
        match (&operand.kind, operator) {
            (
                Kind::Literal(Value {
                    data: Data::Number(number),
                    ..
                }),
                UnaryOperator::Neg,
            ) => Kind::Literal(Data::Number(number.neg()).into()),
            (_, _) => Kind::Unary {
                operator,
                operand: Box::new(operand),
            },
        }
    }

    fn object(&mut self, object: &Object) -> Kind {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let written = self.origin.written_key(key);
            let text = |text: &str, span| Node {
                kind: Kind::Literal(Value::string(text)),
                span,
            };
            let key = match (key, written) {
                (ObjectKey::Ident(name), _) => {
                    text(written.unwrap_or(name.value().as_str()), self.span_of(name))
                }
                (ObjectKey::Expression(expr), Some(written)) => text(written, self.span_of(expr)),
                (ObjectKey::Expression(expr), None) => self.object_key(expr),
            };
            entries.push((key, self.node(value.expr())));
        }
        fold_object(entries)
    }

    fn object_key(&mut self, expr: &Expression) -> Node {
        let span = self.span_of(expr);
        match expr {
            Expression::Null(_) => Node {
                kind: Kind::Literal(Value::from("null")),
                span,
            },
            Expression::Traversal(_) => {
                let detail = "The key of this element is ambiguous. If it is meant as a reference, put it in parentheses; \
                              if it is meant as text, put it in quotes.";
                self.found.push(problem(&codes::REFERENCE, span, detail));
                Self::broken(span)
            }
            other => self.node(other),
        }
    }

    fn call(&mut self, call: &FuncCall, span: Span) -> Node {
        let mut name = String::new();
        for part in &call.name.namespace {
            name.push_str(part.value().as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.value().as_str());
        let expand = call.args.expand_final();
        if let [space, provider] = call.name.namespace.as_slice()
            && space.value().as_str() == "provider"
        {
            let arguments: Vec<Node> = call.args.iter().map(|argument| self.node(argument)).collect();
            let at = self.span_of(&call.name.name);
            let call = ProviderCall {
                provider: provider.value().as_str().into(),
                function: call.name.name.value().as_str().into(),
                span: if at.is_empty() { span } else { at },
            };
            self.provider_calls.push(call.clone());
            let kind = Kind::Provider {
                call,
                arguments,
                expand,
            };
            return Node { kind, span };
        }
        let short = name.strip_prefix("core::").unwrap_or(&name);
        let special = Special::find(short);
        let compile = |this: &mut Self| call.args.iter().map(|argument| this.node(argument)).collect();
        let arguments: Vec<Node> = match special {
            Some(Special::Try | Special::Can) => self.tolerantly(compile),
            Some(Special::TemplateFile | Special::TemplateString) | None => compile(self),
        };
        if let Some(special) = special {
            return self.special(special, arguments, expand, span);
        }
        let Some(function) = function::find(short) else {
            let at = self.span_of(&call.name.name);
            let detail = format!("There is no function named `{name}`.");
            let names: Vec<&str> = function::names().collect();
            let at = if at.is_empty() { span } else { at };
            let diagnostic = with_suggestion(problem(&codes::FUNCTION, at, detail), short, &names);
            return self.wrong_call(later::with_version(diagnostic, later::FUNCTION, short), span);
        };
        if !expand && let Err(error) = function::check_count(function, arguments.len()) {
            let at = error
                .argument
                .and_then(|index| arguments.get(index))
                .map_or(span, |argument| argument.span);
            let detail = crate::eval::sentence(&error.message);
            return self.wrong_call(problem(&codes::ARGUMENTS, at, detail), span);
        }
        Node {
            kind: Kind::Call {
                function,
                arguments,
                expand,
            },
            span,
        }
    }

    fn special(&mut self, function: Special, arguments: Vec<Node>, expand: bool, span: Span) -> Node {
        let expected = match function {
            Special::Try => None,
            Special::Can => Some(1),
            Special::TemplateFile | Special::TemplateString => Some(2),
        };
        let name = function.name();
        let detail = match expected {
            Some(count) if !expand && arguments.len() != count => Some((
                &codes::ARGUMENTS,
                format!(
                    "The function `{name}` takes {count} argument(s), and {} are given.",
                    arguments.len()
                ),
            )),
            None if arguments.is_empty() => Some((
                &codes::ARGUMENTS,
                "The function `try` takes at least one argument.".to_owned(),
            )),
            Some(_) | None => None,
        };
        let nested = self
            .template
            .filter(|_| matches!(function, Special::TemplateFile | Special::TemplateString));
        let detail = detail.or_else(|| {
            nested.map(|_| {
                (
                    &codes::CALL,
                    format!("The function `{name}` cannot be called from inside another template."),
                )
            })
        });
        if let Some((code, detail)) = detail {
            return self.wrong_call(problem(code, span, detail), span);
        }
        Node {
            kind: Kind::Special {
                function,
                arguments,
                expand,
            },
            span,
        }
    }

    fn for_expr(&mut self, expr: &ForExpr) -> Kind {
        let collection = self.node(&expr.intro.collection_expr);
        let key_name = expr.intro.key_var.as_ref().map(|name| name.value().as_str());
        self.bind(key_name, expr.intro.value_var.value().as_str());
        let key = expr.key_expr.as_ref();
        let key = key.map(|key| self.tolerantly(|this| this.node(key)));
        let value = self.tolerantly(|this| this.node(&expr.value_expr));
        let condition = expr.cond.as_ref().map(|condition| self.node(&condition.expr));
        self.unbind();
        let form = if key.is_some() {
            ForForm::Object
        } else {
            ForForm::Tuple
        };
        Kind::For(Box::new(For {
            collection,
            key,
            value,
            condition,
            grouping: expr.grouping,
            form,
        }))
    }

    /// Binds the two names of a `for`; a key that has no name keeps its slot.
    pub(crate) fn bind(&mut self, key: Option<&str>, value: &str) {
        self.names.push(key.unwrap_or("").into());
        self.names.push(value.into());
    }

    pub(crate) fn unbind(&mut self) {
        self.names.truncate(self.names.len().saturating_sub(2));
    }

    fn json(&mut self, node: &JsonNode) -> Node {
        self.origin = Origin::fixed(node.span);
        let span = node.span;
        let kind = match &node.value {
            JsonValue::Null => Kind::Literal(Value::null(Type::Dynamic)),
            JsonValue::Bool(value) => Kind::Literal(Value::from(*value)),
            JsonValue::Number(text) => {
                let number: Number = text.parse().expect("the JSON parser has checked the number");
                Kind::Literal(Data::Number(number).into())
            }
            JsonValue::String(text) => return self.json_text(text, span),
            JsonValue::Array(items) => fold_tuple(items.iter().map(|item| self.json(item)).collect()),
            JsonValue::Object(entries) => {
                let mut nodes = Vec::with_capacity(entries.len());
                for entry in entries.iter().filter(|entry| entry.name != "//") {
                    self.origin = Origin::fixed(entry.name_span);
                    nodes.push((
                        self.json_text(&entry.name, entry.name_span),
                        self.json(&entry.node),
                    ));
                }
                fold_object(nodes)
            }
        };
        Node { kind, span }
    }

    fn json_text(&mut self, text: &str, span: Span) -> Node {
        if !text.contains("${") && !text.contains("%{") {
            return Node {
                kind: Kind::Literal(Value::string(text)),
                span,
            };
        }
        match hcl_edit::parser::parse_template(text) {
            Ok(template) => self.elements(template.iter(), span, Line::Split),
            Err(error) => {
                let detail = format!("The template in this string cannot be read: {}.", error.message());
                self.found.push(problem(&codes::SYNTAX, span, detail));
                Self::broken(span)
            }
        }
    }
}

/// A literal number, exactly as it is written.
fn exact(number: &hcl_edit::Formatted<hcl_edit::Number>, origin: &Origin) -> Number {
    // The parser may have seen other digits.
    let place = hcl_edit::Span::span(number);
    let written = place.and_then(|place| origin.text.as_deref()?.get(place));
    let written = written
        .map(str::to_owned)
        .or_else(|| number.as_repr().map(|text| text.to_string()));
    let written: Option<Number> = written.and_then(|text| {
        let text: String = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        text.parse().ok()
    });
    written
        .or_else(|| number.value().to_string().parse().ok())
        .unwrap_or_else(|| Number::from(0_i64))
}

fn fold_tuple(items: Vec<Node>) -> Kind {
    let literals: Option<Vec<Value>> = items.iter().map(literal).collect();
    match literals {
        Some(values) => Kind::Literal(Value::tuple(values)),
        None => Kind::Tuple(items),
    }
}

fn fold_object(entries: Vec<(Node, Node)>) -> Kind {
    let literals: Option<Vec<(Arc<str>, Value)>> = entries
        .iter()
        .map(|(key, value)| Some((literal(key)?.as_str()?.into(), literal(value)?)))
        .collect();
    match literals {
        Some(entries) => Kind::Literal(Value::object(entries)),
        None => Kind::Object(entries),
    }
}

fn literal(node: &Node) -> Option<Value> {
    match &node.kind {
        Kind::Literal(value) => Some(value.clone()),
        _ => None,
    }
}

/// The key that a literal index selects.
pub(crate) fn literal_key(expr: &Expression) -> Option<regprov_addr::InstanceKey> {
    match expr {
        Expression::Number(number) => Some(
            exact(number, &Origin::file(SourceId(0)))
                .to_i64()
                .and_then(|index| u64::try_from(index).ok())?
                .into(),
        ),
        Expression::Parenthesis(inner) => literal_key(inner.inner()),
        other => literal_text(other).map(|text| {
            regprov_addr::InstanceKey::String(Value::string(text).as_str().unwrap_or_default().to_owned())
        }),
    }
}
