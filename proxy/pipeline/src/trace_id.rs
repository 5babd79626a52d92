//! The id by which a request is followed from service to service.
//!
//! Source: AWS X-Ray Developer Guide, "Tracing header".

use std::sync::OnceLock;

use http::HeaderValue;

/// `X-Amzn-Trace-Id`: the client's, or `Root=1-{8 hex}-{24 hex}`, which is written when it is first asked for: what the
/// gateway answers itself mostly does without.
#[derive(Clone, Debug)]
pub struct TraceId {
    text: OnceLock<HeaderValue>,
    seconds: u32,
    random: [u8; 12],
}

impl TraceId {
    /// Of a request that began so many seconds after 1970-01-01T00:00:00Z.
    pub fn new(seconds: u64, random: [u8; 12]) -> Self {
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        Self { text: OnceLock::new(), seconds, random }
    }

    /// The client's, if it has a root.
    pub fn of_client(text: &HeaderValue) -> Option<Self> {
        has_root(text).then(|| Self { text: text.clone().into(), seconds: 0, random: [0; 12] })
    }

    /// As it is sent.
    pub fn value(&self) -> &HeaderValue {
        self.text.get_or_init(|| {
            let mut text = *b"Root=1-00000000-000000000000000000000000";
            let seconds = self.seconds.to_be_bytes();
            for (bytes, place) in [(&seconds[..], 7..15), (&self.random[..], 16..40)] {
                base16ct::lower::encode(bytes, &mut text[place]).expect("a byte is two digits");
            }
            HeaderValue::from_bytes(&text).expect("hexadecimal, hyphens and an equal sign")
        })
    }
}

/// `Root=...` among the parts.
fn has_root(value: &HeaderValue) -> bool {
    let mut parts = value.to_str().unwrap_or_default().split(';');
    parts.any(|part| part.trim().get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("root=")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_one_has_the_time_and_what_is_random() {
        let text = |seconds, random| TraceId::new(seconds, random).value().clone();
        let random = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff];
        assert_eq!(text(0x5759_e988, random), "Root=1-5759e988-000102030405060708090aff");
        assert_eq!(text(0xf, [0; 12]), "Root=1-0000000f-000000000000000000000000");
        assert_eq!(text(u64::MAX, [0; 12]), "Root=1-ffffffff-000000000000000000000000");
    }

    #[test]
    fn a_clients_is_kept_if_it_has_a_root() {
        let kept = |text| {
            let id = TraceId::of_client(&HeaderValue::from_static(text))?;
            Some(id.value().to_str().unwrap().to_owned())
        };
        let whole = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
        assert_eq!(kept(whole).as_deref(), Some(whole));
        assert!(kept("Self=1; root=1-2-3").is_some());
        assert!(kept("Parent=1").is_none());
        assert!(kept("").is_none());
    }
}
