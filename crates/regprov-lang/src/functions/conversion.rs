//! Functions that convert between types, and those on marks.

use super::support::{Args, Outcome, blame, define, type_name, unmarked};
use crate::function::{Function, Kind, Parameter, Returns};
use regprov_value::{Data, Marks, Type, Value, convert};

const ANY: Parameter = Parameter::any("value").nullable().open().marked();
const V: Parameter = Parameter::any("v").nullable().open().marked();
const LIST: Kind = Kind::List(&Kind::Any);
const SET: Kind = Kind::Set(&Kind::Any);
const MAP: Kind = Kind::Map(&Kind::Any);

pub(super) static FUNCTIONS: &[Function] = &[
    define(
        "ephemeralasnull",
        &[ANY],
        Returns::From(|values| Ok(values[0].ty())),
        |arguments| Ok(arguments.take(0).map_nodes(&mut without_ephemeral)),
    ),
    define("issensitive", &[ANY], Returns::Always(Kind::Bool), |arguments| {
        let value = arguments.take(0);
        let sensitive = value.marks.contains(Marks::SENSITIVE);
        // What is not known yet may turn out to be sensitive.
        Ok(if sensitive || value.is_known() {
            sensitive.into()
        } else {
            Value::unknown(Type::Bool)
        })
    }),
    define(
        "nonsensitive",
        &[ANY],
        Returns::From(|values| Ok(values[0].ty())),
        |arguments| {
            let (value, marks) = unmarked(arguments, 0);
            Ok(value.marked(marks.without(Marks::SENSITIVE)))
        },
    ),
    define(
        "sensitive",
        &[ANY],
        Returns::From(|values| Ok(values[0].ty())),
        |arguments| Ok(arguments.take(0).sensitive()),
    ),
    define("tobool", &[V], Returns::Always(Kind::Bool), |arguments| {
        to(arguments, &Type::Bool)
    }),
    define("tolist", &[V], Returns::Always(LIST), |arguments| {
        to(arguments, &Type::list(Type::Dynamic))
    }),
    define("tomap", &[V], Returns::Always(MAP), |arguments| {
        to(arguments, &Type::map(Type::Dynamic))
    }),
    define("tonumber", &[V], Returns::Always(Kind::Number), |arguments| {
        to(arguments, &Type::Number)
    }),
    define("toset", &[V], Returns::Always(SET), |arguments| {
        to(arguments, &Type::set(Type::Dynamic))
    }),
    define("tostring", &[V], Returns::Always(Kind::String), |arguments| {
        to(arguments, &Type::String)
    }),
];

/// A value that must not be stored becomes null of its type.
fn without_ephemeral(node: Value) -> Value {
    if !node.marks.contains(Marks::EPHEMERAL) {
        return node;
    }
    let marks = node.marks.without(Marks::EPHEMERAL);
    Value::null(node.ty()).marked(marks)
}

fn to(arguments: &mut Args<'_>, ty: &Type) -> Outcome {
    let value = arguments.take(0);
    if let Ok(converted) = convert(&value, ty) {
        return Ok(match &value.data {
            // What is known of the value beforehand, Terraform forgets here, even the type of its elements.
            Data::Unknown(_) => Value::unknown(ty.clone()).marked(value.marks),
            _ => converted,
        });
    }
    let shown = |text: &str| arguments.quote(text);
    let reason = match (&value.data, ty) {
        (Data::String(text), Type::Bool) => {
            format!(
                "cannot convert {} to bool; only the strings \"true\" and \"false\" are allowed",
                shown(text)
            )
        }
        (Data::String(text), Type::Number) => {
            format!(
                "cannot convert {} to number; the string must be the decimal notation of a number",
                shown(text)
            )
        }
        (Data::Tuple(_) | Data::List(..) | Data::Set(..), Type::List(_) | Type::Set(_)) => {
            format!(
                "cannot convert {}: the elements have no type in common",
                type_name(&value)
            )
        }
        (Data::Object(_) | Data::Map(..), Type::Map(_)) => {
            format!(
                "cannot convert {}: the values have no type in common",
                type_name(&value)
            )
        }
        _ => format!(
            "cannot convert {} to {}",
            type_name(&value),
            ty.friendly_name().replace("dynamic", "any single type")
        ),
    };
    blame(0, reason)
}
