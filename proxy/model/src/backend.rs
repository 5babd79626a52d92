//! Where this machine has what APIs name and do not say the place of: VPC links, services of AWS and user
//! pools.
//!
//! From the configuration of a node, not from an API: the same API is served in many places.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::{Issuer, Services, UpstreamTarget, UserPools};

/// What a node's configuration says of what APIs name.
#[derive(Clone, Debug, Default)]
pub struct Backends {
    /// `connectionId` of integrations of connection type `VPC_LINK`.
    pub vpc_links: Arc<VpcLinks>,
    /// What integrations of type `AWS` call.
    pub services: Arc<Services>,
    /// What `providerARNs` of authorizers name.
    pub user_pools: Arc<UserPools>,
    /// Issuers by their names whose keys may come from another machine in clear text.
    pub insecure_issuers: Arc<HashSet<String>>,
}

impl Backends {
    /// An issuer by its name, and the address of its keys, if that is not to be discovered.
    ///
    /// # Errors
    /// What is wrong with either, as the end of a sentence; also that its keys come in clear text, where
    /// that is not allowed.
    pub fn issuer(&self, name: &str, key_set: Option<&str>) -> Result<Issuer, String> {
        match self.insecure_issuers.contains(name) {
            true => Issuer::in_clear_text(name, key_set),
            false => Issuer::new(name, key_set),
        }
    }
}

/// Links by their name, and by their id where the control plane made one of that name.
pub type VpcLinks = HashMap<String, Arc<UpstreamTarget>>;

/// `connectionType` and `connectionId`: the way to an upstream.
#[derive(Clone, Debug, Default)]
pub enum Connection {
    /// `INTERNET`: to where its address says.
    #[default]
    Direct,
    /// `VPC_LINK`: here, whatever host the address names.
    Link(Arc<UpstreamTarget>),
    /// The same, where a stage variable says which link.
    LinkOfStage {
        /// Its name.
        variable: String,
        /// All that there are.
        links: Arc<VpcLinks>,
    },
}

impl Connection {
    /// By the link that `connectionId` names, `${stageVariables.NAME}` or a link itself.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about it.
    pub fn link(connection_id: &str, links: &Arc<VpcLinks>) -> Result<Self, String> {
        let variable = connection_id.strip_prefix("${stageVariables.");
        if let Some(variable) = variable.and_then(|rest| rest.strip_suffix('}')) {
            let (variable, links) = (variable.to_owned(), Arc::clone(links));
            return Ok(Self::LinkOfStage { variable, links });
        }
        let link = links.get(connection_id).ok_or_else(|| {
            let shown: String = connection_id.chars().take(100).collect();
            format!(
                "names the VPC link {shown:?}, which this node does not know; tell it where that is: \
                 --vpc-link NAME=http://HOST:PORT"
            )
        });
        link.map(|link| Self::Link(Arc::clone(link)))
    }
}
