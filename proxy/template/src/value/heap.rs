//! What has an identity: lists, maps, their iterators and entries, loops. All of a rendering's, gone
//! with it: whatever refers to itself is no leak, and nothing is dropped recursively.

use std::collections::{HashMap, HashSet};
use std::mem::size_of;

use super::{Id, Meter, Outcome, Text, Value};

/// More keys than these are looked up by their hashes.
const KEYS_SCANNED_MAX: usize = 12;

#[derive(Debug)]
pub(crate) struct Heap<'a> {
    pub(crate) meter: Meter,
    lists: Vec<List<'a>>,
    maps: Vec<Map<'a>>,
    entries: Vec<(Text<'a>, Value<'a>)>,
    iterators: Vec<(Id, usize)>,
    loops: Vec<Loop>,
    /// Whether a list or map was changed that was there before.
    is_changed: bool,
    overridden: HashSet<(Id, Box<str>)>,
}

/// How a list prints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ListKind {
    /// Of a template: `[a, b]`.
    Java,
    /// Of a document: `["a","b"]`.
    Json,
}

#[derive(Debug)]
pub(crate) struct List<'a> {
    pub(crate) kind: ListKind,
    pub(crate) items: Vec<Value<'a>>,
}

/// A map of `$context` that holds overrides: while it is empty it prints as nothing, and each of its
/// keys is written once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum MapKind {
    Overrides,
    Plain,
}

#[derive(Debug)]
struct Map<'a> {
    kind: MapKind,
    entries: Entries<'a>,
}

/// The state of a `#foreach`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    pub(crate) index: usize,
    pub(crate) count: usize,
    pub(crate) parent: Option<Id>,
}

/// Keys and values in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Entries<'a> {
    pairs: Vec<(Text<'a>, Value<'a>)>,
    /// Of the keys, once there are many.
    index: Option<Box<Index>>,
}

/// Where keys are. Most maps have none, and are smaller for it.
#[derive(Debug, Default)]
struct Index(HashMap<Box<str>, usize>);

impl<'a> Entries<'a> {
    /// Of keys that differ.
    pub(crate) fn of(pairs: Vec<(Text<'a>, Value<'a>)>) -> Self {
        let mut entries = Self { pairs, index: None };
        entries.rebuild_index();
        entries
    }

    pub(crate) fn pairs(&self) -> &[(Text<'a>, Value<'a>)] {
        &self.pairs
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.pairs.len() <= KEYS_SCANNED_MAX {
            let is_it = |each: &Text<'_>| each.len() == key.len() && **each == *key;
            return self.pairs.iter().position(|(each, _)| is_it(each));
        }
        self.index.as_ref()?.0.get(key).copied()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.position(key).map(|index| &self.pairs[index].1)
    }

    pub(crate) fn put(&mut self, key: Text<'a>, value: Value<'a>) -> Option<Value<'a>> {
        if let Some(index) = self.position(&key) {
            return Some(std::mem::replace(&mut self.pairs[index].1, value));
        }
        self.push(key, value);
        None
    }

    /// A key that is not there yet.
    pub(crate) fn push(&mut self, key: Text<'a>, value: Value<'a>) {
        self.pairs.push((key, value));
        let last = self.pairs.len() - 1;
        match &mut self.index {
            Some(index) => {
                index.0.insert((*self.pairs[last].0).into(), last);
            }
            None if last == KEYS_SCANNED_MAX => self.rebuild_index(),
            None => {}
        }
    }

    fn rebuild_index(&mut self) {
        self.index = None;
        if self.pairs.len() > KEYS_SCANNED_MAX {
            let keys = self.pairs.iter().enumerate();
            let keys = keys.map(|(index, (key, _))| ((**key).into(), index));
            self.index = Some(Box::new(Index(keys.collect())));
        }
    }

    fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let (_, value) = self.pairs.remove(self.position(key)?);
        self.rebuild_index();
        Some(value)
    }
}

fn id(count: usize) -> Id {
    // The memory of a rendering ends long before.
    Id(u32::try_from(count).unwrap_or(u32::MAX))
}

impl<'a> Heap<'a> {
    pub(crate) fn new(meter: Meter) -> Self {
        Self {
            meter,
            lists: Vec::new(),
            maps: Vec::new(),
            entries: Vec::new(),
            iterators: Vec::new(),
            loops: Vec::new(),
            is_changed: false,
            overridden: HashSet::new(),
        }
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }

    pub(crate) fn new_list(&mut self, kind: ListKind, items: Vec<Value<'a>>) -> Outcome<Value<'a>> {
        self.meter.allocate(size_of::<List<'_>>() + items.capacity() * size_of::<Value<'_>>())?;
        self.lists.push(List { kind, items });
        Ok(Value::List(id(self.lists.len() - 1)))
    }

    pub(crate) fn new_map(&mut self, entries: Entries<'a>) -> Outcome<Value<'a>> {
        self.add_map(MapKind::Plain, entries)
    }

    /// See `MapKind::Overrides`.
    pub(crate) fn new_overrides(&mut self, entries: Entries<'a>) -> Outcome<Value<'a>> {
        self.add_map(MapKind::Overrides, entries)
    }

    fn add_map(&mut self, kind: MapKind, entries: Entries<'a>) -> Outcome<Value<'a>> {
        let pair = size_of::<(Text<'_>, Value<'_>)>();
        let indexed = entries.index.iter().flat_map(|index| index.0.keys());
        let keys: usize = indexed.map(|key| key.len() + pair).sum();
        self.meter.allocate(size_of::<Map<'_>>() + entries.pairs.capacity() * pair + keys)?;
        self.maps.push(Map { kind, entries });
        Ok(Value::Map(id(self.maps.len() - 1)))
    }

    pub(crate) fn new_entry(&mut self, key: Text<'a>, value: Value<'a>) -> Outcome<Value<'a>> {
        self.meter.allocate(size_of::<(Text<'_>, Value<'_>)>())?;
        self.entries.push((key, value));
        Ok(Value::Entry(id(self.entries.len() - 1)))
    }

    pub(crate) fn new_iterator(&mut self, list: Id) -> Outcome<Value<'a>> {
        self.meter.allocate(size_of::<(Id, usize)>())?;
        self.iterators.push((list, 0));
        Ok(Value::Iterator(id(self.iterators.len() - 1)))
    }

    pub(crate) fn new_loop(&mut self, state: Loop) -> Outcome<Id> {
        self.meter.allocate(size_of::<Loop>())?;
        self.loops.push(state);
        Ok(id(self.loops.len() - 1))
    }

    pub(crate) fn list(&self, id: Id) -> &List<'a> {
        &self.lists[id.0 as usize]
    }

    /// To change it; what is added must be counted.
    pub(crate) fn list_mut(&mut self, id: Id) -> &mut Vec<Value<'a>> {
        self.is_changed = true;
        &mut self.lists[id.0 as usize].items
    }

    /// So many more items of a list are counted.
    pub(crate) fn grow(&mut self, items: usize) -> Outcome<()> {
        self.meter.allocate(items * size_of::<Value<'_>>() * 2)
    }

    pub(crate) fn map(&self, id: Id) -> &Entries<'a> {
        &self.maps[id.0 as usize].entries
    }

    pub(crate) fn entry(&self, id: Id) -> &(Text<'a>, Value<'a>) {
        &self.entries[id.0 as usize]
    }

    pub(crate) fn loop_mut(&mut self, id: Id) -> &mut Loop {
        &mut self.loops[id.0 as usize]
    }

    pub(crate) fn loop_state(&self, id: Id) -> Loop {
        self.loops[id.0 as usize]
    }

    pub(crate) fn has_next(&self, iterator: Id) -> bool {
        let (list, next) = self.iterators[iterator.0 as usize];
        next < self.list(list).items.len()
    }

    pub(crate) fn next(&mut self, iterator: Id) -> Option<Value<'a>> {
        let (list, next) = self.iterators[iterator.0 as usize];
        let item = self.list(list).items.get(next)?.clone();
        self.iterators[iterator.0 as usize].1 += 1;
        Some(item)
    }

    pub(crate) fn put(
        &mut self,
        map: Id,
        key: Text<'a>,
        value: Value<'a>,
    ) -> Outcome<Option<Value<'a>>> {
        self.is_changed = true;
        let pair = size_of::<(Text<'_>, Value<'_>)>();
        self.meter.allocate(2 * pair + key.len())?;
        let changed = &mut self.maps[map.0 as usize];
        if changed.kind == MapKind::Overrides {
            let is_first = self.overridden.insert((map, (*key).into()));
            if !is_first {
                return Err(format!("the parameter {} is overridden twice", &*key).into());
            }
        }
        Ok(changed.entries.put(key, value))
    }

    pub(crate) fn remove(&mut self, map: Id, key: &str) -> Outcome<Option<Value<'a>>> {
        self.is_changed = true;
        let entries = &mut self.maps[map.0 as usize].entries;
        self.meter.step(1 + entries.pairs.len() as u64 / 8)?;
        Ok(entries.remove(key))
    }

    pub(crate) fn clear(&mut self, map: Id) {
        self.is_changed = true;
        self.maps[map.0 as usize].entries = Entries::default();
    }

    /// Whether it is there only so that something can be put into it.
    pub(crate) fn is_unset(&self, map: Id) -> bool {
        let map = &self.maps[map.0 as usize];
        let is_unset = |(_, value): &(Text<'a>, Value<'a>)| match value {
            Value::Map(id) => self.is_unset(*id),
            _ => false,
        };
        // Overrides are two deep.
        map.kind == MapKind::Overrides && map.entries.pairs.iter().all(is_unset)
    }
}
