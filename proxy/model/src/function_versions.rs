//! What calls of a function come to: its plugin, or several that share them.

use crate::Plugin;

/// The versions of a function that are called: of an alias that shifts traffic, several; none if the
/// function is gone, and a call of it then fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionVersions {
    /// Each with its part of the calls, of 1; the last gets what the others leave.
    shares: Vec<(Plugin, f64)>,
}

impl FunctionVersions {
    /// Each with its part of the calls, of 1; the last gets what the others leave.
    pub fn new(shares: Vec<(Plugin, f64)>) -> Self {
        Self { shares }
    }

    /// All of them.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.shares.iter().map(|(plugin, _)| plugin)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether the function is gone.
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// The one of a call, and its position; `chance` is drawn evenly from 0 to below 1.
    pub fn pick(&self, chance: f64) -> Option<(usize, &Plugin)> {
        let mut end = 0.0;
        let is_picked = |(_, share): &(Plugin, f64)| {
            end += share;
            chance < end
        };
        let last = self.shares.len().checked_sub(1)?;
        let position = self.shares.iter().position(is_picked).unwrap_or(last);
        Some((position, &self.shares[position].0))
    }
}

impl From<Plugin> for FunctionVersions {
    fn from(plugin: Plugin) -> Self {
        Self { shares: vec![(plugin, 1.0)] }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{Digest, Function, FunctionName, FunctionSettings, FunctionVersion, Interface};

    fn plugin(number: u8) -> Plugin {
        Plugin {
            function: Function {
                name: FunctionName::parse("f").unwrap(),
                version: FunctionVersion::Latest,
                component: PathBuf::new(),
                settings: FunctionSettings::default(),
            },
            arn: "arn".into(),
            digest: Digest::new([number; 32]),
            interface: Interface::default(),
        }
    }

    #[test]
    fn each_version_gets_its_part_of_the_calls() {
        let versions = FunctionVersions::new(vec![(plugin(1), 0.25), (plugin(2), 0.75)]);
        let picked = |chance| versions.pick(chance).unwrap().0;
        assert_eq!([0.0, 0.249, 0.25, 0.999].map(picked), [0, 0, 1, 1]);
        // What rounding leaves is the last one's.
        let versions = FunctionVersions::new(vec![(plugin(1), 0.1), (plugin(2), 0.8)]);
        assert_eq!(versions.pick(0.95).unwrap().1.digest, Digest::new([2; 32]));
        assert_eq!(FunctionVersions::from(plugin(1)).pick(0.5).unwrap().0, 0);
        assert!(FunctionVersions::default().pick(0.5).is_none());
    }
}
