//! `x-edgeway-cors`: pages of which origins may call the API, in one line.
//!
//! It makes a method `OPTIONS` on each path that has none, and the headers of every answer.

use std::sync::Arc;

use http::HeaderValue;
use model::{AllowedOrigins, Cors, MethodKey, Verb};
use serde_json::{Value, json};

use crate::extension::INTEGRATION;
use crate::field::Field;
use crate::node::{Node, Object, all};

pub(crate) const NAME: &str = "x-edgeway-cors";

const FIELDS: &[Field] = &[
    Field::Known("allowCredentials"),
    Field::Known("allowHeaders"),
    Field::Known("allowMethods"),
    Field::Known("allowOrigins"),
    Field::Known("exposeHeaders"),
    Field::Known("maxAge"),
];

/// What AWS's console allows.
const DEFAULT_HEADERS: &str =
    "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token";

/// A day: more than browsers keep it.
const MAX_AGE_MAX: u64 = 86_400;

/// With credentials it means the letter, and so nothing (Fetch standard, "CORS protocol and
/// credentials").
const WILDCARD: &str = "must not be * where allowCredentials is true, which browsers do not take; \
                        list what is allowed";

/// The setting of the document, or of a path.
#[derive(Clone, Debug)]
pub(crate) struct CorsSetting {
    pub(crate) cors: Arc<Cors>,
    headers: String,
    /// None: those of the path.
    methods: Option<String>,
    max_age: Option<u64>,
}

/// The setting of a holder; `Some(None)` if nothing is allowed.
pub(crate) fn read(
    holder: &Object<'_>,
    general: Option<&CorsSetting>,
) -> Option<Option<CorsSetting>> {
    holder.optional(NAME, general.cloned(), |node| match node.as_boolean() {
        Some(false) => Some(None),
        Some(true) => Some(Some(CorsSetting {
            cors: Arc::new(Cors {
                origins: AllowedOrigins::Any,
                allows_credentials: false,
                expose_headers: None,
            }),
            headers: DEFAULT_HEADERS.to_owned(),
            methods: None,
            max_age: None,
        })),
        None if node.as_object().is_none() => {
            node.report_mismatch("true, false or a map with allowOrigins", "");
            None
        }
        None => setting(&node.object()?).map(Some),
    })
}

fn setting(object: &Object<'_>) -> Option<CorsSetting> {
    object.check_fields("cross-origin requests", FIELDS);
    let allows_credentials = object.optional("allowCredentials", false, |node| {
        if node.as_boolean().is_none() {
            node.report_mismatch("true or false", "");
        }
        node.as_boolean()
    });
    let wildcard =
        if allows_credentials == Some(true) { Wildcard::Refused } else { Wildcard::Taken };
    let origins = object
        .required("allowOrigins", "write the origins, such as [https://example.com], or \"*\"")
        .and_then(|node| origins(&node, wildcard));
    let list = |name| object.optional(name, None, |node| names(node, wildcard).map(Some));
    let (headers, methods) = (list("allowHeaders"), list("allowMethods"));
    let exposed = list("exposeHeaders");
    let max_age = object.optional("maxAge", None, |node| {
        let seconds = node.as_integer().filter(|seconds| *seconds <= MAX_AGE_MAX);
        if seconds.is_none() {
            node.report_mismatch("0-86400", "write whole seconds");
        }
        seconds.map(Some)
    });
    let cors = Cors {
        origins: origins?,
        allows_credentials: allows_credentials?,
        expose_headers: exposed?.and_then(|names| HeaderValue::try_from(names).ok()),
    };
    Some(CorsSetting {
        cors: Arc::new(cors),
        headers: headers?.unwrap_or_else(|| DEFAULT_HEADERS.to_owned()),
        methods: methods?,
        max_age: max_age?,
    })
}

/// Whether `*` is an entry of a list.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Wildcard {
    Refused,
    Taken,
}

fn origins(node: &Node<'_>, wildcard: Wildcard) -> Option<AllowedOrigins> {
    let items = items(node)?;
    if items.is_empty() {
        node.report("must not be empty; write an origin, or remove x-edgeway-cors");
        return None;
    }
    if let [only] = &items[..]
        && only.as_text() == Some("*")
    {
        if wildcard == Wildcard::Refused {
            only.report(WILDCARD);
            return None;
        }
        return Some(AllowedOrigins::Any);
    }
    let origins = items.iter().map(|item| {
        let text = item.text()?;
        let origin = HeaderValue::from_str(text).ok().filter(|_| is_origin(text));
        if origin.is_none() {
            let mend = "write no path, and * alone";
            item.report_mismatch(
                "an origin such as https://example.com or http://localhost:3000",
                mend,
            );
        }
        origin
    });
    all(origins).map(AllowedOrigins::List)
}

/// Scheme, host and perhaps a port, in lower case as browsers send it.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || b"0123456789+-.".contains(&byte));
    let is_host =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._:[]".contains(&byte);
    is_scheme && !host.is_empty() && host.bytes().all(is_host)
}

/// Names of headers or methods, as one header says them.
fn names(node: &Node<'_>, wildcard: Wildcard) -> Option<String> {
    let names = items(node)?.into_iter().map(|item| {
        let name = item.text()?;
        if name == "*" && wildcard == Wildcard::Refused {
            item.report(WILDCARD);
            return None;
        }
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            item.report_mismatch("a name", "write one in each item of the list");
            return None;
        }
        Some(name.to_owned())
    });
    all(names).map(|names| names.join(","))
}

/// A list, or one item alone.
fn items<'a>(node: &Node<'a>) -> Option<Vec<Node<'a>>> {
    if node.as_text().is_some() { Some(vec![node.clone()]) } else { node.list() }
}

impl CorsSetting {
    /// The operation that answers preflight requests of a path that has these methods.
    pub(crate) fn preflight(&self, keys: &[MethodKey]) -> Value {
        let own = || {
            let has_any = keys.contains(&MethodKey::Any);
            let is_there = |verb: &Verb| {
                has_any || *verb == Verb::Options || keys.contains(&MethodKey::Verb(*verb))
            };
            let verbs = Verb::ALL.into_iter().filter(is_there).map(Verb::as_str);
            verbs.collect::<Vec<_>>().join(",")
        };
        let methods = self.methods.clone().unwrap_or_else(own);
        let mut headers = json!({
            "method.response.header.Access-Control-Allow-Headers": format!("'{}'", self.headers),
            "method.response.header.Access-Control-Allow-Methods": format!("'{methods}'"),
        });
        if let Some(seconds) = self.max_age {
            headers["method.response.header.Access-Control-Max-Age"] =
                json!(format!("'{seconds}'"));
        }
        json!({ INTEGRATION: {
            "type": "mock",
            "requestTemplates": { "application/json": r#"{"statusCode": 204}"# },
            "responses": { "default": { "statusCode": "204", "responseParameters": headers } },
        }})
    }
}
