//! What functions work on: the heap of a rendering and its inputs, made into values when they are
//! first read.

use std::cell::OnceCell;

use crate::inputs::Inputs;
use crate::json::{Json, Node};
use crate::json_path::Found;
use crate::syntax::Compiled;
use crate::value::{Entries, Heap, Id, ListKind, Outcome, Text, Value};
use crate::{Data, JsonPath};

/// Of a list or map of a document whose children may have children of their own.
const ROOM: usize = 8;

/// Lists and maps of `$context` within each other.
const CONTEXT_DEPTH_MAX: u32 = 64;

/// Maps of `$context` that a template writes into, with those in them.
const OVERRIDES: [(&str, &[&str]); 2] =
    [("requestOverride", &["header", "path", "querystring"]), ("responseOverride", &["header"])];

pub(crate) struct Machine<'a> {
    pub(crate) heap: Heap<'a>,
    pub(crate) inputs: &'a Inputs<'a>,
    document: &'a OnceCell<Option<Json>>,
    params: Option<Value<'a>>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        heap: Heap<'a>,
        inputs: &'a Inputs<'a>,
        document: &'a OnceCell<Option<Json>>,
    ) -> Self {
        Self { heap, inputs, document, params: None }
    }

    /// As text; nothing for null.
    pub(crate) fn print(&mut self, value: &Value<'a>) -> Outcome<Text<'a>> {
        if let Some(text) = value.plain() {
            return Ok(text);
        }
        let mut out = String::new();
        self.heap.print(value, &mut out)?;
        self.heap.meter.allocate(out.len())?;
        Ok(Text::Shared(out.into()))
    }

    /// An empty payload is an empty object.
    pub(crate) fn body(&self) -> &'a str {
        if self.inputs.body.is_empty() { "{}" } else { self.inputs.body }
    }

    /// The payload, if it is JSON.
    fn document(&mut self) -> Outcome<Option<&'a Json>> {
        if self.document.get().is_none() {
            self.heap.meter.step(self.body().len() as u64 / 64)?;
            let parsed = self.document.get_or_init(|| Json::parse(self.body()).ok());
            self.heap.meter.allocate(parsed.as_ref().map_or(0, Json::bytes))?;
        }
        Ok(self.document.get().and_then(Option::as_ref))
    }

    /// What a path finds in the payload; the path is compiled unless the template made it.
    pub(crate) fn find(
        &mut self,
        compiled: &Compiled,
        path: &str,
    ) -> Outcome<Option<(&'a Json, Found)>> {
        let Some(json) = self.document()? else { return Ok(None) };
        let left = self.heap.meter.steps_left();
        let mut visits = left;
        let found = if let Compiled::JsonPath(path) = compiled {
            path.find(json, Json::ROOT, &mut visits)
        } else {
            let path = JsonPath::parse(path).map_err(|invalid| invalid.to_string())?;
            path.find(json, Json::ROOT, &mut visits)
        };
        let found = found.map_err(|error| error.to_string())?;
        self.heap.meter.step((left - visits) / 4)?;
        Ok(found.map(|found| (json, found)))
    }

    pub(crate) fn found(&mut self, json: &'a Json, found: Found) -> Outcome<Value<'a>> {
        Ok(match found {
            Found::Count(count) => Value::Integer(count),
            Found::Decimal(value) => Value::Decimal(value),
            Found::Node(at) => self.json(json, at, &Text::Borrowed)?,
            Found::Nodes(nodes) => {
                let mut items = Vec::new();
                for at in nodes {
                    items.push(self.json(json, at, &Text::Borrowed)?);
                }
                self.heap.new_list(ListKind::Json, items)?
            }
            Found::Members(members) => self.members(json, members)?,
            Found::MembersOfEach(each) => {
                let mut items = Vec::new();
                for members in each {
                    items.push(self.members(json, members)?);
                }
                self.heap.new_list(ListKind::Json, items)?
            }
        })
    }

    fn members(&mut self, json: &'a Json, members: Vec<(u32, u32)>) -> Outcome<Value<'a>> {
        let mut entries = Entries::default();
        for (name, value) in members {
            let name = Text::Borrowed(json.string(name).unwrap_or_default());
            entries.put(name, self.json(json, value, &Text::Borrowed)?);
        }
        self.heap.new_map(entries)
    }

    /// A value of a document, whose strings `text` keeps.
    pub(crate) fn json<'j, T: Fn(&'j str) -> Text<'a>>(
        &mut self,
        json: &'j Json,
        at: u32,
        text: &T,
    ) -> Outcome<Value<'a>> {
        match json.node(at) {
            Node::List { .. } => {
                self.heap.meter.step(1)?;
                let mut items = Vec::with_capacity(json.children(at).min(ROOM));
                for item in json.items(at) {
                    items.push(self.json(json, item, text)?);
                }
                self.heap.new_list(ListKind::Json, items)
            }
            Node::Map { .. } => {
                let children = json.children(at);
                self.heap.meter.step(1 + children as u64 / 2)?;
                let mut pairs = Vec::with_capacity((children / 2).min(ROOM));
                for (name, value) in json.members(at) {
                    let name = text(json.string(name).unwrap_or_default());
                    // Most have nothing in them: this is where the time goes.
                    let value = match json.node(value) {
                        Node::List { .. } | Node::Map { .. } => self.json(json, value, text)?,
                        node => self.scalar(json, value, node, text)?,
                    };
                    pairs.push((name, value));
                }
                self.heap.new_map(Entries::of(pairs))
            }
            node => {
                self.heap.meter.step(1)?;
                self.scalar(json, at, node, text)
            }
        }
    }

    /// A value of a document that is neither a list nor a map.
    fn scalar<'j>(
        &mut self,
        json: &'j Json,
        at: u32,
        node: Node,
        text: &impl Fn(&'j str) -> Text<'a>,
    ) -> Outcome<Value<'a>> {
        Ok(match node {
            Node::Boolean(value) => Value::Boolean(value),
            Node::Decimal(value) => Value::Decimal(value),
            Node::Escaped(_) | Node::Text { .. } => {
                Value::Text(text(json.string(at).unwrap_or_default()))
            }
            Node::Hidden { .. } | Node::List { .. } | Node::Map { .. } | Node::Null => Value::Null,
            Node::Integer(value) => Value::Integer(value),
            Node::Number { start, end } => {
                let digits = json.digits(start, end);
                self.heap.meter.allocate(digits.len())?;
                Value::Numeral(digits.into())
            }
        })
    }

    /// `$input.params()`
    pub(crate) fn params(&mut self) -> Outcome<Value<'a>> {
        if let Some(params) = &self.params {
            return Ok(params.clone());
        }
        let inputs = self.inputs;
        let mut params = Entries::default();
        for (kind, named) in
            [("path", inputs.path), ("querystring", inputs.query), ("header", inputs.headers)]
        {
            let named = self.named(named)?;
            params.put(Text::Borrowed(kind), named);
        }
        let params = self.heap.new_map(params)?;
        self.params = Some(params.clone());
        Ok(params)
    }

    pub(crate) fn named(&mut self, named: &'a [(&'a str, &'a str)]) -> Outcome<Value<'a>> {
        let mut entries = Entries::default();
        for (name, value) in named {
            entries.put(Text::Borrowed(name), Value::text(value));
        }
        self.heap.new_map(entries)
    }

    /// `$context`, with what can be overridden in it.
    pub(crate) fn context(&mut self, data: &'a Data) -> Outcome<Value<'a>> {
        let mut entries = Entries::default();
        if let Data::Map(members) = data {
            for (key, value) in members {
                let value = self.data(value, CONTEXT_DEPTH_MAX)?;
                entries.push(Text::Borrowed(key), value);
            }
        }
        for (name, kinds) in OVERRIDES {
            let mut overrides = self.copied(entries.get(name));
            for kind in kinds {
                let inner = self.copied(overrides.get(kind));
                let inner = self.heap.new_overrides(inner)?;
                overrides.put(Text::Borrowed(kind), inner);
            }
            let overrides = self.heap.new_overrides(overrides)?;
            entries.put(Text::Borrowed(name), overrides);
        }
        self.heap.new_map(entries)
    }

    fn copied(&self, map: Option<&Value<'a>>) -> Entries<'a> {
        let mut entries = Entries::default();
        if let Some(Value::Map(id)) = map {
            for (key, value) in self.heap.map(*id).pairs() {
                entries.put(key.clone(), value.clone());
            }
        }
        entries
    }

    fn data(&mut self, data: &'a Data, depth: u32) -> Outcome<Value<'a>> {
        let depth = depth.checked_sub(1).ok_or("$context is nested too deeply")?;
        Ok(match data {
            Data::Bool(value) => Value::Boolean(*value),
            Data::Decimal(value) => Value::Decimal(*value),
            Data::Integer(value) => Value::Integer(*value),
            Data::List(list) => {
                let mut items = Vec::with_capacity(list.len());
                for item in list {
                    items.push(self.data(item, depth)?);
                }
                self.heap.new_list(ListKind::Java, items)?
            }
            Data::Map(map) => {
                let mut entries = Entries::default();
                for (key, value) in map {
                    entries.push(Text::Borrowed(key), self.data(value, depth)?);
                }
                self.heap.new_map(entries)?
            }
            Data::Null => Value::Null,
            Data::Text(text) => Value::text(text),
        })
    }

    /// What `$context` has become.
    pub(crate) fn context_data(&mut self, context: &Value<'a>) -> Outcome<Data> {
        self.tree(context, CONTEXT_DEPTH_MAX)
    }

    fn tree(&mut self, value: &Value<'a>, depth: u32) -> Outcome<Data> {
        let depth = depth.checked_sub(1).ok_or("$context is nested too deeply")?;
        self.heap.meter.allocate(size_of::<Data>())?;
        Ok(match value {
            Value::Boolean(value) => Data::Bool(*value),
            Value::Decimal(value) => Data::Decimal(*value),
            Value::Integer(value) => Data::Integer(*value),
            Value::List(id) => {
                let mut list = Vec::new();
                for index in 0..self.heap.list(*id).items.len() {
                    let item = self.heap.list(*id).items[index].clone();
                    list.push(self.tree(&item, depth)?);
                }
                Data::List(list)
            }
            Value::Map(id) => self.map_data(*id, depth)?,
            Value::Numeral(text) => self.text_data(text)?,
            Value::Text(text) => self.text_data(text)?,
            Value::Entry(_) => Data::Text(self.print(value)?.to_string()),
            Value::Block(_)
            | Value::Input
            | Value::Iterator(_)
            | Value::Loop(_)
            | Value::Null
            | Value::Util => Data::Null,
        })
    }

    fn text_data(&mut self, text: &str) -> Outcome<Data> {
        self.heap.meter.allocate(text.len())?;
        Ok(Data::Text(text.to_owned()))
    }

    /// Without what was put there to be overridden, and was not.
    fn map_data(&mut self, id: Id, depth: u32) -> Outcome<Data> {
        let mut map = indexmap::IndexMap::new();
        for index in 0..self.heap.map(id).pairs().len() {
            let (key, value) = self.heap.map(id).pairs()[index].clone();
            if !matches!(value, Value::Map(inner) if self.heap.is_unset(inner)) {
                self.heap.meter.allocate(key.len() + size_of::<Data>())?;
                map.insert(key.to_string(), self.tree(&value, depth)?);
            }
        }
        Ok(Data::Map(map))
    }
}
