//! JSON of clients as a tree that is not much larger than its text.
//!
//! A body of 10 MB may hold five million values, each of which takes seventy bytes. The depth is
//! bounded by `serde_json`, to 127.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Values in one body.
const VALUES_MAX: usize = 500_000;

/// Reads a whole text. Of a key that is there several times, the last value counts.
///
/// # Errors
/// What is no JSON, is too deep, or holds too many values.
pub(crate) fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut values_left = VALUES_MAX;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Counted { values_left: &mut values_left }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value and counts it.
struct Counted<'c> {
    values_left: &'c mut usize,
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.values_left = self
            .values_left
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom(format!("more than {VALUES_MAX} values")))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) =
            items.next_element_seed(Counted { values_left: &mut *self.values_left })?
        {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Counted { values_left: &mut *self.values_left })?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_it_is() {
        for text in [
            r#"{"a":[1,-2,3.5,"x\u00e4",null,true],"b":{}}"#,
            "18446744073709551615",
            "\"\"",
            " [] ",
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
        assert_eq!(parse(br#"{"a":1,"a":2}"#).unwrap(), serde_json::json!({"a": 2}));
    }

    #[test]
    fn what_is_no_json_or_too_much_is_refused() {
        let many = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert!(parse(many(VALUES_MAX - 1).as_bytes()).is_ok());
        for text in [
            String::new(),
            "{} {}".to_owned(),
            "{'a':1}".to_owned(),
            "1e999".to_owned(),
            r#""\ud800""#.to_owned(),
            "[".repeat(1_000_000),
            many(VALUES_MAX),
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{}", &text[..text.len().min(20)]);
        }
        assert!(parse(b"\"\xff\"").is_err());
    }
}
