//! Text. Places in it count units of UTF-16; one that is out of range ends the rendering.

use super::iteration::{equals, printed};
use super::{
    Answer, Arguments, Failure, Function, Kind, format, list, row, text_of, utf16, within,
};
use crate::machine::Machine;
use crate::value::{Text, Value};

pub(super) const ROWS: &[Function] = &[
    row(Kind::Text, "toString", (0, 0), printed, "Itself.", ("#set($t = 'a')$t.toString()", "a")),
    row(Kind::Text, "equals", (1, 1), equals, "Whether it is the same text.", {
        ("#set($t = '1')$t.equals('1') $t.equals(1)", "true false")
    }),
    row(
        Kind::Text,
        "equalsIgnoreCase",
        (1, 1),
        |_, value, arguments| {
            let (text, other) = (text_of(value)?, arguments.text(0)?);
            Ok(Value::Boolean(text.to_lowercase() == other.to_lowercase()))
        },
        "Whether it is the same text in any case.",
        ("#set($t = 'É')$t.equalsIgnoreCase('é')", "true"),
    ),
    row(
        Kind::Text,
        "compareTo",
        (1, 1),
        |_, value, arguments| {
            let (text, other) = (text_of(value)?, arguments.text(0)?);
            let mut pairs = text.encode_utf16().zip(other.encode_utf16());
            let difference = pairs.find(|(one, other)| one != other);
            let lengths = || signed(utf16::length(&text)) - signed(utf16::length(&other));
            let of_units = |(one, other): (u16, u16)| i64::from(one) - i64::from(other);
            Ok(Value::Integer(difference.map_or_else(lengths, of_units)))
        },
        "How far its first unit that differs is from the other's, or the lengths.",
        ("#set($t = 'b')$t.compareTo('a') $t.compareTo('bcd')", "1 -2"),
    ),
    row(
        Kind::Text,
        "length",
        (0, 0),
        |_, value, _| Ok(Value::count(utf16::length(&text_of(value)?))),
        "How many units it has.",
        ("#set($t = 'a\u{1f600}')$t.length()", "3"),
    ),
    row(
        Kind::Text,
        "isEmpty",
        (0, 0),
        |_, value, _| Ok(Value::Boolean(text_of(value)?.is_empty())),
        "Whether it has none.",
        ("#set($t = '')$t.isEmpty() $t.empty", "true true"),
    ),
    row(
        Kind::Text,
        "charAt",
        (1, 1),
        |machine, value, arguments| {
            let text = text_of(value)?;
            let index = arguments.integer(0)?;
            let at = within(index, utf16::length(&text).saturating_sub(1))?;
            if text.is_empty() {
                return Err(Failure::fault(format!("index {index} is out of range for length 0")));
            }
            slice(machine, &text, at, at + 1)
        },
        "The character at a place.",
        ("#set($t = 'abc')$t.charAt(1)", "b"),
    ),
    row(
        Kind::Text,
        "substring",
        (1, 2),
        |machine, value, arguments| {
            let text = text_of(value)?;
            let length = utf16::length(&text);
            let is_open = arguments.values.len() == 1;
            let to = if is_open { length } else { within(arguments.integer(1)?, length)? };
            let from = within(arguments.integer(0)?, to)?;
            slice(machine, &text, from, to)
        },
        "From one place to before another, or to the end.",
        ("#set($t = 'abcd')$t.substring(1,3) $t.substring(2)", "bc cd"),
    ),
    row(
        Kind::Text,
        "contains",
        (1, 1),
        |_, value, arguments| Ok(Value::Boolean(text_of(value)?.contains(&*arguments.text(0)?))),
        "Whether another text is in it.",
        ("#set($t = 'abc')$t.contains('bc') $t.contains('x')", "true false"),
    ),
    row(
        Kind::Text,
        "startsWith",
        (1, 1),
        |_, value, arguments| Ok(Value::Boolean(text_of(value)?.starts_with(&*arguments.text(0)?))),
        "Whether it begins with another text.",
        ("#set($t = 'abc')$t.startsWith('ab')", "true"),
    ),
    row(
        Kind::Text,
        "endsWith",
        (1, 1),
        |_, value, arguments| Ok(Value::Boolean(text_of(value)?.ends_with(&*arguments.text(0)?))),
        "Whether it ends with another text.",
        ("#set($t = 'abc')$t.endsWith('bc')", "true"),
    ),
    row(
        Kind::Text,
        "indexOf",
        (1, 2),
        |_, value, arguments| {
            let (text, part) = (text_of(value)?, arguments.text(0)?);
            let from = if arguments.values.len() > 1 { arguments.integer(1)? } else { 0 };
            let from = utf16::byte(&text, usize::try_from(from).unwrap_or(0));
            let found = text[from..].find(&*part);
            let place = |byte| Value::count(utf16::place(&text, from + byte));
            Ok(found.map_or(Value::Integer(-1), place))
        },
        "The first place of another text, from a place on; -1 if it is not there.",
        ("#set($t = 'éaba')$t.indexOf('a') $t.indexOf('a',2) $t.indexOf('x')", "1 3 -1"),
    ),
    row(
        Kind::Text,
        "lastIndexOf",
        (1, 1),
        |_, value, arguments| {
            let text = text_of(value)?;
            let found = text.rfind(&*arguments.text(0)?);
            Ok(found.map_or(Value::Integer(-1), |byte| Value::count(utf16::place(&text, byte))))
        },
        "The last place of another text; -1 if it is not there.",
        ("#set($t = 'aba')$t.lastIndexOf('a')", "2"),
    ),
    row(
        Kind::Text,
        "trim",
        (0, 0),
        |machine, value, _| {
            let text = text_of(value)?;
            made(machine, text.trim_matches(|c| c <= ' '))
        },
        "Without spaces and control characters at its ends.",
        ("#set($t = ' a ')[$t.trim()]", "[a]"),
    ),
    row(
        Kind::Text,
        "toLowerCase",
        (0, 0),
        |machine, value, _| made(machine, &text_of(value)?.to_lowercase()),
        "In lower case.",
        ("#set($t = 'AÉ')$t.toLowerCase()", "aé"),
    ),
    row(
        Kind::Text,
        "toUpperCase",
        (0, 0),
        |machine, value, _| made(machine, &text_of(value)?.to_uppercase()),
        "In upper case.",
        ("#set($t = 'aß')$t.toUpperCase()", "ASS"),
    ),
    row(
        Kind::Text,
        "concat",
        (1, 1),
        |machine, value, arguments| {
            let joined = [&*text_of(value)?, &*arguments.text(0)?].concat();
            made(machine, &joined)
        },
        "With another text behind it.",
        ("#set($t = 'a')$t.concat('b')", "ab"),
    ),
    row(Kind::Text, "replace", (2, 2), replace, "With one text for another, everywhere.", {
        ("#set($t = 'a.b.c')$t.replace('.','-') $t.replace('','_')", "a-b-c _a_._b_._c_")
    }),
    row(
        Kind::Text,
        "repeat",
        (1, 1),
        |machine, value, arguments| {
            let (text, times) = (text_of(value)?, arguments.integer(0)?);
            let times = usize::try_from(times)
                .map_err(|_| Failure::fault(format!("the count {times} is negative")))?;
            machine.heap.meter.allocate(text.len().saturating_mul(times))?;
            Ok(Value::Text(Text::Shared(text.repeat(times).into())))
        },
        "So many times.",
        ("#set($t = 'ab')$t.repeat(3)", "ababab"),
    ),
    row(
        Kind::Text,
        "hashCode",
        (0, 0),
        |_, value, _| {
            let add = |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit));
            let hash = text_of(value)?.encode_utf16().fold(0_i32, add);
            Ok(Value::Integer(hash.into()))
        },
        "As Java computes it.",
        ("#set($t = 'text')$t.hashCode()", "3556653"),
    ),
    row(
        Kind::Text,
        "toCharArray",
        (0, 0),
        |machine, value, _| {
            let text = text_of(value)?;
            machine.heap.grow(text.len())?;
            let character = |c: char| Value::Text(Text::Shared(c.to_string().into()));
            list::new(machine, text.chars().map(character).collect())
        },
        "A list of its characters.",
        ("#set($t = 'abc')#foreach($c in $t.toCharArray())$c,#end", "a,b,c,"),
    ),
    row(
        Kind::Text,
        "valueOf",
        (1, 1),
        |machine, _, arguments| Ok(Value::Text(machine.print(&arguments.value(0)?)?)),
        "Anything as text.",
        ("#set($t = '')$t.valueOf(5)", "5"),
    ),
    row(
        Kind::Text,
        "join",
        (2, 2),
        |machine, _, arguments| {
            let (between, items) = (arguments.text(0)?, list::id(&arguments.value(1)?)?);
            let mut out = String::new();
            for index in 0..machine.heap.list(items).items.len() {
                let item = machine.heap.list(items).items[index].clone();
                out.push_str(if index == 0 { "" } else { &between });
                machine.heap.meter.allocate(between.len())?;
                out.push_str(&machine.print(&item)?);
            }
            made(machine, &out)
        },
        "The items of a list with a text between them.",
        ("#set($t = '')$t.join('-', ['a', 1])", "a-1"),
    ),
    row(
        Kind::Text,
        "format",
        (1, 20),
        |machine, _, arguments| {
            let text = arguments.text(0)?;
            let out = format::format(machine, &text, &arguments.values[1..])?;
            made(machine, &out)
        },
        "As `String.format`: %s, %d, %x, %f, %e, %b, %c, %n and %% with flags, width and precision.",
        ("#set($t = '')$t.format('%s|%5d|%-4s|%.2f|%05d', 'a', 42, 'b', 1.5, 7)", {
            "a|   42|b   |1.50|00007"
        }),
    ),
];

/// What takes a regular expression: see `pattern`.
pub(super) const REGULAR_ROWS: &[Function] = &[
    row(
        Kind::Text,
        "matches",
        (1, 1),
        |machine, value, arguments| {
            let text = text_of(value)?;
            arguments.with_pattern(machine, &text, |_, pattern| {
                Ok(Value::Boolean(pattern.is_whole_match(&text)))
            })
        },
        "Whether it is wholly what the pattern says.",
        ("#set($t = 'text')$t.matches('t.*') $t.matches('t')", "true false"),
    ),
    row(
        Kind::Text,
        "replaceAll",
        (2, 2),
        |machine, value, arguments| replace_pattern(machine, value, arguments, usize::MAX),
        "With another text for all that the pattern matches; `$1` is its first group.",
        ("#set($t = 'a1b22')$t.replaceAll('[0-9]+','#') $t.replaceAll('([a-z])','<$1>')", {
            "a#b# <a>1<b>22"
        }),
    ),
    row(
        Kind::Text,
        "replaceFirst",
        (2, 2),
        |machine, value, arguments| replace_pattern(machine, value, arguments, 1),
        "With another text for the first that the pattern matches.",
        ("#set($t = 'a1b2')$t.replaceFirst('[0-9]','#')", "a#b2"),
    ),
    row(
        Kind::Text,
        "split",
        (1, 2),
        |machine, value, arguments| {
            let text = text_of(value)?;
            let limit = if arguments.values.len() > 1 { arguments.integer(1)? } else { 0 };
            let parts = arguments.with_pattern(machine, &text, |machine, pattern| {
                let parts = pattern.split(&text, limit);
                machine.heap.meter.allocate(text.len() + parts.len() * 32)?;
                let part = |part: &str| Value::Text(Text::Shared(part.into()));
                Ok(parts.into_iter().map(part).collect())
            })?;
            list::new(machine, parts)
        },
        "A list of what stands between what the pattern matches, at most so many.",
        ("#set($t = 'a,b,c,,')$t.split(',') $t.split(',',2)", "[a, b, c] [a, b,c,,]"),
    ),
];

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn made<'a>(machine: &mut Machine<'a>, text: &str) -> Answer<'a> {
    Ok(Value::made(text, &mut machine.heap.meter)?)
}

fn slice<'a>(machine: &mut Machine<'a>, text: &Text<'a>, from: usize, to: usize) -> Answer<'a> {
    machine.heap.meter.step(text.len() as u64 / 64)?;
    if let Text::Borrowed(text) = text
        && let std::borrow::Cow::Borrowed(part) = utf16::slice(text, from, to)
    {
        return Ok(Value::text(part));
    }
    made(machine, &utf16::slice(text, from, to))
}

fn replace<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    arguments: &Arguments<'_, 'a>,
) -> Answer<'a> {
    let (text, from, to) = (text_of(value)?, arguments.text(0)?, arguments.text(1)?);
    let count = text.matches(&*from).count();
    machine.heap.meter.allocate(count.saturating_mul(to.len()))?;
    made(machine, &text.replace(&*from, &to))
}

fn replace_pattern<'a>(
    machine: &mut Machine<'a>,
    value: &Value<'a>,
    arguments: &Arguments<'_, 'a>,
    limit: usize,
) -> Answer<'a> {
    let (text, replacement) = (text_of(value)?, arguments.text(1)?);
    let replaced = arguments.with_pattern(machine, &text, |machine, pattern| {
        let bytes_max = machine.heap.meter.limits().output_bytes;
        pattern.replace(&text, &replacement, limit, bytes_max).map_err(Failure::fault)
    })?;
    made(machine, &replaced)
}
