//! Media types, and the list of those whose payloads are binary.

/// `type/subtype` in lower case, without parameters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct MediaType(String);

impl MediaType {
    /// Reads the part of a header value before `;`. None if that is not `type/subtype`.
    pub fn parse(text: &str) -> Option<Self> {
        let essence = essence(text);
        let (kind, subtype) = essence.split_once('/')?;
        let is_token = |part: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&byte);
            !part.is_empty() && part.bytes().all(allowed)
        };
        (is_token(kind) && is_token(subtype)).then(|| Self(essence.to_ascii_lowercase()))
    }

    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a header value names this type; its parameters are ignored.
    pub fn is_named_by(&self, header_value: &str) -> bool {
        self.0.eq_ignore_ascii_case(essence(header_value))
    }
}

/// What stands before the parameters.
fn essence(header_value: &str) -> &str {
    header_value.split(';').next().unwrap_or_default().trim()
}

/// `binaryMediaTypes` of an API (API Gateway Developer Guide, "Binary media types for REST APIs").
///
/// As recorded from AWS: a wildcard on the right (`image/*`) works, `*/*` matches everything, and a
/// wildcard on the left alone matches nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BinaryMediaTypes(Vec<MediaType>);

impl BinaryMediaTypes {
    /// In the order of the document.
    pub fn new(types: Vec<MediaType>) -> Self {
        Self(types)
    }

    /// Whether every payload is of one kind: there are none, or every type is one.
    pub fn is_uniform(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|entry| entry.0 == "*/*")
    }

    /// Whether no payload is binary.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a payload of this `Content-Type` is binary.
    pub fn contains(&self, header_value: &str) -> bool {
        let named = essence(header_value);
        self.0.iter().any(|entry| match entry.0.strip_suffix("/*") {
            Some("*") => true,
            Some(kind) => named
                .split_once('/')
                .is_some_and(|(found, subtype)| found.eq_ignore_ascii_case(kind) && subtype != "*"),
            None => entry.0.eq_ignore_ascii_case(named),
        })
    }

    /// Whether the first media type of an `Accept` header is binary: what decides if a function's
    /// base64 body is decoded.
    pub fn contains_first_accepted(&self, accept: &str) -> bool {
        accept.split(',').next().is_some_and(|first| self.contains(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(types: &[&str]) -> BinaryMediaTypes {
        BinaryMediaTypes::new(types.iter().map(|text| MediaType::parse(text).unwrap()).collect())
    }

    #[test]
    fn wildcards_match_as_recorded_from_aws() {
        assert!(list(&["image/png"]).contains("image/PNG; q=1"));
        assert!(list(&["image/*"]).contains("image/png"));
        assert!(!list(&["image/png"]).contains("image/*"));
        assert!(!list(&["*/test"]).contains("a/test"));
        assert!(list(&["*/*"]).contains("a/b"));
        assert!(!list(&[]).contains("a/b"));
    }

    #[test]
    fn only_the_first_accepted_type_counts() {
        assert!(list(&["image/png"]).contains_first_accepted("image/png, */*"));
        assert!(!list(&["image/png"]).contains_first_accepted("*/*, image/png"));
        assert!(!list(&["image/png"]).contains_first_accepted(""));
    }

    #[test]
    fn what_is_no_media_type_is_refused() {
        for text in ["", "image", "/png", "image/", "a b/c"] {
            assert_eq!(MediaType::parse(text), None, "{text}");
        }
    }
}
