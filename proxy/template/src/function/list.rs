//! Lists: an index that is out of range ends the rendering, as it does in Java.

use super::iteration::{equals, printed};
use super::{Arguments, Failure, Function, Kind, row, within};
use crate::machine::Machine;
use crate::value::{Id, ListKind, Outcome, Value};

pub(super) const ROWS: &[Function] = &[
    row(Kind::List, "toString", (0, 0), printed, "As it prints.", {
        ("#set($l = [1,'a'])$l.toString()", "[1, a]")
    }),
    row(Kind::List, "equals", (1, 1), equals, "Whether another list has equal items.", {
        ("#set($l = [1,'a'])$l.equals([1,'a']) $l.equals([1])", "true false")
    }),
    row(
        Kind::List,
        "size",
        (0, 0),
        |machine, value, _| Ok(Value::count(machine.heap.list(id(value)?).items.len())),
        "How many items there are.",
        ("#set($l = [1,2])$l.size()", "2"),
    ),
    row(
        Kind::List,
        "count",
        (0, 0),
        |machine, value, _| Ok(Value::count(machine.heap.list(id(value)?).items.len())),
        "As `size()`: one example of AWS's has it.",
        ("#set($l = [1,2])$l.count()", "2"),
    ),
    row(
        Kind::List,
        "isEmpty",
        (0, 0),
        |machine, value, _| Ok(Value::Boolean(machine.heap.list(id(value)?).items.is_empty())),
        "Whether there is no item.",
        ("#set($l = [])$l.isEmpty() $l.empty", "true true"),
    ),
    row(
        Kind::List,
        "get",
        (1, 1),
        |machine, value, arguments| {
            let items = &machine.heap.list(id(value)?).items;
            Ok(items[item(arguments.integer(0)?, items.len())?].clone())
        },
        "The item at an index.",
        ("#set($l = ['a','b'])$l.get(1) $l[0]", "b a"),
    ),
    row(
        Kind::List,
        "set",
        (2, 2),
        |machine, value, arguments| {
            let list = id(value)?;
            let at = item(arguments.integer(0)?, machine.heap.list(list).items.len())?;
            let new = arguments.value(1)?;
            Ok(std::mem::replace(&mut machine.heap.list_mut(list)[at], new))
        },
        "Replaces the item at an index; answers what it was.",
        ("#set($l = ['a'])$l.set(0,'b') $l", "a [b]"),
    ),
    row(
        Kind::List,
        "add",
        (1, 2),
        |machine, value, arguments| {
            let list = id(value)?;
            let count = machine.heap.list(list).items.len();
            machine.heap.grow(1)?;
            if arguments.values.len() == 1 {
                let new = arguments.value(0)?;
                machine.heap.list_mut(list).push(new);
                return Ok(Value::Boolean(true));
            }
            let at = within(arguments.integer(0)?, count)?;
            machine.heap.meter.step(count as u64 / 8)?;
            let new = arguments.value(1)?;
            machine.heap.list_mut(list).insert(at, new);
            Ok(Value::Null)
        },
        "Adds an item at the end, or at an index.",
        ("#set($l = ['a'])$l.add('b') $l.add(0,'c') $l", "true  [c, a, b]"),
    ),
    row(
        Kind::List,
        "addAll",
        (1, 1),
        |machine, value, arguments| {
            let (list, other) = (id(value)?, id(&arguments.value(0)?)?);
            let items = machine.heap.list(other).items.len();
            machine.heap.grow(items)?;
            let items = machine.heap.list(other).items.clone();
            let is_changed = !items.is_empty();
            machine.heap.list_mut(list).extend(items);
            Ok(Value::Boolean(is_changed))
        },
        "Adds the items of another list at the end.",
        ("#set($l = ['a'])$l.addAll(['b','c']) $l", "true [a, b, c]"),
    ),
    row(Kind::List, "remove", (1, 1), remove, "Removes the item at an index, or an item.", {
        ("#set($l = ['a','b','c'])$l.remove(0) $l.remove('c') $l.remove('x') $l", {
            "a true false [b]"
        })
    }),
    row(
        Kind::List,
        "clear",
        (0, 0),
        |machine, value, _| {
            machine.heap.list_mut(id(value)?).clear();
            Ok(Value::Null)
        },
        "Removes all items.",
        ("#set($l = ['a'])$l.clear()$l", "[]"),
    ),
    row(
        Kind::List,
        "contains",
        (1, 1),
        |machine, value, arguments| {
            Ok(Value::Boolean(position(machine, value, arguments)?.is_some()))
        },
        "Whether an item is in it.",
        ("#set($l = ['a', 1])$l.contains('a') $l.contains(1) $l.contains('1')", {
            "true true false"
        }),
    ),
    row(
        Kind::List,
        "containsAll",
        (1, 1),
        |machine, value, arguments| {
            let (list, wanted) = (id(value)?, id(&arguments.value(0)?)?);
            for index in 0..machine.heap.list(wanted).items.len() {
                let item = machine.heap.list(wanted).items[index].clone();
                if find(machine, list, &item)?.is_none() {
                    return Ok(Value::Boolean(false));
                }
            }
            Ok(Value::Boolean(true))
        },
        "Whether all items of another list are in it.",
        ("#set($l = ['a','b'])$l.containsAll(['b']) $l.containsAll(['b','x'])", "true false"),
    ),
    row(
        Kind::List,
        "indexOf",
        (1, 1),
        |machine, value, arguments| {
            let found = position(machine, value, arguments)?;
            Ok(found.map_or(Value::Integer(-1), Value::count))
        },
        "The index of an item; -1 if it is not there.",
        ("#set($l = ['a','b'])$l.indexOf('b') $l.indexOf('x')", "1 -1"),
    ),
    row(
        Kind::List,
        "iterator",
        (0, 0),
        |machine, value, _| Ok(machine.heap.new_iterator(id(value)?)?),
        "What goes through the items.",
        ("#set($l = ['a','b'])#foreach($i in $l.iterator())$i#end", "ab"),
    ),
    row(
        Kind::List,
        "subList",
        (2, 2),
        |machine, value, arguments| {
            let list = machine.heap.list(id(value)?);
            let (kind, count) = (list.kind, list.items.len());
            let to = within(arguments.integer(1)?, count)?;
            let from = within(arguments.integer(0)?, to)?;
            let items = list.items[from..to].to_vec();
            Ok(machine.heap.new_list(kind, items)?)
        },
        "The items from one index to before another: a list of its own.",
        ("#set($l = ['a','b','c'])$l.subList(1,3)", "[b, c]"),
    ),
];

pub(super) fn id(value: &Value<'_>) -> Result<Id, Failure> {
    if let Value::List(id) = value { Ok(*id) } else { Err(Failure::Mismatch) }
}

/// The index of an item.
fn item(index: i64, count: usize) -> Result<usize, Failure> {
    let found = usize::try_from(index).ok().filter(|index| *index < count);
    let message = format!("index {index} is out of range for length {count}");
    found.ok_or(Failure::fault(message))
}

/// Where an equal item of the same kind is.
fn find<'a>(machine: &mut Machine<'a>, list: Id, wanted: &Value<'a>) -> Outcome<Option<usize>> {
    for index in 0..machine.heap.list(list).items.len() {
        let item = machine.heap.list(list).items[index].clone();
        let is_alike = std::mem::discriminant(&item) == std::mem::discriminant(wanted);
        if is_alike && machine.heap.equal(&item, wanted)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn position<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    arguments: &Arguments<'_, 'a>,
) -> Result<Option<usize>, Failure> {
    Ok(find(machine, id(value)?, &arguments.value(0)?)?)
}

fn remove<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    arguments: &Arguments<'_, 'a>,
) -> super::Answer<'a> {
    let list = id(value)?;
    let count = machine.heap.list(list).items.len();
    machine.heap.meter.step(count as u64 / 8)?;
    if let Ok(index) = arguments.integer(0) {
        let at = item(index, count)?;
        return Ok(machine.heap.list_mut(list).remove(at));
    }
    let found = position(machine, value, arguments)?;
    if let Some(at) = found {
        machine.heap.list_mut(list).remove(at);
    }
    Ok(Value::Boolean(found.is_some()))
}

pub(super) fn new<'a>(machine: &mut Machine<'a>, items: Vec<Value<'a>>) -> super::Answer<'a> {
    Ok(machine.heap.new_list(ListKind::Java, items)?)
}
