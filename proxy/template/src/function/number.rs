//! Numbers and booleans, with the functions of their classes that are called through a value, as in
//! `#set($n = 0)$n.parseInt("5")`.

use super::iteration::{equals, printed};
use super::{Answer, Arguments, Failure, Function, Kind, row};
use crate::machine::Machine;
use crate::value::{Text, Value};

pub(super) const ROWS: &[Function] = &[
    row(
        Kind::Number,
        "toString",
        (0, 2),
        |machine, value, arguments| match arguments.values {
            [] => printed(machine, value, arguments),
            [number] => Ok(Value::Text(machine.print(number)?)),
            _ => radix(machine, arguments),
        },
        "As it prints; or another number, in a radix if one is given.",
        ("#set($n = 7)$n.toString() $n.toString(8) $n.toString(255, 16)", "7 8 ff"),
    ),
    row(Kind::Number, "equals", (1, 1), equals, "Whether it is the same number.", {
        ("#set($n = 7)$n.equals(7) $n.equals('7')", "true false")
    }),
    row(
        Kind::Number,
        "compareTo",
        (1, 1),
        |machine, value, arguments| {
            let other = arguments.value(0)?;
            let less = crate::syntax::Operator::Less;
            let is_less = machine.heap.operate(value, less, &other)?.is_true();
            let is_greater = machine.heap.operate(&other, less, value)?.is_true();
            Ok(Value::Integer(i64::from(is_greater) - i64::from(is_less)))
        },
        "-1, 0 or 1.",
        ("#set($n = 7)$n.compareTo(5) $n.compareTo(7) $n.compareTo(8)", "1 0 -1"),
    ),
    row(Kind::Number, "intValue", (0, 0), whole, "Without what stands after the point.", {
        ("#set($n = 7.9)$n.intValue()", "7")
    }),
    row(Kind::Number, "longValue", (0, 0), whole, "Without what stands after the point.", {
        ("#set($n = -7.9)$n.longValue()", "-7")
    }),
    row(
        Kind::Number,
        "doubleValue",
        (0, 0),
        |_, value, _| value.to_decimal().map(Value::Decimal).ok_or(Failure::Mismatch),
        "As a decimal.",
        ("#set($n = 7)$n.doubleValue()", "7.0"),
    ),
    row(Kind::Number, "parseInt", (1, 2), parse_whole, "A text as a whole number, in a radix.", {
        ("#set($n = 0)$n.parseInt('-12') $n.parseInt('ff', 16)", "-12 255")
    }),
    row(Kind::Number, "parseLong", (1, 2), parse_whole, "A text as a whole number.", {
        ("#set($n = 0)$n.parseLong('3000000000')", "3000000000")
    }),
    row(
        Kind::Number,
        "parseDouble",
        (1, 1),
        |_, _, arguments| {
            let text = arguments.text(0)?;
            let number = text.trim().parse().map(Value::Decimal);
            number.map_err(|_| Failure::fault(format!("`{}` is no number", excerpt(&text))))
        },
        "A text as a decimal.",
        ("#set($n = 0)$n.parseDouble('2.50')", "2.5"),
    ),
    row(
        Kind::Number,
        "valueOf",
        (1, 1),
        |machine, value, arguments| match (value, arguments.value(0)?) {
            (_, number) if number.is_number() => Ok(number),
            (Value::Decimal(_), Value::Text(text)) => {
                let number = text.trim().parse().map(Value::Decimal);
                number.map_err(|_| Failure::fault(format!("`{}` is no number", excerpt(&text))))
            }
            _ => parse_whole(machine, value, arguments),
        },
        "A text as a number of the same kind.",
        ("#set($n = 0)$n.valueOf('3'), #set($n = 0.0)$n.valueOf('3')", "3, 3.0"),
    ),
    row(Kind::Boolean, "toString", (0, 0), printed, "As it prints.", {
        ("#set($b = true)$b.toString()", "true")
    }),
    row(Kind::Boolean, "equals", (1, 1), equals, "Whether it is the same.", {
        ("#set($b = true)$b.equals(true) $b.equals('true')", "true false")
    }),
    row(Kind::Boolean, "booleanValue", (0, 0), |_, value, _| Ok(value.clone()), "Itself.", {
        ("#set($b = false)$b.booleanValue()", "false")
    }),
    row(
        Kind::Boolean,
        "parseBoolean",
        (1, 1),
        |_, _, arguments| Ok(Value::Boolean(arguments.text(0)?.eq_ignore_ascii_case("true"))),
        "Whether a text is `true`, in any case.",
        ("#set($b = false)$b.parseBoolean('TRUE') $b.parseBoolean('1')", "true false"),
    ),
];

fn excerpt(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

#[expect(clippy::cast_possible_truncation, reason = "as Java makes a long of a double")]
fn whole<'a>(_: &mut Machine<'a>, value: &Value<'a>, _: &Arguments<'_, 'a>) -> Answer<'a> {
    match value {
        Value::Decimal(value) => Ok(Value::Integer(*value as i64)),
        _ => Ok(value.clone()),
    }
}

fn radix_of(value: i64) -> Result<u32, Failure> {
    let radix = u32::try_from(value).ok().filter(|radix| (2..=36).contains(radix));
    radix.ok_or_else(|| Failure::fault(format!("radix {value} is out of range")))
}

fn parse_whole<'a>(
    _: &mut Machine<'a>,
    _: &Value<'a>,
    arguments: &Arguments<'_, 'a>,
) -> Answer<'a> {
    let text = arguments.text(0)?;
    let radix = if arguments.values.len() > 1 { radix_of(arguments.integer(1)?)? } else { 10 };
    let number = i64::from_str_radix(&text, radix).map(Value::Integer);
    number.map_err(|_| Failure::fault(format!("`{}` is no whole number", excerpt(&text))))
}

fn radix<'a>(machine: &mut Machine<'a>, arguments: &Arguments<'_, 'a>) -> Answer<'a> {
    let (value, radix) = (arguments.integer(0)?, radix_of(arguments.integer(1)?)?);
    let mut digits = Vec::new();
    let mut rest = value.unsigned_abs();
    loop {
        let digit = u32::try_from(rest % u64::from(radix)).unwrap_or(0);
        digits.extend(char::from_digit(digit, radix));
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    digits.extend((value < 0).then_some('-'));
    let text: String = digits.into_iter().rev().collect();
    machine.heap.meter.allocate(text.len())?;
    Ok(Value::Text(Text::Shared(text.into())))
}
