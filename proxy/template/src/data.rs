//! What goes into a template and comes out of it as values: a plain tree, for `$context`.

use indexmap::IndexMap;

/// A value of `$context`. Once a template is rendered, what it wrote is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Decimal(f64),
    Text(String),
    List(Vec<Self>),
    Map(IndexMap<String, Self>),
}
