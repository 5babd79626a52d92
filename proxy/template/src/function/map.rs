//! Maps. Keys are texts: what else is given is looked up by what it prints. The lists of keys, values
//! and entries are of their own, and do not change with the map.

use super::iteration::{equals, printed};
use super::{Answer, Failure, Function, Kind, list, row};
use crate::machine::Machine;
use crate::value::{Id, Text, Value};

pub(super) const ROWS: &[Function] = &[
    row(Kind::Map, "toString", (0, 0), printed, "As it prints.", {
        ("#set($m = {'k':'v','n':[1]})$m.toString()", "{k=v, n=[1]}")
    }),
    row(Kind::Map, "equals", (1, 1), equals, "Whether another map has equal values.", {
        ("#set($m = {'a':1,'b':2})$m.equals({'b':2,'a':1})", "true")
    }),
    row(
        Kind::Map,
        "get",
        (1, 1),
        |machine, value, arguments| {
            let key = machine.print(&arguments.value(0)?)?;
            Ok(machine.heap.map(id(value)?).get(&key).cloned().unwrap_or(Value::Null))
        },
        "The value of a key; null if there is none.",
        ("#set($m = {'k':'v'})$m.get('k') $m.k $m['k'] [$m.get('x')]", "v v v []"),
    ),
    row(
        Kind::Map,
        "getOrDefault",
        (2, 2),
        |machine, value, arguments| {
            let key = machine.print(&arguments.value(0)?)?;
            let found = machine.heap.map(id(value)?).get(&key).cloned();
            found.map_or_else(|| arguments.value(1), Ok)
        },
        "The value of a key, or else what is given.",
        ("#set($m = {'k':'v'})$m.getOrDefault('k','d') $m.getOrDefault('x','d')", "v d"),
    ),
    row(
        Kind::Map,
        "put",
        (2, 2),
        |machine, value, arguments| {
            let key = machine.print(&arguments.value(0)?)?;
            let put = machine.heap.put(id(value)?, key, arguments.value(1)?)?;
            Ok(put.unwrap_or(Value::Null))
        },
        "Sets the value of a key; answers what it was.",
        ("#set($m = {'k':'v'})$m.put('k','w') $!m.put('n',1) $m", "v  {k=w, n=1}"),
    ),
    row(
        Kind::Map,
        "putIfAbsent",
        (2, 2),
        |machine, value, arguments| {
            let (map, key) = (id(value)?, machine.print(&arguments.value(0)?)?);
            if let Some(found) = machine.heap.map(map).get(&key) {
                return Ok(found.clone());
            }
            machine.heap.put(map, key, arguments.value(1)?)?;
            Ok(Value::Null)
        },
        "Sets the value of a key that has none; answers what it has.",
        ("#set($m = {'k':'v'})$m.putIfAbsent('k','w')$m.putIfAbsent('n',1) $m", "v {k=v, n=1}"),
    ),
    row(
        Kind::Map,
        "putAll",
        (1, 1),
        |machine, value, arguments| {
            let (map, other) = (id(value)?, id(&arguments.value(0)?)?);
            for (key, value) in pairs(machine, other)? {
                machine.heap.put(map, key, value)?;
            }
            Ok(Value::Null)
        },
        "Sets all that another map has.",
        ("#set($m = {'k':'v'})$m.putAll({'k':'w','n':1})$m", "{k=w, n=1}"),
    ),
    row(
        Kind::Map,
        "remove",
        (1, 1),
        |machine, value, arguments| {
            let key = machine.print(&arguments.value(0)?)?;
            Ok(machine.heap.remove(id(value)?, &key)?.unwrap_or(Value::Null))
        },
        "Removes a key; answers what its value was.",
        ("#set($m = {'k':'v'})$m.remove('k') $m", "v {}"),
    ),
    row(
        Kind::Map,
        "clear",
        (0, 0),
        |machine, value, _| {
            machine.heap.clear(id(value)?);
            Ok(Value::Null)
        },
        "Removes all keys.",
        ("#set($m = {'k':'v'})$m.clear()$m", "{}"),
    ),
    row(
        Kind::Map,
        "containsKey",
        (1, 1),
        |machine, value, arguments| {
            let key = machine.print(&arguments.value(0)?)?;
            Ok(Value::Boolean(machine.heap.map(id(value)?).get(&key).is_some()))
        },
        "Whether there is such a key.",
        ("#set($m = {'k':'v'})$m.containsKey('k') $m.containsKey('x')", "true false"),
    ),
    row(
        Kind::Map,
        "containsValue",
        (1, 1),
        |machine, value, arguments| {
            let wanted = arguments.value(0)?;
            for (_, value) in pairs(machine, id(value)?)? {
                if machine.heap.equal(&value, &wanted)? {
                    return Ok(Value::Boolean(true));
                }
            }
            Ok(Value::Boolean(false))
        },
        "Whether a key has such a value.",
        ("#set($m = {'k':'v'})$m.containsValue('v') $m.containsValue('x')", "true false"),
    ),
    row(
        Kind::Map,
        "keySet",
        (0, 0),
        |machine, value, _| {
            let pairs = pairs(machine, id(value)?)?;
            list::new(machine, pairs.into_iter().map(|(key, _)| Value::Text(key)).collect())
        },
        "The keys.",
        ("#set($m = {'a':1,'b':2})$m.keySet()", "[a, b]"),
    ),
    row(
        Kind::Map,
        "values",
        (0, 0),
        |machine, value, _| {
            let pairs = pairs(machine, id(value)?)?;
            list::new(machine, pairs.into_iter().map(|(_, value)| value).collect())
        },
        "The values.",
        ("#set($m = {'a':1,'b':2})$m.values()", "[1, 2]"),
    ),
    row(
        Kind::Map,
        "entrySet",
        (0, 0),
        |machine, value, _| entries(machine, value),
        "The keys with their values.",
        {
            (
                "#set($m = {'a':1,'b':2})$m.entrySet() #foreach($e in $m.entrySet())$e.key:$e.value;#end",
                { "[a=1, b=2] a:1;b:2;" },
            )
        },
    ),
    row(
        Kind::Map,
        "size",
        (0, 0),
        |machine, value, _| Ok(Value::count(machine.heap.map(id(value)?).pairs().len())),
        "How many keys there are.",
        ("#set($m = {'a':1,'b':2})$m.size() $input.path('$.a').size()", "2 1"),
    ),
    row(
        Kind::Map,
        "isEmpty",
        (0, 0),
        |machine, value, _| Ok(Value::Boolean(machine.heap.map(id(value)?).pairs().is_empty())),
        "Whether there is no key.",
        ("#set($m = {})$m.isEmpty()", "true"),
    ),
];

fn id(value: &Value<'_>) -> Result<Id, Failure> {
    if let Value::Map(id) = value { Ok(*id) } else { Err(Failure::Mismatch) }
}

fn pairs<'a>(machine: &mut Machine<'a>, map: Id) -> Result<Vec<(Text<'a>, Value<'a>)>, Failure> {
    let pairs = machine.heap.map(map).pairs().to_vec();
    machine.heap.meter.step(pairs.len() as u64)?;
    Ok(pairs)
}

fn entries<'a>(machine: &mut Machine<'a>, value: &Value<'a>) -> Answer<'a> {
    let mut items = Vec::new();
    for (key, value) in pairs(machine, id(value)?)? {
        items.push(machine.heap.new_entry(key, value)?);
    }
    list::new(machine, items)
}
