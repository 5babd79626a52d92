//! Which bodies are JSON.

/// `application/json`, `text/json` and `.../...+json` (RFC 6839); also a body without a type,
/// which API Gateway takes for `application/json`. Of several types, one is enough.
pub(crate) fn may_be_json<'a>(content_types: impl Iterator<Item = &'a str>) -> bool {
    let mut is_typed = false;
    for content_type in content_types {
        is_typed = true;
        if is_json(content_type) {
            return true;
        }
    }
    !is_typed
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split([';', ',']).next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::may_be_json;

    #[test]
    fn json_types_and_no_type_are_json() {
        for content_type in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "text/json",
            "application/problem+json",
            " application/vnd.api+json ;v=1",
        ] {
            assert!(may_be_json([content_type].into_iter()), "{content_type:?}");
        }
        assert!(may_be_json([].into_iter()));
        assert!(may_be_json(["text/plain", "application/json"].into_iter()));
    }

    #[test]
    fn other_types_are_not() {
        for content_type in ["text/plain", "", "application/jsonlines", "image/png", "json"] {
            assert!(!may_be_json([content_type].into_iter()), "{content_type:?}");
        }
    }
}
