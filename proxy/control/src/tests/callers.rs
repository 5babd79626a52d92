//! What the data plane is told of those who may sign calls of APIs.

use model::{CallerKey, CallerKind};
use policy::{ConditionContext, Decision, Request, Values};

use super::client::root_key;
use super::harness::Gateway;
use super::iam::query;

struct Nothing;

impl ConditionContext for Nothing {
    fn values(&self, _: &str) -> Values<'_> {
        Values::Missing
    }
}

fn ok(gateway: &Gateway, form: &str) -> String {
    let answer = query(gateway, &root_key(), form);
    assert!(answer.starts_with("200 "), "{form}: {answer}");
    answer
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

fn key(gateway: &Gateway, id: &str) -> Option<CallerKey> {
    crate::callers(&gateway.store, &gateway.control.identity).unwrap().key(id).cloned()
}

fn may_call(gateway: &Gateway, id: &str) -> Decision {
    key(gateway, id).unwrap().identity.permissions.decide(&Request {
        action: "execute-api:Invoke",
        context: &Nothing,
        principal: None,
        resource: "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets",
    })
}

#[test]
fn keys_are_good_for_what_the_policies_of_their_owner_say() {
    let gateway = Gateway::new();
    ok(
        &gateway,
        "Action=CreateUser&UserName=ada&Path=/team/&Tags.member.1.Key=Team&Tags.member.1.Value=Pets",
    );
    let answer = ok(&gateway, "Action=CreateAccessKey&UserName=ada");
    let id = between(&answer, "<AccessKeyId>", "</AccessKeyId>");
    let found = key(&gateway, id).unwrap();
    let secret = between(&answer, "<SecretAccessKey>", "</SecretAccessKey>");
    assert_eq!((found.secret.reveal(), found.session), (secret, None));
    let identity = &found.identity;
    assert_eq!(identity.arn, "arn:aws:iam::000000000000:user/team/ada");
    assert_eq!(identity.names, [identity.arn.clone(), identity.id.clone()]);
    assert_eq!(identity.kind, CallerKind::User { name: "ada".to_owned() });
    assert_eq!(identity.tags, [("team".to_owned(), "Pets".to_owned())]);
    assert_eq!(may_call(&gateway, id), Decision::ImplicitDeny);

    let policy = "PolicyArn=arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess";
    ok(&gateway, &format!("Action=AttachUserPolicy&UserName=ada&{policy}"));
    assert_eq!(may_call(&gateway, id), Decision::Allow);
    let deny = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%2C%22Action%22%3A%22*%22%2C%22Resource%22%3A%22*%22%7D%7D";
    ok(&gateway, &format!("Action=PutUserPolicy&UserName=ada&PolicyName=p&PolicyDocument={deny}"));
    assert_eq!(may_call(&gateway, id), Decision::ExplicitDeny);

    ok(&gateway, &format!("Action=UpdateAccessKey&UserName=ada&AccessKeyId={id}&Status=Inactive"));
    assert_eq!(key(&gateway, id), None);
    ok(&gateway, &format!("Action=UpdateAccessKey&UserName=ada&AccessKeyId={id}&Status=Active"));
    assert!(key(&gateway, id).is_some());
    ok(&gateway, &format!("Action=DeleteAccessKey&UserName=ada&AccessKeyId={id}"));
    assert_eq!(key(&gateway, id), None);
    assert_eq!(may_call(&gateway, &root_key().access_key_id), Decision::Allow);
}
