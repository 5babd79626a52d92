//! Functions: deployed, changed, published, called.

mod alias;
mod deploy;
mod function_calls;
mod invoke;
mod package;
mod permission;
mod settings;
mod stored_functions;
mod update;
mod version;
mod wire;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use expect_test::Expect;
use regex::Regex;
use serde_json::{Value, json};
use store::Account;

use super::harness::Gateway;
use super::host::COMPONENT;

const FUNCTIONS: &str = "POST /2015-03-31/functions";
const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// A component that says something, as `ZipFile`.
fn code(says: &str) -> String {
    STANDARD.encode([COMPONENT, says.as_bytes()].concat())
}

/// What makes `f`, with other members too.
fn function(members: Value) -> String {
    let mut function = json!({
        "FunctionName": "f",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": ROLE,
        "Code": { "ZipFile": code("one") },
    });
    for (name, value) in members.as_object().unwrap() {
        function[name] = value.clone();
    }
    function.to_string()
}

/// Adds the function `f`, an authorizer.
pub(super) fn authorizer_function(gateway: &Gateway) {
    gateway.ok(FUNCTIONS, &function(json!({ "Code": { "ZipFile": code("authorizer") } })));
    gateway.settle();
}

/// `METHOD {path of f}{rest}`
pub(super) fn f(verb: &str, rest: &str) -> String {
    format!("{verb} /2015-03-31/functions/f{rest}")
}

impl Gateway {
    /// With the function `f`, whose component passed its check.
    pub(super) fn with_function() -> Self {
        let gateway = Self::with_stored_functions();
        gateway.ok(FUNCTIONS, &function(json!({})));
        gateway.settle();
        gateway
    }

    /// Changes the code of `f`, and waits for the check.
    pub(super) fn update_code(&self, says: &str) {
        let body = json!({ "ZipFile": code(says) }).to_string();
        self.ok(&f("PUT", "/code"), &body);
        self.settle();
    }

    /// Lets what goes on in the background come to its end.
    pub(super) fn settle(&self) {
        let is_settled = || {
            let checks = self.store.read(|it| it.count::<crate::lambda::Check>(Account::row()));
            checks.unwrap() == 0
        };
        self.runtime.block_on(async {
            let settled = async {
                while !is_settled() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                () = self.control.run_functions() => unreachable!("it never ends"),
                () = settled => {}
            }
        });
    }

    /// As [`Gateway::check`], with every UUID and digest called so.
    #[track_caller]
    fn check_lambda(&self, calls: &[(&str, &str)], expected: Expect) {
        static UUID: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap());
        let answers: String =
            calls.iter().map(|(line, body)| format!("{}\n", self.answer(line, body))).collect();
        expected.assert_eq(&UUID.replace_all(&answers, "UUID"));
    }

    /// A member of the configuration of `f`.
    fn configured(&self, qualifier: &str, member: &str) -> Value {
        let (_, _, answer) = self.send(&f("GET", &format!("/configuration{qualifier}")), "");
        serde_json::from_str::<Value>(&answer).unwrap()[member].clone()
    }
}
