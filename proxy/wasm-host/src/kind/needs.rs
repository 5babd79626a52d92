//! `needs`: what a plugin asks to be given, checked.

use http::HeaderName;
use model::{CallFault, HeaderNeeds, Needs, PluginKind};

use crate::bindings::edgeway::plugin::types as wit;

/// Names that one plugin may ask for: every call looks up each.
const NAMES_MAX: usize = 256;

/// Reads what a plugin asks for as a kind.
pub(super) fn parse(kind: PluginKind, needs: wit::PluginNeeds) -> Result<Needs, CallFault> {
    let invalid = |what: String| CallFault::InvalidAnswer(format!("the {kind}'s `needs` {what}"));
    if kind == PluginKind::Authorizer && needs.body {
        return Err(invalid("asks for the body, which an authorizer does not get".to_owned()));
    }
    if kind == PluginKind::ResponseTransform && needs.query {
        return Err(invalid("asks for the query, which a response does not have".to_owned()));
    }
    let headers = match needs.headers {
        wit::HeaderNeeds::None => HeaderNeeds::None,
        wit::HeaderNeeds::All => HeaderNeeds::All,
        wit::HeaderNeeds::Named(names) if names.len() > NAMES_MAX => {
            return Err(invalid(format!("names more than {NAMES_MAX} headers")));
        }
        wit::HeaderNeeds::Named(names) => HeaderNeeds::Named(
            parse_names(&names).map_err(|name| invalid(format!("names the header {name:?}")))?,
        ),
    };
    Ok(Needs { headers, query: needs.query, context: needs.context, body: needs.body })
}

/// Each name once; the error is the one that is not a name.
fn parse_names(names: &[String]) -> Result<Vec<HeaderName>, &str> {
    let mut parsed = Vec::with_capacity(names.len());
    for name in names {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| name.as_str())?;
        if !parsed.contains(&name) {
            parsed.push(name);
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests;
