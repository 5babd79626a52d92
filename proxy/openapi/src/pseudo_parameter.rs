//! `${AWS::AccountId}`, `${AWS::Partition}` and `${AWS::Region}` in addresses.
//!
//! Source: API Gateway Developer Guide, "AWS variables for OpenAPI import".

use model::{AccountId, Region};

use crate::node::{Node, shown};

/// What the variables stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PseudoParameters<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) region: &'a Region,
}

impl PseudoParameters<'_> {
    /// A text with its variables written out. Other `${...}` stay as they are.
    pub(crate) fn substitute(&self, node: &Node<'_>) -> Option<String> {
        let text = node.text()?;
        let substituted = text
            .replace("${AWS::AccountId}", self.account.as_str())
            .replace("${AWS::Partition}", self.partition())
            .replace("${AWS::Region}", self.region.as_str());
        if let Some(begin) = substituted.find("${AWS::") {
            node.report(format!(
                "has the unknown variable {:?}; known are ${{AWS::AccountId}}, \
                 ${{AWS::Partition}}, ${{AWS::Region}}",
                shown(substituted[begin..].split_inclusive('}').next().unwrap_or_default()),
            ));
            return None;
        }
        Some(substituted)
    }

    fn partition(&self) -> &'static str {
        match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}
