//! Text to tree: YAML or JSON, with every bound that keeps a hostile text harmless.
//!
//! Keys are text whatever they look like (`200:` is the key "200") and stand once in their map.
//! The tree is `serde_json`'s value; what it means is for the rest of the crate.

use std::cell::Cell;
use std::fmt;

use model::ConfigError;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::UserMessageFormatter;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};

use crate::node::shown;

/// AWS's limit for an imported document.
const DOCUMENT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Room for schemas nested 19 deep. The parser recurses: unoptimised it takes 28 KB of stack for each
/// level, and a thread has 2 MB.
const DEPTH_MAX: usize = 48;

/// Values in the tree, aliases written out. A document of 6 MB that people wrote has about
/// 400,000.
const NODES_MAX: usize = 1_000_000;

/// Aliases may repeat what is written so often that the text grows to this.
const TEXT_BYTES_MAX: usize = 4 * DOCUMENT_BYTES_MAX;

/// Values that aliases may repeat.
const ALIASED_NODES_MAX: usize = 200_000;

/// Reads a document's text.
pub(crate) fn parse(document: &str) -> Result<Value, ConfigError> {
    if document.len() > DOCUMENT_BYTES_MAX {
        let found = document.len();
        let problem =
            format!("must have at most {DOCUMENT_BYTES_MAX} bytes, got {found}; split the API");
        return Err(ConfigError::new("the document", problem));
    }
    let document = document.strip_prefix('\u{feff}').unwrap_or(document);
    if is_json(document) { parse_json(document) } else { parse_yaml(document) }
}

/// YAML reads most JSON, but not all of it (tabs, `\ud83d\ude00`), and takes longer.
fn is_json(document: &str) -> bool {
    let inner = document.trim_start().strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.starts_with(['"', '}']))
}

fn parse_json(document: &str) -> Result<Value, ConfigError> {
    let budget = Budget::default();
    let mut deserializer = serde_json::Deserializer::from_str(document);
    let tree = Tree::new(&budget)
        .deserialize(&mut deserializer)
        .and_then(|tree| deserializer.end().map(|()| tree));
    tree.map_err(|error| {
        let text = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let reason = text.strip_suffix(&position).unwrap_or(&text);
        syntax_error(Some((error.line(), error.column())), "JSON", reason)
    })
}

fn parse_yaml(document: &str) -> Result<Value, ConfigError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 3 * NODES_MAX,
            max_nodes: NODES_MAX,
            // The tree's own bound comes first; this one is for merge keys.
            max_depth: DEPTH_MAX + 2,
            max_documents: 1,
            max_total_scalar_bytes: TEXT_BYTES_MAX,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 2 * ALIASED_NODES_MAX,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Merge,
        // YAML 1.2: `no` and `on` are text. So is what only looks like a number: account 012345678901.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        // `!Ref` and the like mean something that is not here.
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let budget = Budget::default();
    serde_saphyr::with_deserializer_from_str_with_options(document, options, |deserializer| {
        Tree::new(&budget).deserialize(deserializer)
    })
    .map_err(|error| {
        let position = error.location().map(|at| (at.line() as usize, at.column() as usize));
        syntax_error(position, "YAML", &yaml_reason(&error))
    })
}

/// What the parser found, in the words of a user.
fn yaml_reason(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => yaml_reason(error),
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            "must be one document, got a second one; remove it".to_owned()
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => too_deep(),
        Error::AliasReplayLimitExceeded { .. } | Error::Budget { .. } => TOO_LARGE.to_owned(),
        Error::DuplicateMappingKey { key: Some(key), .. } => duplicate_key(key),
        // Only keys are asked to be text.
        Error::Unexpected { expected: "string scalar", .. } | Error::NullIntoString { .. } => {
            "has a key that is not text; put it in quotes".to_owned()
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "has an alias for the value that it stands in; remove it".to_owned()
        }
        error => {
            let text = error.render_with_formatter(&UserMessageFormatter);
            let end = text.rfind(" at line ").unwrap_or(text.len());
            text[..end].to_owned()
        }
    }
}

const TOO_LARGE: &str = "is too large with its aliases written out; use fewer";

fn too_deep() -> String {
    format!("must be nested at most {DEPTH_MAX} deep; nest less")
}

fn duplicate_key(key: &str) -> String {
    format!("has the key {:?} twice in one map; keep one", shown(key))
}

fn syntax_error(position: Option<(usize, usize)>, format: &str, reason: &str) -> ConfigError {
    /// A reason may quote the document.
    const REASON_CHARS_MAX: usize = 300;
    let place = match position {
        Some((line, column)) => format!("line {line}, column {column}"),
        None => "the document".to_owned(),
    };
    let shown: String = reason.chars().take(REASON_CHARS_MAX).collect();
    let shown = shown.replace('\n', " ");
    ConfigError::new(place, format!("must be valid {format}: {}", shown.trim_end_matches('.')))
}

/// What is left of the bounds that a parser cannot keep by itself.
struct Budget {
    nodes: Cell<usize>,
    text_bytes: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: Cell::new(NODES_MAX), text_bytes: Cell::new(TEXT_BYTES_MAX) }
    }
}

fn spend(left: &Cell<usize>, amount: usize) -> Result<(), &'static str> {
    let rest = left.get().checked_sub(amount);
    left.set(rest.ok_or(TOO_LARGE)?);
    Ok(())
}

/// Builds a value at some depth.
struct Tree<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl<'b> Tree<'b> {
    fn new(budget: &'b Budget) -> Self {
        Self { budget, depth: 0 }
    }

    fn child<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(too_deep()));
        }
        Ok(Tree { budget: self.budget, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        spend(&self.budget.nodes, 1).map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        spend(&self.budget.text_bytes, value.len()).map_err(E::custom)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element_seed(self.child()?)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key_seed(Key)? {
            spend(&self.budget.text_bytes, key.len()).map_err(A::Error::custom)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(duplicate_key(&key)));
            }
            let value = access.next_value_seed(self.child()?)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key as text, also where YAML would infer another type.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_string(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is text")
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E>(self, value: String) -> Result<String, E> {
        Ok(value)
    }
}
