//! A part of a stage's traffic that goes to another deployment.
//!
//! Source: API Gateway Developer Guide, "Set up an API Gateway canary release deployment": which
//! requests it gets is chance, for each request anew.

use std::sync::Arc;

use crate::Stage;

/// Percent of a stage's requests, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrafficPercent(f64);

/// What a stage is to its canary.
#[derive(Clone, Debug)]
pub(crate) enum Release {
    /// The canary itself.
    Canary,
    /// The rest beside this canary.
    Production { canary: Arc<Stage>, percent: TrafficPercent },
    /// There is no canary.
    Sole,
}

impl TrafficPercent {
    /// None for what is no number from 0 to 100.
    pub fn parse(percent: f64) -> Option<Self> {
        (0.0..=100.0).contains(&percent).then_some(Self(percent))
    }

    /// Whether a request is among them whose chance was drawn evenly from 0 to below 100.
    pub fn takes(self, drawn: f64) -> bool {
        drawn < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_from_none_to_all() {
        for outside in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert_eq!(TrafficPercent::parse(outside), None, "{outside}");
        }
        let takes = |percent, drawn| TrafficPercent::parse(percent).unwrap().takes(drawn);
        assert!(!takes(0.0, 0.0));
        assert!(takes(0.1, 0.0));
        assert!(takes(100.0, 99.999));
        assert!(!takes(50.0, 50.0));
    }
}
