//! Cached responses of methods that are signed for.

use model::{CacheKey, RequestMappings};

use super::{ADA, REACHED, Signing, allow_all, callers, get, iam_description};
use crate::tests::cache::forgetting_for_whom_may;
use crate::tests::fixture::{Description, Gateway};

#[test]
fn signers_do_not_share_where_the_header_of_signatures_is_in_the_key() {
    let answered_to_root = |parameters: &[&str]| {
        let mut description = iam_description();
        let read = |text: &&str| CacheKey::parameter(text, &RequestMappings::default()).unwrap();
        description.methods[0].1.cache_key =
            CacheKey::new(None, parameters.iter().map(read).collect());
        let callers = callers(&[allow_all()]);
        let gateway = Gateway::new(Description { callers, ..forgetting_for_whom_may(description) });
        *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
        assert_eq!(gateway.answer(&ADA.sign(get())), REACHED);
        *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"another"}"#.into()));
        assert_eq!(gateway.answer(&ADA.sign(get())), REACHED);
        gateway.answer(&Signing { key: "AKIAROOT", ..ADA }.sign(get()))
    };
    assert_eq!(answered_to_root(&[]), REACHED);
    assert_eq!(answered_to_root(&["method.request.header.Authorization"]), "200 another");
}
