//! Components in bytes, made to be large, slow to compile, or wrong. Not for what a compiler makes.

/// Before every component.
pub(crate) const COMPONENT_HEAD: &[u8] = b"\0asm\x0d\0\x01\0";

const MODULE_HEAD: &[u8] = b"\0asm\x01\0\0\0";

/// LEB128.
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// LEB128 of a number that could be negative.
fn signed(value: usize) -> Vec<u8> {
    let mut bytes = number(value);
    if let Some(last) = bytes.last_mut().filter(|last| **last & 0x40 != 0) {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

/// A section, as components and modules have them.
fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &number(content.len())[..], content].concat()
}

/// The same component under another digest.
pub(crate) fn with_note(component: &[u8], note: &str) -> Vec<u8> {
    let name = b"note";
    let content = [&number(name.len())[..], name, note.as_bytes()].concat();
    [component, &section(0, &content)].concat()
}

/// The same component with a module that it does not use, and that is compiled all the same.
pub(crate) fn with_module(component: &[u8], module: &Module) -> Vec<u8> {
    [component, &section(1, &module.bytes())].concat()
}

/// A module of many equal functions.
pub(crate) struct Module {
    pub(crate) functions: usize,
    /// Of each function; every one multiplies, stores and loads.
    pub(crate) steps: usize,
    /// Of each function, beside its parameter.
    pub(crate) locals: usize,
}

impl Module {
    fn bytes(&self) -> Vec<u8> {
        // One type, i32 to i32; all functions have it; one memory.
        let types = section(1, b"\x01\x60\x01\x7f\x01\x7f");
        let count = number(self.functions);
        let functions = section(3, &[&count[..], &vec![0; self.functions]].concat());
        let memory = section(5, b"\x01\x00\x01");
        let body = self.body();
        let body = [&number(body.len())[..], &body].concat();
        let code = section(10, &[&count[..], &body.repeat(self.functions)].concat());
        [MODULE_HEAD, &types, &functions, &memory, &code].concat()
    }

    fn body(&self) -> Vec<u8> {
        let locals = match self.locals {
            0 => vec![0],
            locals => [&[1], &number(locals)[..], b"\x7f"].concat(),
        };
        // local.get 0; i32.const 7; i32.mul; local.tee 0; i32.load; local.set 0
        let step = b"\x20\x00\x41\x07\x6c\x22\x00\x28\x02\x00\x21\x00";
        [&locals[..], &step.repeat(self.steps), b"\x20\x00\x0b"].concat()
    }
}

/// A tuple of two tuples of two tuples of ...: small to write down, too large to look at.
pub(crate) fn wide_type(depth: u8) -> Vec<u8> {
    // (type (tuple u8 u8)), and then each of the two before.
    let types: Vec<u8> = (0..depth)
        .flat_map(|index| match index.checked_sub(1) {
            None => vec![0x6f, 2, 0x7d, 0x7d],
            Some(before) => vec![0x6f, 2, before, before],
        })
        .collect();
    let types = [&number(depth.into())[..], &types].concat();
    [COMPONENT_HEAD, &section(7, &types)].concat()
}

/// A list of lists of lists of ...
pub(crate) fn deep_type(depth: usize) -> Vec<u8> {
    let types = (0..depth).flat_map(|index| match index.checked_sub(1) {
        None => vec![0x70, 0x7d],
        Some(before) => [&[0x70], &signed(before)[..]].concat(),
    });
    let types: Vec<u8> = number(depth).into_iter().chain(types).collect();
    [COMPONENT_HEAD, &section(7, &types)].concat()
}

/// A component type that declares a component type that declares ...
pub(crate) fn nested_type(depth: usize) -> Vec<u8> {
    let types = [&[1], &b"\x41\x01\x01".repeat(depth)[..], b"\x41\x00"].concat();
    [COMPONENT_HEAD, &section(7, &types)].concat()
}

/// A component in a component in a component ...
pub(crate) fn nested_component(depth: usize) -> Vec<u8> {
    (0..depth)
        .fold(COMPONENT_HEAD.to_vec(), |inner, _| [COMPONENT_HEAD, &section(4, &inner)].concat())
}
