//! Arguments that say where this machine has what integrations name.

use std::sync::Arc;

use model::{Backends, UpstreamTarget};

use crate::arguments::Node;

/// `NAME=URL`: where a VPC link leads.
#[derive(Clone, Debug)]
pub(crate) struct VpcLink {
    name: String,
    target: Arc<UpstreamTarget>,
}

impl VpcLink {
    /// Reads one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, url) = named(text)?;
        Ok(Self { name, target: Arc::new(target(url)?) })
    }
}

/// A name, and what is said of it.
fn named(text: &str) -> Result<(String, &str), String> {
    match text.split_once('=') {
        Some((name, rest)) if !name.is_empty() => Ok((name.to_owned(), rest)),
        _ => Err("must be NAME=URL".to_owned()),
    }
}

fn target(url: &str) -> Result<UpstreamTarget, String> {
    let target = UpstreamTarget::parse(url);
    target.ok_or_else(|| format!("must be http://HOST:PORT or https://HOST:PORT, got {url:?}"))
}

/// Of these arguments.
pub(crate) fn of(node: &Node) -> Backends {
    let links = node.vpc_links.iter();
    let links = links.map(|link| (link.name.clone(), Arc::clone(&link.target)));
    Backends { vpc_links: Arc::new(links.collect()) }
}
