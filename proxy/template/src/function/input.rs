//! `$input`

use super::{Function, Kind, row};
use crate::value::Value;

pub(super) const ROWS: &[Function] = &[
    row(
        Kind::Input,
        "getBody",
        (0, 0),
        |machine, _, _| Ok(Value::text(machine.body())),
        "The payload as it came; `{}` if it is empty.",
        ("$input.body", r#"{"a":{"b":[1,{"c":"x"}]},"n":null}"#),
    ),
    row(
        Kind::Input,
        "json",
        (1, 1),
        |machine, _, arguments| {
            let path = arguments.text(0)?;
            let Some((json, found)) = machine.find(arguments.compiled, &path)? else {
                return Ok(Value::text("\"\""));
            };
            let mut out = String::new();
            found.write(json, machine.heap.meter.limits().output_bytes, &mut out);
            machine.heap.meter.step(out.len() as u64 / 64)?;
            Ok(Value::made(&out, &mut machine.heap.meter)?)
        },
        "What a JSONPath finds, as JSON; `\"\"` if it finds nothing.",
        ("$input.json('$.a.b') $input.json('$.x') $input.json('$.n')", r#"[1,{"c":"x"}] "" null"#),
    ),
    row(
        Kind::Input,
        "path",
        (1, 1),
        |machine, _, arguments| {
            let path = arguments.text(0)?;
            Ok(match machine.find(arguments.compiled, &path)? {
                Some((json, found)) => machine.found(json, found)?,
                None => Value::Null,
            })
        },
        "What a JSONPath finds, as a value; null if it finds nothing.",
        (
            "$input.path('$.a.b[1].c') $input.path('$.a') $input.path('$.a.b')|$input.path('$.x')",
            r#"x {b=[1,{"c":"x"}]} [1,{"c":"x"}]|"#,
        ),
    ),
    row(
        Kind::Input,
        "params",
        (0, 1),
        |machine, _, arguments| {
            if arguments.values.is_empty() {
                return Ok(machine.params()?);
            }
            let name = arguments.text(0)?;
            Ok(param(machine.inputs, &name))
        },
        "All parameters; or the first that is not empty of path, query and headers.",
        (
            "$input.params('id') $input.params('q') $input.params('X-H')|$input.params('x')|$input.params().path.id $input.params().header.get('X-H')",
            "7 query header||7 header",
        ),
    ),
];

fn param<'a>(inputs: &'a crate::Inputs<'a>, name: &str) -> Value<'a> {
    let kinds = [inputs.path, inputs.query, inputs.headers];
    let last = |named: &'a [(&'a str, &'a str)]| {
        let mut named = named.iter().rev().filter(|(each, _)| *each == name);
        named.next().map(|(_, value)| *value).filter(|value| !value.is_empty())
    };
    Value::text(kinds.into_iter().find_map(last).unwrap_or_default())
}
