mod bounds;
mod messages;
mod references;
mod suite;

use serde_json::Value;

use crate::{InvalidSchema, Root, Schema, compile};

/// Compiles one document.
fn compiled(schema: &str) -> Result<Schema, Vec<InvalidSchema>> {
    let document: Value = serde_json::from_str(schema).unwrap();
    let root = Root { document: 0, pointer: String::new() };
    compile(&[(String::new(), &document)], &[root]).map(|mut schemas| schemas.remove(0))
}

/// What is wrong with an instance, or nothing.
fn violations(schema: &Schema, instance: &str) -> String {
    let instance: Value = serde_json::from_str(instance).unwrap();
    schema.check(&instance).map_or_else(|violations| violations.to_string(), |()| String::new())
}
