//! The host, tested from outside with real components: those of `tests/guests`, and a few in text.

mod authorizing;
mod code_cache;
mod components;
mod counting;
mod damaging;
#[path = "../../../../tests/guests/text/event_text.rs"]
mod event_text;
mod hostile;
mod invoking;
mod key_values;
mod limits;
mod loading;
mod logging;
mod outbound;
mod outbound_limits;
mod outbound_tls;
mod provisioning;
mod quarantining;
mod reuse;
mod serving;
mod setup;
mod tls_upstream;
mod transforming;
mod upstream;
