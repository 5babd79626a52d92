//! Custom domain names: which API and stage each of their paths is.
//!
//! Source: API Gateway Developer Guide, "Use API mappings to connect API stages to a custom domain
//! name": the longest base path that matches whole segments, with their case, wins.

use std::collections::HashMap;

use crate::{ApiId, DomainTls, StageName};

/// One domain name: its base paths, and what it asks of connections.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// By base path, without slashes at its ends; the empty one is for whatever no other is for.
    targets: HashMap<String, DomainTarget>,
    /// Of the base path with the most.
    segments_max: usize,
    tls: DomainTls,
}

/// Where a base path leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DomainTarget {
    /// The API.
    pub api: ApiId,
    /// Its stage; none if the segment after the base path names it.
    pub stage: Option<StageName>,
}

impl Domain {
    /// A domain name with these base paths: `a`, `a/b`; the empty one is for whatever no other is for.
    pub fn new(targets: impl IntoIterator<Item = (String, DomainTarget)>) -> Self {
        let targets: HashMap<String, DomainTarget> = targets.into_iter().collect();
        let segments = |path: &String| if path.is_empty() { 0 } else { path.split('/').count() };
        let segments_max = targets.keys().map(segments).max().unwrap_or_default();
        Self { targets, segments_max, tls: DomainTls::default() }
    }

    /// The same, which asks this of connections.
    #[must_use]
    pub fn with_tls(self, tls: DomainTls) -> Self {
        Self { tls, ..self }
    }

    /// What it asks of connections.
    pub fn tls(&self) -> &DomainTls {
        &self.tls
    }

    /// Where a path leads to, and what follows its base path: nothing, or a slash and more. Several
    /// slashes at its beginning are one.
    pub fn target<'p>(&self, path: &'p str) -> Option<(&DomainTarget, &'p str)> {
        let start = path.len() - path.trim_start_matches('/').len();
        let ends = path[start..].match_indices('/').map(|(end, _)| start + end);
        let mut found = self.targets.get("").map(|target| (target, 0));
        for end in ends.chain([path.len()]).take(self.segments_max) {
            found = self.targets.get(&path[start..end]).map(|target| (target, end)).or(found);
        }
        found.map(|(target, end)| (target, &path[end..]))
    }
}

#[cfg(test)]
mod tests;
