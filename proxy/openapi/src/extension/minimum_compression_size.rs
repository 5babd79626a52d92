//! `x-amazon-apigateway-minimum-compression-size`: from how many bytes on responses are compressed.

use model::CompressionSize;

use crate::node::Object;

pub(crate) const NAME: &str = "x-amazon-apigateway-minimum-compression-size";

pub(crate) fn read(root: &Object<'_>) -> Option<Option<CompressionSize>> {
    root.optional(NAME, None, |node| {
        let size = node.as_integer().and_then(CompressionSize::from_bytes);
        if size.is_none() {
            node.report_mismatch("0-10485760", "write whole bytes, or remove it");
        }
        size.map(Some)
    })
}
