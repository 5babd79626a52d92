//! `String.format`, as far as it is used in templates.

use super::Failure;
use crate::machine::Machine;
use crate::value::Value;

/// Of one number or text: so that a template is no way to make much of nothing.
const WIDTH_MAX: usize = 1_000;

/// `%[flags][width][.precision]conversion`
#[derive(Default)]
struct Directive {
    is_left: bool,
    is_padded_with_zeros: bool,
    is_signed: bool,
    is_grouped: bool,
    width: usize,
    precision: Option<usize>,
}

pub(super) fn format<'a>(
    machine: &mut Machine<'a>,
    text: &str,
    arguments: &[Value<'a>],
) -> Result<String, Failure> {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (directive, conversion, after) = directive(after)?;
        rest = after;
        match conversion {
            'n' => out.push('\n'),
            '%' => out.push('%'),
            _ => {
                let missing =
                    || Failure::fault(format!("an argument for %{conversion} is missing"));
                let argument = arguments.next().ok_or_else(missing)?;
                let body = directive.body(machine, conversion, argument)?;
                directive.pad(&body, &mut out);
            }
        }
        machine.heap.meter.step(1)?;
    }
    out.push_str(rest);
    Ok(out)
}

fn directive(text: &str) -> Result<(Directive, char, &str), Failure> {
    let mut found = Directive::default();
    let mut rest = text;
    loop {
        match rest.chars().next() {
            Some('-') => found.is_left = true,
            Some('0') => found.is_padded_with_zeros = true,
            Some('+') => found.is_signed = true,
            Some(',') => found.is_grouped = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    (found.width, rest) = number(rest)?;
    if let Some(precision) = rest.strip_prefix('.') {
        let (digits, after) = number(precision)?;
        (found.precision, rest) = (Some(digits), after);
    }
    let conversion = rest.chars().next().ok_or_else(|| Failure::fault("% ends it".to_owned()))?;
    Ok((found, conversion, &rest[conversion.len_utf8()..]))
}

fn number(text: &str) -> Result<(usize, &str), Failure> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let number = if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    let number = number.filter(|number| *number <= WIDTH_MAX);
    let too_large = || Failure::fault(format!("a width is at most {WIDTH_MAX}"));
    number.map(|number| (number, rest)).ok_or_else(too_large)
}

impl Directive {
    fn body<'a>(
        &self,
        machine: &mut Machine<'a>,
        conversion: char,
        argument: &Value<'a>,
    ) -> Result<String, Failure> {
        let illegal = || Failure::fault(format!("%{conversion} takes no such argument"));
        let text = match conversion {
            's' | 'S' if matches!(argument, Value::Null) => "null".to_owned(),
            's' | 'S' => machine.print(argument)?.to_string(),
            'b' | 'B' => argument.is_true().to_string(),
            'c' => match argument {
                Value::Text(text) if text.chars().count() == 1 => text.to_string(),
                _ => return Err(illegal()),
            },
            'd' => self.signed(argument.to_whole().ok_or_else(illegal)?.to_string()),
            'x' | 'X' => match argument {
                Value::Integer(value) => format!("{value:x}"),
                _ => return Err(illegal()),
            },
            'f' | 'e' | 'E' => {
                let value = argument.to_decimal().ok_or_else(illegal)?;
                let precision = self.precision.unwrap_or(6);
                if conversion == 'f' {
                    self.signed(format!("{value:.precision$}"))
                } else {
                    self.signed(exponent(&format!("{value:.precision$e}")))
                }
            }
            _ => return Err(Failure::fault(format!("%{conversion} is not supported"))),
        };
        let text = match self.precision {
            Some(length) if matches!(conversion, 's' | 'S') => text.chars().take(length).collect(),
            _ => text,
        };
        Ok(if conversion.is_ascii_uppercase() { text.to_uppercase() } else { text })
    }

    fn signed(&self, text: String) -> String {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None if self.is_signed => ("+", &*text),
            None => ("", &*text),
        };
        let digits = if self.is_grouped { grouped(digits) } else { digits.to_owned() };
        let missing = self.width.saturating_sub(sign.len() + digits.len());
        let zeros = if self.is_padded_with_zeros { "0".repeat(missing) } else { String::new() };
        [sign, &zeros, &digits].concat()
    }

    fn pad(&self, text: &str, out: &mut String) {
        let padding = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.is_left {
            out.extend([text, &padding]);
        } else {
            out.extend([&*padding, text]);
        }
    }
}

/// Java's exponent has a sign and two digits at least.
fn exponent(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_owned() };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}
