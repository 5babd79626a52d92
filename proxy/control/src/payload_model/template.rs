//! A mapping template that makes a sample of a model.
//!
//! Source: API reference, `GetModelTemplate`, with its example: each value is a sample of its type,
//! and a list is a loop over what the user is to fill in.

use std::collections::HashSet;

use serde_json::Value;

use crate::refusal::Refusal;

const HEAD: &str = "#set($inputRoot = $input.path('$'))\n";

const LOOP: &str = concat!(
    "[\n##TO",
    "DO: Update this foreach loop to reference array from input json\n",
    "#foreach($elem in $inputRoot)\n ",
);

const LOOP_END: &str = " \n#if($foreach.hasNext),#end\n#end\n";

const EMPTY: &str = "{ }";

/// Longest template (AWS), and how deep a sample may be.
const TEMPLATE_BYTES_MAX: usize = 300 * 1024;
const DEPTH_MAX: usize = 64;

/// The template of a schema that refers to nothing outside of it.
pub(super) fn template(schema: &Value) -> Result<String, Refusal> {
    let mut sample = Sample { schema, text: HEAD.to_owned(), followed: Vec::new() };
    sample.write(schema, 0)?;
    Ok(sample.text)
}

struct Sample<'a> {
    schema: &'a Value,
    text: String,
    /// The references that led to where it is: one that leads into itself is not followed again.
    followed: Vec<&'a str>,
}

impl<'a> Sample<'a> {
    /// A sample of `schema`, whose lines are indented by `depth`.
    fn write(&mut self, schema: &'a Value, depth: usize) -> Result<(), Refusal> {
        if depth + self.followed.len() > DEPTH_MAX || self.text.len() > TEMPLATE_BYTES_MAX {
            return Err(Refusal::bad_request(format!(
                "A template of the model has more than {TEMPLATE_BYTES_MAX} bytes or {DEPTH_MAX} \
                 levels"
            )));
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.follow(reference, depth);
        }
        let one_of = ["oneOf", "anyOf"].iter().find_map(|name| schema.get(name)?.get(0));
        if let Some(first) = one_of {
            // Deeper, as what is chosen from may be chosen from again.
            return self.write(first, depth + 1);
        }
        match kind(schema) {
            "array" => self.list(schema, depth),
            "boolean" => self.push("true"),
            "integer" => self.push("42"),
            "number" => self.push("3.1415"),
            "object" => self.object(schema, depth),
            "string" => self.push("\"foo\""),
            _ => self.push("null"),
        }
    }

    fn push(&mut self, text: &str) -> Result<(), Refusal> {
        self.text.push_str(text);
        Ok(())
    }

    fn follow(&mut self, reference: &'a str, depth: usize) -> Result<(), Refusal> {
        if self.followed.contains(&reference) {
            return self.push(EMPTY);
        }
        let Some(schema) = target(self.schema, reference) else {
            return self.push("null");
        };
        self.followed.push(reference);
        self.write(schema, depth)?;
        self.followed.pop();
        Ok(())
    }

    fn list(&mut self, schema: &'a Value, depth: usize) -> Result<(), Refusal> {
        self.push(LOOP)?;
        match schema.get("items").map(|items| items.get(0).unwrap_or(items)) {
            Some(items) => self.write(items, depth)?,
            None => self.push(EMPTY)?,
        }
        self.push(LOOP_END)?;
        self.push(&"  ".repeat(depth))?;
        self.push("]")
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Result<(), Refusal> {
        let mut properties = Properties::default();
        properties.collect(self.schema, schema);
        if properties.found.is_empty() {
            return self.push(EMPTY);
        }
        for (number, (name, property)) in properties.found.into_iter().enumerate() {
            self.push(if number == 0 { "{\n" } else { ",\n" })?;
            self.push(&"  ".repeat(depth + 1))?;
            self.push(&Value::from(name).to_string())?;
            self.push(" : ")?;
            self.write(property, depth + 1)?;
        }
        self.push("\n")?;
        self.push(&"  ".repeat(depth))?;
        self.push("}")
    }
}

/// The type of a schema, or the one that what it has is of.
fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::Array(types)) => {
            types.iter().filter_map(Value::as_str).find(|kind| *kind != "null")
        }
        Some(Value::String(kind)) => Some(kind.as_str()),
        _ => None,
    };
    named.unwrap_or_else(|| match schema {
        _ if schema.get("properties").is_some() || schema.get("allOf").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "null",
    })
}

/// The properties of an object, and of all schemas that it is of as well: each is looked at once.
#[derive(Default)]
struct Properties<'a> {
    found: Vec<(&'a str, &'a Value)>,
    names: HashSet<&'a str>,
    followed: Vec<&'a str>,
}

impl<'a> Properties<'a> {
    fn collect(&mut self, root: &'a Value, schema: &'a Value) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && !self.followed.contains(&reference)
            && self.followed.len() < DEPTH_MAX
            && let Some(schema) = target(root, reference)
        {
            self.followed.push(reference);
            self.collect(root, schema);
        }
        let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, property) in own {
            if self.names.insert(name) {
                self.found.push((name, property));
            }
        }
        for schema in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.collect(root, schema);
        }
    }
}

/// What `#/definitions/Name` leads to.
fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}
