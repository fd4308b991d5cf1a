//! `for` expressions and directives.

use super::{Evaluator, Outcome, article};
use crate::codes;
use crate::expr::{For, ForForm, Node};
use crate::limits::check;
use crate::raw::problem;
use regprov_diag::{Diagnostic, Span};
use regprov_value::{Data, Marks, Type, Value, convert};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the iterations of one `for` have made.
struct Made {
    marks: Marks,
    open: bool,
    items: Vec<Value>,
    object: BTreeMap<Arc<str>, Value>,
    groups: BTreeMap<Arc<str>, Vec<Value>>,
    text: String,
    /// What must be remembered about the parts of the text.
    text_marks: Marks,
    /// Whether a part of the text is open.
    open_text: bool,
}

impl Evaluator<'_> {
    pub(super) fn for_each(&mut self, body: &For) -> Outcome {
        let collection = self.value(&body.collection)?;
        let marks = collection.marks;
        let pairs = pairs(&collection, body.collection.span)?;
        if let Data::Unknown(unknown) = &collection.data
            && unknown.ty == Type::Dynamic
        {
            return Ok(open_result(body.form));
        }
        let condition_marks = self.condition_alone(body)?;
        let Some(pairs) = pairs else {
            return Ok(match body.form {
                ForForm::Text => open_result(body.form),
                ForForm::Tuple | ForForm::Object => open_result(body.form).marked(marks | condition_marks),
            });
        };
        check(&collection, body.collection.span)?;
        self.budget.iterations(pairs.len(), body.collection.span)?;
        let mut made = Made {
            marks,
            open: false,
            items: Vec::with_capacity(pairs.len()),
            object: BTreeMap::new(),
            groups: BTreeMap::new(),
            text: String::new(),
            text_marks: Marks::NONE,
            open_text: false,
        };
        let base = self.locals.len();
        for (key, value) in pairs {
            self.locals.push(key);
            self.locals.push(value);
            let outcome = self.iteration(body, &mut made);
            self.locals.truncate(base);
            outcome?;
        }
        if made.open {
            return Ok(match body.form {
                ForForm::Text => open_result(body.form),
                ForForm::Tuple | ForForm::Object => open_result(body.form).marked(made.marks),
            });
        }
        if made.open_text {
            return Ok(open_result(body.form).marked(made.marks));
        }
        let result = match body.form {
            ForForm::Tuple => Value::tuple(made.items),
            ForForm::Object if body.grouping => Value::object(
                made.groups
                    .into_iter()
                    .map(|(key, items)| (key, Value::tuple(items))),
            ),
            ForForm::Object => Data::Object(Arc::new(made.object)).into(),
            ForForm::Text => Value::string(made.text),
        };
        Ok(result.marked(made.marks | made.text_marks))
    }

    /// Evaluates the condition once with an element that may be anything, so that what is wrong with it is found where
    /// there are no elements; answers its marks.
    fn condition_alone(&mut self, body: &For) -> Result<Marks, Diagnostic> {
        let Some(condition) = &body.condition else {
            return Ok(Marks::NONE);
        };
        let base = self.locals.len();
        self.locals.push(Value::unknown(Type::Dynamic));
        self.locals.push(Value::unknown(Type::Dynamic));
        let outcome = self.truth(condition);
        self.locals.truncate(base);
        outcome.map(|truth| truth.marks)
    }

    fn iteration(&mut self, body: &For, made: &mut Made) -> Result<(), Diagnostic> {
        if let Some(condition) = &body.condition {
            match self.included(condition, made)? {
                Some(true) => {}
                Some(false) => return Ok(()),
                None => {
                    made.open = true;
                    return Ok(());
                }
            }
        }
        let key = match &body.key {
            Some(node) => match self.key(node, made)? {
                Some(key) => Some((key, node.span)),
                None => {
                    made.open = true;
                    return Ok(());
                }
            },
            None => None,
        };
        let value = self.value(&body.value)?;
        match body.form {
            ForForm::Text => self
                .budget
                .text(value.as_str().map_or(0, str::len), body.value.span)?,
            ForForm::Tuple | ForForm::Object => self.budget.elements(1, body.value.span)?,
        }
        match (body.form, key) {
            (ForForm::Text, _) => {
                made.text_marks |= value.marks;
                match value.as_str() {
                    Some(text) => made.text.push_str(text),
                    None => made.open_text = true,
                }
            }
            (ForForm::Object, Some((key, _))) if body.grouping => {
                made.groups.entry(key).or_default().push(value)
            }
            (ForForm::Object, Some((key, span))) => {
                if made.object.contains_key(&key) {
                    let shown = if made.marks.is_empty() {
                        format!(" {key:?}")
                    } else {
                        String::new()
                    };
                    let detail = format!(
                        "Two elements of the collection give the same key{shown}. Where that is meant, `...` after the value groups them."
                    );
                    return Err(problem(&codes::FOR_KEY, span, detail));
                }
                made.object.insert(key, value);
            }
            (ForForm::Tuple | ForForm::Object, _) => made.items.push(value),
        }
        Ok(())
    }

    fn included(&mut self, node: &Node, made: &mut Made) -> Result<Option<bool>, Diagnostic> {
        let truth = self.truth(node)?;
        made.marks |= truth.marks;
        Ok(truth.as_bool())
    }

    /// A condition after `if`.
    fn truth(&mut self, node: &Node) -> Outcome {
        let value = self.value(node)?;
        if value.is_null() {
            return Err(problem(
                &codes::CONDITION,
                node.span,
                "The condition after `if` is null; it must be true or false.",
            ));
        }
        convert(&value, &Type::Bool).map_err(|_| {
            let detail = format!(
                "The condition after `if` must be true or false, and this is {}.",
                article(&value.ty())
            );
            problem(&codes::CONDITION, node.span, detail)
        })
    }

    fn key(&mut self, node: &Node, made: &mut Made) -> Result<Option<Arc<str>>, Diagnostic> {
        let value = self.value(node)?;
        made.marks |= value.marks;
        if value.is_null() {
            return Err(problem(
                &codes::FOR_KEY,
                node.span,
                "The key of an element is null; it must be a string.",
            ));
        }
        let text = convert(&value, &Type::String).map_err(|_| {
            let detail = format!(
                "The key of an element must be a string, and this is {}.",
                article(&value.ty())
            );
            problem(&codes::FOR_KEY, node.span, detail)
        })?;
        Ok(text.as_str().map(Arc::from))
    }
}

fn open_result(form: ForForm) -> Value {
    match form {
        ForForm::Tuple | ForForm::Object => Value::unknown(Type::Dynamic),
        ForForm::Text => Value::unknown(Type::String),
    }
}

/// Keys and values to go over; `None` while the collection is open. A set's keys are its values.
pub(crate) fn pairs(collection: &Value, span: Span) -> Result<Option<Vec<(Value, Value)>>, Diagnostic> {
    match &collection.data {
        Data::Null(_) => Err(problem(
            &codes::NULL,
            span,
            "The collection is null, so there is nothing to go over.",
        )),
        Data::Unknown(unknown) => match &unknown.ty {
            Type::Bool | Type::Number | Type::String => Err(not_iterable(&unknown.ty, span)),
            Type::Dynamic
            | Type::List(_)
            | Type::Set(_)
            | Type::Map(_)
            | Type::Tuple(_)
            | Type::Object(_) => Ok(None),
        },
        Data::List(_, items) | Data::Tuple(items) => {
            let numbered = items.iter().enumerate();
            let index = |index: usize| Value::from(i64::try_from(index).unwrap_or(i64::MAX));
            Ok(Some(
                numbered.map(|(at, item)| (index(at), item.clone())).collect(),
            ))
        }
        Data::Set(_, items) => Ok(Some(
            items.iter().map(|item| (item.clone(), item.clone())).collect(),
        )),
        Data::Map(_, entries) | Data::Object(entries) => Ok(Some(
            entries
                .iter()
                .map(|(key, item)| (Data::String(key.clone()).into(), item.clone()))
                .collect(),
        )),
        Data::Bool(_) | Data::Number(_) | Data::String(_) => Err(not_iterable(&collection.ty(), span)),
    }
}

fn not_iterable(ty: &Type, span: Span) -> Diagnostic {
    let detail = format!(
        "The value is {}; a list, set, map, tuple or object is needed to go over.",
        article(ty)
    );
    problem(&codes::ITERATION, span, detail)
}
