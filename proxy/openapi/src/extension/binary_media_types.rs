//! `x-amazon-apigateway-binary-media-types`: payloads that functions get in base64.

use model::{BinaryMediaTypes, MediaType};

use crate::node::{Object, all};

pub(crate) const NAME: &str = "x-amazon-apigateway-binary-media-types";

pub(crate) fn read(root: &Object<'_>) -> Option<BinaryMediaTypes> {
    root.optional(NAME, BinaryMediaTypes::default(), |node| {
        let types = node.list()?.into_iter().map(|item| {
            let media_type = MediaType::parse(item.text()?);
            if media_type.is_none() {
                item.report_mismatch("type/subtype, such as image/png or image/*", "");
            }
            media_type
        });
        all(types).map(BinaryMediaTypes::new)
    })
}
