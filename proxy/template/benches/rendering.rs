//! How long it takes to compile and to render a template with a loop of 20 items, from a payload of
//! 2 KB. `tests/bench` renders the same with another engine.

#![forbid(unsafe_code)]

use divan::{Bencher, black_box};
use indexmap::IndexMap;
use template::{Data, Inputs, Json, JsonPath, Template};

/// That of the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const BODY: &str = include_str!("order.json");
const TEMPLATE: &str = include_str!("order.vtl");

fn main() {
    divan::main();
}

fn context() -> Data {
    let member = |name: &str, value: &str| (name.to_owned(), Data::Text(value.to_owned()));
    let identity = IndexMap::from([member("sourceIp", "127.0.0.1"), member("userAgent", "curl")]);
    Data::Map(IndexMap::from([
        member("stage", "prod"),
        member("requestId", "a9f2c5de-1f4e-4c43-9d33-5a1d6f0a8b1e"),
        member("httpMethod", "POST"),
        ("identity".to_owned(), Data::Map(identity)),
    ]))
}

#[divan::bench]
fn template_with_a_loop_of_20(bencher: Bencher<'_, '_>) {
    let template = Template::parse(TEMPLATE).expect("a template");
    let inputs = Inputs { body: BODY.trim_end(), ..Inputs::default() };
    let mut context = context();
    let text = template.render(&inputs, &mut context).expect("it renders");
    assert!(text.contains("\"position\": 20"), "{text}");
    bencher.bench_local(|| template.render(black_box(&inputs), &mut context));
}

#[divan::bench]
fn template_compiled(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Template::parse(black_box(TEMPLATE)));
}

#[divan::bench]
fn body_parsed_and_path_found(bencher: Bencher<'_, '_>) {
    let path = JsonPath::parse("$.items[19].sku").expect("a path");
    bencher.bench_local(|| path.text(&Json::parse(black_box(BODY)).expect("JSON")));
}
