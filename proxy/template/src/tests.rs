use std::thread;

use expect_test::{Expect, expect};
use indexmap::IndexMap;

use crate::{Data, Inputs, Limits, Reads, Template};

mod suite;

const BODY: &str = r#"{"a":1,"items":[{"id":1,"n":"x"},{"id":2,"n":"y"}],"d":1.0,"none":null}"#;

fn render(template: &str, inputs: &Inputs<'_>, context: &mut Data) -> String {
    match Template::parse(template) {
        Ok(template) => match template.render(inputs, context) {
            Ok(text) => text,
            Err(error) => format!("render error: {error}"),
        },
        Err(error) => format!("syntax error: {error}"),
    }
}

fn context() -> Data {
    let identity = IndexMap::from([("sourceIp".to_owned(), Data::Text("127.0.0.1".to_owned()))]);
    Data::Map(IndexMap::from([
        ("stage".to_owned(), Data::Text("prod".to_owned())),
        ("identity".to_owned(), Data::Map(identity)),
        ("authorizer".to_owned(), Data::Null),
    ]))
}

/// `t` is a text, `n` 7, `m` a map and `l` a list.
const PREAMBLE: &str =
    r#"#set($t="text")#set($e="")#set($n=7)#set($m={"k":"v"})#set($l=["a","b","c"])"#;

#[track_caller]
fn check(template: &str, expected: &str) {
    let inputs = Inputs { body: BODY, ..Inputs::default() };
    let rendered = render(&format!("{PREAMBLE}{template}"), &inputs, &mut context());
    let column = PREAMBLE.len();
    let rendered = rendered.replace(&format!("column {}", column + 1), "column 1");
    assert_eq!(rendered, expected, "{template}");
}

fn snapshot(template: &str, expected: &Expect) {
    let inputs = Inputs { body: BODY, ..Inputs::default() };
    expected.assert_eq(&render(template, &inputs, &mut context()));
}
