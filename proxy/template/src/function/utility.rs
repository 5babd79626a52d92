//! `$util`: these and no others. What is not text is taken as it prints.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use form_urlencoded::byte_serialize;

use super::{Failure, Function, Kind, row};
use crate::json::Json;
use crate::value::{Text, Value};

/// As Apache's decoder, padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) const ROWS: &[Function] = &[
    row(
        Kind::Util,
        "escapeJavaScript",
        (1, 1),
        |machine, _, arguments| {
            let argument = arguments.value(0)?;
            if matches!(argument, Value::Null) {
                return Ok(Value::text("null"));
            }
            let text = machine.print(&argument)?;
            Ok(Value::made(&escape_java_script(&text), &mut machine.heap.meter)?)
        },
        "For a string of JavaScript: also quotes, slashes and all beyond ASCII are escaped.",
        (r#"$util.escapeJavaScript("it's ""é/\") $util.escapeJavaScript($null)"#, {
            r#"it\'s \"\u00E9\/\\ null"#
        }),
    ),
    row(
        Kind::Util,
        "parseJson",
        (1, 1),
        |machine, _, arguments| {
            let text = arguments.text(0)?;
            machine.heap.meter.step(text.len() as u64 / 64)?;
            let json = Json::parse(&text).map_err(|error| Failure::fault(error.to_string()))?;
            machine.heap.meter.allocate(json.bytes())?;
            Ok(machine.json(&json, Json::ROOT, &|text| Text::Shared(text.into()))?)
        },
        "JSON as a value.",
        (r#"#set($o = $util.parseJson('{"a":[1,{"b":"x"}]}'))$o.a[1].b $o"#, {
            r#"x {a=[1,{"b":"x"}]}"#
        }),
    ),
    row(
        Kind::Util,
        "urlEncode",
        (1, 1),
        |machine, _, arguments| {
            let text = machine.print(&arguments.value(0)?)?;
            machine.heap.meter.allocate(text.len())?;
            let encoded: String = byte_serialize(text.as_bytes()).collect();
            Ok(Value::made(&encoded, &mut machine.heap.meter)?)
        },
        "As forms are encoded.",
        ("$util.urlEncode('a b&{é}*')", "a+b%26%7B%C3%A9%7D*"),
    ),
    row(
        Kind::Util,
        "urlDecode",
        (1, 1),
        |machine, _, arguments| {
            let text = machine.print(&arguments.value(0)?)?;
            Ok(Value::made(&url_decode(&text)?, &mut machine.heap.meter)?)
        },
        "The reverse of it.",
        ("$util.urlDecode('a+b%26%C3%A9')", "a b&é"),
    ),
    row(
        Kind::Util,
        "base64Encode",
        (1, 1),
        |machine, _, arguments| {
            let text = machine.print(&arguments.value(0)?)?;
            machine.heap.meter.allocate(text.len())?;
            Ok(Value::made(&BASE64.encode(text.as_bytes()), &mut machine.heap.meter)?)
        },
        "In base64, of UTF-8.",
        ("$util.base64Encode('aé')", "YcOp"),
    ),
    row(
        Kind::Util,
        "base64Decode",
        (1, 1),
        |machine, _, arguments| {
            let text = machine.print(&arguments.value(0)?)?;
            machine.heap.meter.allocate(text.len())?;
            Ok(Value::made(&base64_decode(&text)?, &mut machine.heap.meter)?)
        },
        "The reverse of it; what is not of the alphabet is skipped.",
        ("$util.base64Decode('YcOp') $util.base64Decode('Y Q==')", "aé a"),
    ),
];

/// As Apache's `StringEscapeUtils.escapeJavaScript`.
fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\'' | '"' | '\\' | '/' => out.extend(['\\', character]),
            ' '..='\u{7f}' => out.push(character),
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    out
}

fn url_decode(text: &str) -> Result<String, Failure> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err(Failure::fault("a percent sign is not followed by two digits"));
                };
                bytes.extend(u8::try_from(high * 16 + low));
            }
            _ => bytes.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn base64_decode(text: &str) -> Result<String, Failure> {
    let digit = |byte: u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        _ => (byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).then_some(byte),
    };
    let mut digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    if digits.len() % 4 == 1 {
        // A digit alone is no byte.
        digits.pop();
    }
    let bytes = BASE64.decode(digits).map_err(|error| Failure::fault(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
