//! How long it takes to find the method for a path, in an API of AWS's largest size.

#![forbid(unsafe_code)]

use divan::{Bencher, black_box};
use model::{
    Integration, IntegrationResponses, Method, MethodAuthorization, MethodKey, MockIntegration,
    Passthrough, PathTemplate, RequestMappings, RequestTemplates, RequestValidation, Resource,
    ResourceId, RouteTable, Verb,
};

/// API Gateway's quota, "Resources per API".
const RESOURCES: usize = 300;

/// Resources of every form for each thing that an API may be about.
const FORMS: [&str; 5] = ["", "/{id}", "/{id}/parts", "/{id}/parts/{part}", "/{id}/files/{path+}"];

fn main() {
    divan::main();
}

fn resource(path: &str) -> Resource {
    let method = |verb| Method {
        key: MethodKey::Verb(verb),
        authorization: MethodAuthorization::None,
        is_api_key_required: false,
        validation: RequestValidation::default(),
        request_transforms: Vec::new(),
        cache_key: model::CacheKey::default(),
        integration: Integration::Mock(MockIntegration {
            mappings: RequestMappings::default(),
            templates: RequestTemplates {
                templates: Vec::new(),
                default: None,
                passthrough: Passthrough::WhenNoMatch,
            },
            responses: IntegrationResponses::default(),
        }),
        response_transforms: Vec::new(),
    };
    Resource {
        id: ResourceId::parse("r").expect("a name"),
        path: PathTemplate::parse(path).expect("a path"),
        methods: vec![method(Verb::Get), method(Verb::Post)],
        cors: None,
    }
}

fn table() -> RouteTable {
    let things = 0..RESOURCES / FORMS.len();
    let paths = things.flat_map(|thing| FORMS.map(|form| format!("/thing-{thing}{form}")));
    let resources: Vec<Resource> = paths.map(|path| resource(&path)).collect();
    assert_eq!(resources.len(), RESOURCES);
    RouteTable::new(&resources)
}

#[divan::bench(args = [
    "/thing-42",
    "/thing-42/7",
    "/thing-42/7/parts/8",
    "/thing-42/7/files/a/b/c.txt",
    "/thing-42/7/nothing",
])]
fn match_among_300_resources(bencher: Bencher<'_, '_>, path: &str) {
    let table = table();
    bencher.bench_local(|| table.route(black_box(path), Verb::Get));
}
