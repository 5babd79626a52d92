//! A value of the document with its place in it: typed accessors that report what does not fit.
//!
//! An accessor that answers None has reported why. A value that is written but empty (`null`) is
//! never the same as one that is absent: it fits no type.

mod object;

use serde_json::Value;

use crate::nearest_name::NearestName;
use crate::report::Report;

pub(crate) use object::Object;

/// A value and its place.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    value: &'a Value,
    /// The keys that lead here, joined by dots. Empty for the root.
    place: String,
    /// The same as a JSON pointer.
    pointer: String,
    report: &'a Report,
}

impl<'a> Node<'a> {
    /// The whole document.
    pub(crate) fn root(value: &'a Value, report: &'a Report) -> Self {
        Self { value, place: String::new(), pointer: String::new(), report }
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let place = match self.place.as_str() {
            "" => shown_key(key),
            parent => format!("{parent}.{}", shown_key(key)),
        };
        let key = key.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{}/{key}", self.pointer);
        Self { value, place, pointer, report: self.report }
    }

    /// What something at this place stands for, as if it were written here.
    pub(crate) fn stands_for<'b>(&self, value: &'b Value) -> Node<'b>
    where
        'a: 'b,
    {
        let (place, pointer) = (self.place.clone(), self.pointer.clone());
        Node { value, place, pointer, report: self.report }
    }

    /// Where it is, as a JSON pointer.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The value, as it is written.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &str {
        if self.place.is_empty() { "the document" } else { &self.place }
    }

    /// Reports a problem of this value.
    pub(crate) fn report(&self, problem: impl Into<String>) {
        self.report.add(self.place(), problem);
    }

    /// Reports a problem that was found elsewhere in the document.
    pub(crate) fn report_elsewhere(&self, error: model::ConfigError) {
        self.report.add(&error.place, error.problem);
    }

    /// What unknown names may mean.
    pub(crate) fn names(&self) -> &'a NearestName {
        self.report.names()
    }

    /// Reports that the value is not what it must be: `expected`, and after a semicolon the mend.
    pub(crate) fn report_mismatch(&self, expected: &str, mend: &str) {
        let separator = if mend.is_empty() { "" } else { "; " };
        self.report(format!("must be {expected}, got {}{separator}{mend}", self.found()));
    }

    /// What is there, in few words.
    pub(crate) fn found(&self) -> String {
        match self.value {
            Value::Array(_) => "a list".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Null => "nothing".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Object(map) if map.keys().any(|key| key == "Ref" || key.starts_with("Fn::")) => {
                "a CloudFormation function (write what it stands for)".to_owned()
            }
            Value::Object(_) => "a map".to_owned(),
            Value::String(text) => format!("{:?}", shown(text)),
        }
    }

    /// A map.
    pub(crate) fn object(&self) -> Option<Object<'a>> {
        match self.value {
            Value::Object(map) => Some(Object::new(self.clone(), map)),
            _ => self.mismatch("a map"),
        }
    }

    /// A list.
    pub(crate) fn list(&self) -> Option<Vec<Self>> {
        let Value::Array(values) = self.value else {
            return self.mismatch("a list");
        };
        let item = |(index, value)| Self {
            value,
            place: format!("{}[{index}]", self.place),
            pointer: format!("{}/{index}", self.pointer),
            report: self.report,
        };
        Some(values.iter().enumerate().map(item).collect())
    }

    /// Text.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::String(text) => Some(text),
            Value::Bool(_) | Value::Number(_) => {
                self.report_mismatch("text", "put it in quotes");
                None
            }
            _ => self.mismatch("text"),
        }
    }

    /// Text, where a whole number or a boolean stands for how it is written.
    ///
    /// A fraction does not: YAML reads `1.10` as 1.1.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => self.text().map(str::to_owned),
        }
    }

    /// The boolean that this is, if it is one. Reports nothing.
    pub(crate) fn as_boolean(&self) -> Option<bool> {
        self.value.as_bool()
    }

    /// The text that this is, if it is text. Reports nothing.
    pub(crate) fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The number that this is, if it is one. Reports nothing.
    pub(crate) fn as_number(&self) -> Option<f64> {
        self.value.as_f64()
    }

    /// The whole number that this is, if it is one and not negative. Reports nothing.
    pub(crate) fn as_integer(&self) -> Option<u64> {
        self.value.as_u64()
    }

    /// The map that this is, if it is one. Reports nothing.
    pub(crate) fn as_object(&self) -> Option<Object<'a>> {
        self.value.as_object().map(|map| Object::new(self.clone(), map))
    }

    /// Whether this is a list. Reports nothing.
    pub(crate) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// Whether this is a map that has a key. Reports nothing.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// Whether this is a list or map without entries. Reports nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match self.value {
            Value::Array(values) => values.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => false,
        }
    }

    /// One of a closed set of words, in any case. Of `refused`, each comes with its problem.
    pub(crate) fn choice<T: Copy>(
        &self,
        choices: &[(&'static str, T)],
        refused: &[(&'static str, &'static str)],
    ) -> Option<T> {
        let text = self.text()?;
        if let Some((_, problem)) = refused.iter().find(|(word, _)| word.eq_ignore_ascii_case(text))
        {
            self.report(*problem);
            return None;
        }
        let chosen = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let mend = match self.names().find(text, words.iter().copied()) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => String::new(),
            };
            self.report_mismatch(&alternatives(&words), &mend);
        }
        chosen.map(|(_, value)| *value)
    }

    fn mismatch<T>(&self, expected: &str) -> Option<T> {
        self.report_mismatch(expected, "");
        None
    }
}

/// All values, or None if one is missing. Unlike collecting into an `Option`, it reads on after
/// the first that is missing, so that each is reported.
pub(crate) fn all<T>(values: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let values: Vec<Option<T>> = values.collect();
    values.into_iter().collect()
}

/// `a, b or c`
fn alternatives(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.concat(),
    }
}

/// As much of a text as an error should quote.
pub(crate) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    let mut shown: String = text.chars().take(CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

/// A key as part of a place: of bounded length and on one line.
fn shown_key(key: &str) -> String {
    const CHARS_MAX: usize = 120;
    let mut shown = String::with_capacity(key.len().min(CHARS_MAX));
    for character in key.chars().take(CHARS_MAX) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if key.chars().nth(CHARS_MAX).is_some() {
        shown.push_str("...");
    }
    shown
}
