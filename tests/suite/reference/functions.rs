//! Operators of Choice rules and intrinsic functions.

use super::{Outcome, Stop, failed};
use serde_json::{Value, json};

/// Whether a value stands to an operand as the operator says.
pub(super) fn test(operator: &str, value: &Value, operand: &Value) -> Outcome<bool> {
    let is = |holds: bool| Ok(holds == (*operand == json!(true)));
    let of = |prefix: &str| operator.strip_prefix(prefix);
    match operator {
        "IsNull" => return is(value.is_null()),
        "IsString" => return is(value.is_string()),
        "IsNumeric" => return is(value.is_number()),
        "IsBoolean" => return is(value.is_boolean()),
        "BooleanEquals" => return Ok(value.is_boolean() && value == operand),
        _ => {}
    }
    let order = match (of("Numeric"), of("String")) {
        (Some(_), _) => value.as_f64().zip(operand.as_f64()).and_then(|(one, other)| one.partial_cmp(&other)),
        (_, Some(_)) => {
            value.as_str().zip(operand.as_str()).map(|(one, other)| one.encode_utf16().cmp(other.encode_utf16()))
        }
        _ => return Err(Stop::Open("an operator")),
    };
    let relation = of("Numeric").or(of("String")).unwrap_or_default();
    Ok(order.is_some_and(|order| match relation {
        "Equals" => order.is_eq(),
        "LessThan" => order.is_lt(),
        "LessThanEquals" => order.is_le(),
        "GreaterThan" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// An intrinsic function of arguments.
pub(super) fn call(name: &str, arguments: &[Value]) -> Outcome {
    let wrong = || failed("States.IntrinsicFailure");
    match (name, arguments) {
        ("States.Array", _) => Ok(json!(arguments)),
        ("States.ArrayLength", [Value::Array(array)]) => Ok(json!(array.len())),
        ("States.ArrayGetItem", [Value::Array(array), index]) => {
            let index = index.as_u64().ok_or(Stop::Open("an index"))?;
            array.get(index as usize).cloned().ok_or_else(wrong)
        }
        ("States.MathAdd", [one, other]) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Ok(json!(one + other)),
            _ if one.is_number() && other.is_number() => Err(Stop::Open("how numbers are rounded")),
            _ => Err(wrong()),
        },
        ("States.JsonMerge", [Value::Object(one), Value::Object(other), _]) => {
            let mut merged = one.clone();
            merged.extend(other.clone());
            Ok(Value::Object(merged))
        }
        ("States.Format", [Value::String(format), rest @ ..]) => {
            let mut formatted = format.clone();
            for argument in rest {
                let shown = match argument {
                    Value::String(text) if !text.contains(['{', '}']) => text.clone(),
                    Value::Bool(_) => argument.to_string(),
                    _ => return Err(Stop::Open("how values are shown")),
                };
                formatted = formatted.replacen("{}", &shown, 1);
            }
            Ok(Value::String(formatted))
        }
        ("States.ArrayLength" | "States.ArrayGetItem" | "States.JsonMerge", _) => Err(wrong()),
        _ => Err(Stop::Open("a function")),
    }
}

/// Arguments of a call: apart at commas outside of calls and texts.
pub(super) fn split(arguments: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut quoted, mut start) = (Vec::new(), 0, false, 0);
    for (place, character) in arguments.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(&arguments[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    if !arguments.trim().is_empty() {
        parts.push(&arguments[start..]);
    }
    parts
}
