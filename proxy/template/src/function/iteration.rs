//! `$foreach`, iterators, and the entries of maps.

use super::{Answer, Arguments, Failure, Function, Kind, row};
use crate::machine::Machine;
use crate::value::{Loop, Value};

pub(super) const ROWS: &[Function] = &[
    row(
        Kind::Loop,
        "index",
        (0, 0),
        |machine, value, _| of_loop(machine, value, |state| Value::count(state.index)),
        "How many went before.",
        ("#foreach($i in ['a','b'])$foreach.index#end", "01"),
    ),
    row(
        Kind::Loop,
        "count",
        (0, 0),
        |machine, value, _| of_loop(machine, value, |state| Value::count(state.index + 1)),
        "From 1.",
        ("#foreach($i in ['a','b'])$foreach.count$velocityCount#end", "1122"),
    ),
    row(
        Kind::Loop,
        "hasNext",
        (0, 0),
        |machine, value, _| {
            let has_next = |state: Loop| Value::Boolean(state.index + 1 < state.count);
            of_loop(machine, value, has_next)
        },
        "Whether there are more.",
        ("#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"),
    ),
    row(
        Kind::Loop,
        "first",
        (0, 0),
        |machine, value, _| of_loop(machine, value, |state| Value::Boolean(state.index == 0)),
        "Whether it is the first.",
        ("#foreach($i in [1..2])$foreach.first #end", "true false "),
    ),
    row(
        Kind::Loop,
        "last",
        (0, 0),
        |machine, value, _| {
            let is_last = |state: Loop| Value::Boolean(state.index + 1 == state.count);
            of_loop(machine, value, is_last)
        },
        "Whether it is the last.",
        ("#foreach($i in [1..2])$foreach.last #end", "false true "),
    ),
    row(
        Kind::Loop,
        "parent",
        (0, 0),
        |machine, value, _| {
            of_loop(machine, value, |state| state.parent.map_or(Value::Null, Value::Loop))
        },
        "The loop around it.",
        ("#foreach($i in [1..2])#foreach($j in [1])$foreach.parent.count#end#end", "12"),
    ),
    row(
        Kind::Loop,
        "topmost",
        (0, 0),
        |machine, value, _| {
            let Value::Loop(mut id) = *value else { return Err(Failure::Mismatch) };
            while let Some(parent) = machine.heap.loop_state(id).parent {
                id = parent;
            }
            Ok(Value::Loop(id))
        },
        "The outermost loop.",
        ("#foreach($i in [1..2])#foreach($j in [1])$foreach.topmost.index#end#end", "01"),
    ),
    row(
        Kind::Iterator,
        "hasNext",
        (0, 0),
        |machine, value, _| {
            let Value::Iterator(id) = value else { return Err(Failure::Mismatch) };
            Ok(Value::Boolean(machine.heap.has_next(*id)))
        },
        "Whether there are more.",
        ("#set($l = ['a'])#set($i = $l.iterator())$i.hasNext()", { "true" }),
    ),
    row(
        Kind::Iterator,
        "next",
        (0, 0),
        |machine, value, _| {
            let Value::Iterator(id) = value else { return Err(Failure::Mismatch) };
            let next = machine.heap.next(*id);
            next.ok_or_else(|| Failure::fault("there are no more".to_owned()))
        },
        "The next; ends the rendering if there is none.",
        ("#set($l = ['a','b'])#set($i = $l.iterator())$i.next()$i.next()$i.hasNext()", "abfalse"),
    ),
    row(
        Kind::Entry,
        "getKey",
        (0, 0),
        |machine, value, _| {
            let Value::Entry(id) = value else { return Err(Failure::Mismatch) };
            Ok(Value::Text(machine.heap.entry(*id).0.clone()))
        },
        "The key.",
        (
            "#foreach($e in {'k':'v'})#end#set($m = {'k':'v'})#foreach($e in $m.entrySet())$e.key $e.getKey()#end",
            "k k",
        ),
    ),
    row(
        Kind::Entry,
        "getValue",
        (0, 0),
        |machine, value, _| {
            let Value::Entry(id) = value else { return Err(Failure::Mismatch) };
            Ok(machine.heap.entry(*id).1.clone())
        },
        "The value.",
        (
            "#set($m = {'k':'v'})#foreach($e in $m.entrySet())$e.value $e.getValue() $e#end",
            "v v k=v",
        ),
    ),
];

fn of_loop<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    answer: impl Fn(Loop) -> Value<'a>,
) -> Answer<'a> {
    let Value::Loop(id) = value else { return Err(Failure::Mismatch) };
    Ok(answer(machine.heap.loop_state(*id)))
}

/// `toString()` and `equals()`, which everything has.
pub(super) fn printed<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    _: &Arguments<'_, 'a>,
) -> Answer<'a> {
    Ok(Value::Text(machine.print(value)?))
}

pub(super) fn equals<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    arguments: &Arguments<'_, 'a>,
) -> Answer<'a> {
    let other = arguments.value(0)?;
    let is_alike = std::mem::discriminant(value) == std::mem::discriminant(&other);
    Ok(Value::Boolean(is_alike && machine.heap.equal(value, &other)?))
}
