//! Phase: identify. From host and path to an API's stage.
//!
//! Three ways in: `/_aws/execute-api/{apiId}/{stage}/...` on any host, a domain name that is mapped
//! to a stage, and the default host name `{apiId}.execute-api.{anything}`, where the first segment of
//! the path is the stage. Then chance decides whether the stage's canary serves the request.

use std::sync::Arc;

use model::{Snapshot, Stage};

use crate::failure::{Failure, Rejection};
use crate::ports::Ambient;
use crate::record::Record;
use crate::request::Request;

/// The way in that needs no host name: for clients that cannot set one.
const PATH_PREFIX: &str = "/_aws/execute-api/";

/// The stage of a request, and what is left of its path.
pub(crate) struct Identified<'a> {
    pub(crate) stage: &'a Arc<Stage>,
    /// For matching: begins with a slash, without the stage.
    pub(crate) path: &'a str,
    /// `requestContext.path`: with the stage, unless the API was reached at a domain name.
    pub(crate) context_path: &'a str,
}

pub(crate) fn identify<'a>(
    request: &Request<'a>,
    snapshot: &'a Snapshot,
    ambient: &dyn Ambient,
    record: &mut Record,
) -> Result<Identified<'a>, Failure> {
    let host = request.host();
    let mut identified = if let Some(rest) = request.path.strip_prefix(PATH_PREFIX) {
        let api_end = rest.find('/').unwrap_or(rest.len());
        by_api(snapshot, &rest[..api_end], &rest[api_end..])?
    } else if let Some(stage) = by_domain(snapshot, host) {
        Identified { stage, path: request.path, context_path: request.path }
    } else if let Some(api) = default_host_api(host) {
        by_api(snapshot, api, request.path)?
    } else {
        return Err(Rejection::UnknownDomain.into());
    };
    identified.stage = identified.stage.drawn(|| ambient.percent());
    record.stage = Some(Arc::clone(identified.stage));
    Ok(identified)
}

fn by_domain<'a>(snapshot: &'a Snapshot, host: &str) -> Option<&'a Arc<Stage>> {
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        snapshot.domain(&host.to_ascii_lowercase())
    } else {
        snapshot.domain(host)
    }
}

/// The API of `{apiId}.execute-api.{anything}`.
fn default_host_api(host: &str) -> Option<&str> {
    let (api, rest) = host.split_once('.')?;
    let label = rest.split('.').next()?;
    label.eq_ignore_ascii_case("execute-api").then_some(api)
}

/// `path` is what follows the API: `/{stage}/...`.
fn by_api<'a>(snapshot: &'a Snapshot, api: &str, path: &'a str) -> Result<Identified<'a>, Failure> {
    if !snapshot.has_api(api) {
        return Err(Rejection::UnknownApi { api: api.chars().take(64).collect() }.into());
    }
    let after_slashes = path.trim_start_matches('/');
    let name_end = after_slashes.find('/').unwrap_or(after_slashes.len());
    let stage = snapshot.stage(api, &after_slashes[..name_end]).ok_or(Rejection::UnknownStage)?;
    let rest = &after_slashes[name_end..];
    let path_in_stage = if rest.is_empty() { "/" } else { rest };
    Ok(Identified { stage, path: path_in_stage, context_path: path })
}
