//! Cached responses of methods that are signed for.

use model::{CacheKey, RequestMappings, ResourcePolicy};

use super::{ADA, ARN, REACHED, Signing, allow_all, callers, get, iam_description};
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

#[test]
fn a_cached_response_is_forgotten_for_whom_policies_let() {
    let statement = |effect: &str, action: &str, resource: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Action": "execute-api:{action}", "Resource": "{resource}"}}]}}"#
        )
    };
    let (invoke, all) = (allow_all(), statement("Allow", "InvalidateCache", "*"));
    let own = statement("Allow", "InvalidateCache", &format!("{ARN}/prod/GET/pets/*"));
    let other = statement("Allow", "InvalidateCache", &format!("{ARN}/prod/GET/cats"));
    let denied = statement("Deny", "InvalidateCache", "*");
    let of_api = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:InvalidateCache", "Resource": "*"}]}"#;
    let check = |policies: &[&String], of_api: Option<&str>, expected: &str| {
        let policies: Vec<String> = policies.iter().map(|text| (*text).clone()).collect();
        let gateway = Gateway::new(Description {
            callers: callers(&policies),
            policy: of_api.map(|text| ResourcePolicy::parse(text).unwrap()),
            ..forgetting_for_whom_may(iam_description())
        });
        *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
        assert_eq!(gateway.answer(&ADA.sign(get())), REACHED);
        *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"anew"}"#.into()));
        let answer = gateway.answer(&ADA.sign(get().header("Cache-Control", "max-age=0")));
        assert!(answer.contains(expected), "{policies:?} {of_api:?}: {answer}");
    };
    check(&[&invoke, &all], None, "200 anew");
    check(&[&invoke, &own], None, "200 anew");
    check(&[&invoke], None, "no identity-based policy allows the execute-api:InvalidateCache");
    check(&[&invoke, &other], None, "403 ");
    check(&[&invoke, &all, &denied], None, "explicit deny in an identity-based policy");
    check(&[&invoke, &all], Some(of_api), "explicit deny in a resource-based policy");
}
