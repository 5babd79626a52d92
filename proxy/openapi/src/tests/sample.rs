//! Small documents around the part that a test is about.

/// A document with one operation, given by the lines of its body.
pub(super) fn operation(lines: &str) -> String {
    let body = lines.trim_matches('\n').replace('\n', "\n      ");
    format!(
        "openapi: 3.0.1\ninfo: {{title: t}}\nx-edgeway-functions:\n  pets: {{component: pets.wasm}}\n\
         paths:\n  /pets/{{id}}:\n    get:\n      {body}\n"
    )
}

/// The same, for the body of its integration.
pub(super) fn integration(lines: &str) -> String {
    let body = lines.trim_matches('\n').replace('\n', "\n  ");
    operation(&format!("x-amazon-apigateway-integration:\n  {body}\n"))
}

/// A document without operations, given by the lines at its top level.
pub(super) fn root(lines: &str) -> String {
    format!("openapi: 3.0.1\ninfo: {{title: t}}\npaths: {{}}\n{lines}\n")
}

/// A document with one security scheme, given by the lines of its authorizer.
pub(super) fn authorizer(lines: &str) -> String {
    let body = lines.trim_matches('\n').replace('\n', "\n        ");
    root(&format!(
        "x-edgeway-functions: {{tokens: {{component: t.wasm}}}}\ncomponents:\n  securitySchemes:\n    \
         caller:\n      type: apiKey\n      name: Authorization\n      in: header\n      \
         x-amazon-apigateway-authorizer:\n        {body}\n"
    ))
}
