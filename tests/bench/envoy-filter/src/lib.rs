//! A filter for Envoy that does what Edgeway's plugins do in the benchmarks.
//!
//! Configured with `respond` it answers 17 bytes itself; with `header` it sets one header of the
//! request, which is less than Edgeway's authorizer and transform do together.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

const BODY: &[u8] = br#"{"hello":"world"}"#;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| Box::new(Root { responds: false }));
}}

struct Root {
    responds: bool,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        match self.get_plugin_configuration().as_deref() {
            Some(b"respond") => self.responds = true,
            Some(b"header") => self.responds = false,
            other => {
                let text = format!("expected `respond` or `header`, got {other:?}");
                let _ = hostcalls::log(LogLevel::Error, &text);
                return false;
            }
        }
        true
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        if self.responds { Some(Box::new(Respond)) } else { Some(Box::new(SetHeader)) }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Respond;

impl Context for Respond {}

impl HttpContext for Respond {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.send_http_response(200, vec![("content-type", "application/json")], Some(BODY));
        Action::Pause
    }
}

struct SetHeader;

impl Context for SetHeader {}

impl HttpContext for SetHeader {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_request_header("x-bench", Some("1"));
        Action::Continue
    }
}
