//! The policy of an endpoint of a VPC, in a file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use model::EndpointPolicy;
use prometheus::IntGauge;

use crate::followed_file::Files;
use crate::metrics::ListenerMetrics;

/// A policy document, in JSON.
#[derive(Clone, Debug)]
pub(crate) struct EndpointPolicyFile(pub(crate) PathBuf);

impl EndpointPolicyFile {
    fn doing(&self) -> String {
        format!("read the policy {} of an endpoint of a VPC", self.0.display())
    }
}

impl Files for EndpointPolicyFile {
    type Contents = String;
    type Kept = EndpointPolicy;
    const KIND: &'static str = "policy";

    fn path(&self) -> &Path {
        &self.0
    }

    fn read(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(&self.0).with_context(|| self.doing())
    }

    fn parse(&self, contents: &String) -> anyhow::Result<EndpointPolicy> {
        EndpointPolicy::parse(contents).with_context(|| self.doing())
    }

    fn refused(&self, metrics: &ListenerMetrics) -> IntGauge {
        metrics.endpoint_policy_refused.with_label_values(&[&*self.0.to_string_lossy()])
    }
}
