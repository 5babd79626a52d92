//! Temporary keys: who gets them, what they are good for, and when no longer.

use expect_test::expect;
use sigv4::SignatureError;
use store::Account;

use super::client::{Signed, root_key};
use super::harness::Gateway;
use super::iam::{query, query_as};
use crate::session::{Session, SessionOwner};
use crate::{Ambient, Authentication, Credentials, Unauthorized};

const ROLE: &str = "arn:aws:iam::000000000000:role/keeper";

/// A policy document as a parameter has it.
fn encoded(document: &str) -> String {
    form_urlencoded::byte_serialize(document.as_bytes()).collect()
}

fn policy(effect: &str, action: &str) -> String {
    encoded(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Action": "{action}", "Resource": "*"}}]}}"#
    ))
}

fn trust(principal: &str, condition: &str) -> String {
    encoded(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "sts:AssumeRole"{condition}}}]}}"#
    ))
}

fn ok(gateway: &Gateway, form: &str) -> String {
    let answer = query(gateway, &root_key(), form);
    assert!(answer.starts_with("200 "), "{form}: {answer}");
    answer
}

fn element<'t>(xml: &'t str, name: &str) -> &'t str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{xml}"));
    rest.split_once('<').unwrap().0
}

fn key(answer: &str) -> Credentials {
    Credentials {
        access_key_id: element(answer, "AccessKeyId").to_owned(),
        secret_access_key: element(answer, "SecretAccessKey").to_owned(),
    }
}

/// A user `ada` with a key, and a role `keeper` that trusts `principal` and may list users.
fn gateway(principal: &str) -> (Gateway, Credentials) {
    let gateway = Gateway::new();
    ok(&gateway, "Action=CreateUser&UserName=ada");
    let ada = key(&ok(&gateway, "Action=CreateAccessKey&UserName=ada"));
    let trust = trust(principal, "");
    ok(&gateway, &format!("Action=CreateRole&RoleName=keeper&AssumeRolePolicyDocument={trust}"));
    let allow = policy("Allow", "iam:ListUsers");
    ok(
        &gateway,
        &format!("Action=PutRolePolicy&RoleName=keeper&PolicyName=p&PolicyDocument={allow}"),
    );
    (gateway, ada)
}

fn assume(gateway: &Gateway, key: &Credentials, more: &str) -> String {
    let form = format!("Action=AssumeRole&RoleArn={ROLE}&RoleSessionName=night{more}");
    query(gateway, key, &form)
}

const ADA: &str = "arn:aws:iam::000000000000:user/ada";

/// A quarter of an hour later than all else.
struct Later;

impl Ambient for Later {
    fn now(&self) -> i64 {
        1_700_000_900
    }

    fn fill(&self, _: &mut [u8]) {}
}

/// Whether a temporary key is let in then.
fn recognize_later(gateway: &Gateway, key: Credentials, token: &str) -> Result<(), Unauthorized> {
    let authentication = Authentication { ambient: &Later, ..gateway.control.authentication() };
    let (date, token) = ("20231114T222820Z", Some(token));
    let signed = Signed { line: "POST /", service: "sts", date, key, token, ..Signed::default() };
    let (head, _) = signed.request().into_parts();
    authentication.recognize("sts", &head)
}

#[test]
fn who_becomes_a_role_may_do_what_it_may() {
    let (gateway, ada) = gateway(ADA);
    let answer = assume(&gateway, &ada, "");
    assert_eq!(
        element(&answer, "Arn"),
        "arn:aws:sts::000000000000:assumed-role/keeper/night",
        "{answer}"
    );
    assert_eq!(element(&answer, "Expiration"), "2023-11-14T23:13:20Z");
    let session = key(&answer);
    assert!(session.access_key_id.starts_with("ASIA"));
    let token = element(&answer, "SessionToken");
    let by = |token, form: &str| query_as(&gateway, &session, token, form);
    let who = by(Some(token), "Action=GetCallerIdentity");
    assert_eq!(element(&who, "Arn"), "arn:aws:sts::000000000000:assumed-role/keeper/night");
    assert_eq!(element(&who, "UserId"), element(&answer, "AssumedRoleId"));
    assert!(by(Some(token), "Action=ListUsers").starts_with("200 "));
    assert!(by(Some(token), "Action=ListRoles").contains("<Code>AccessDenied</Code>"));
    for wrong in [None, Some("x"), Some("")] {
        let refused = by(wrong, "Action=ListUsers");
        assert!(refused.contains("<Code>InvalidClientTokenId</Code>"), "{wrong:?} {refused}");
    }
    // Nor is there a token with a key that has none.
    let refused = query_as(&gateway, &ada, Some(token), "Action=GetCallerIdentity");
    assert!(refused.contains("<Code>InvalidClientTokenId</Code>"), "{refused}");
    // A role that is gone takes its sessions with it, also if there is another one of its name.
    ok(&gateway, "Action=DeleteRolePolicy&RoleName=keeper&PolicyName=p");
    ok(&gateway, "Action=DeleteRole&RoleName=keeper");
    let trust = trust(ADA, "");
    ok(&gateway, &format!("Action=CreateRole&RoleName=keeper&AssumeRolePolicyDocument={trust}"));
    let refused = by(Some(token), "Action=GetCallerIdentity");
    assert!(refused.contains("<Code>InvalidClientTokenId</Code>"), "{refused}");
}

#[test]
fn a_role_is_assumed_by_whom_it_trusts() {
    let denied = "<Code>AccessDenied</Code>";
    let (gateway, ada) = gateway(ADA);
    assert!(assume(&gateway, &root_key(), "").contains(denied), "the account itself");
    let deny = policy("Deny", "sts:*");
    let put = |document| {
        format!("Action=PutUserPolicy&UserName=ada&PolicyName=p&PolicyDocument={document}")
    };
    ok(&gateway, &put(deny));
    assert!(assume(&gateway, &ada, "").contains(denied));
    ok(&gateway, "Action=DeleteUserPolicy&UserName=ada&PolicyName=p");
    let update =
        |trust| format!("Action=UpdateAssumeRolePolicy&RoleName=keeper&PolicyDocument={trust}");
    ok(&gateway, &update(trust("arn:aws:iam::000000000000:user/bo", "")));
    ok(&gateway, &put(policy("Allow", "sts:AssumeRole")));
    assert!(assume(&gateway, &ada, "").contains(denied), "another user");
    ok(&gateway, &update(trust("000000000000", "")));
    assert!(assume(&gateway, &ada, "").starts_with("200 "), "the account, and policies allow it");
    ok(&gateway, "Action=DeleteUserPolicy&UserName=ada&PolicyName=p");
    assert!(assume(&gateway, &ada, "").contains(denied), "the account alone");
    let condition = r#", "Condition": {"StringEquals": {"sts:ExternalId": "tell"}}"#;
    ok(&gateway, &update(trust(ADA, condition)));
    assert!(assume(&gateway, &ada, "").contains(denied));
    assert!(assume(&gateway, &ada, "&ExternalId=tell").starts_with("200 "));
    let missing = query(
        &gateway,
        &ada,
        "Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/nobody&RoleSessionName=x1",
    );
    expect![[r#"403 <Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/ada is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/nobody</Message>"#]]
        .assert_eq(&missing);
}

#[test]
fn a_session_is_as_long_and_may_do_as_much_as_was_asked_for() {
    let (gateway, ada) = gateway(ADA);
    let too_long = assume(&gateway, &ada, "&DurationSeconds=3601");
    assert!(too_long.contains("exceeds the MaxSessionDuration"), "{too_long}");
    assert!(assume(&gateway, &ada, "&DurationSeconds=899").contains("ValidationError"));
    let nothing = policy("Allow", "s3:*");
    let answer = assume(&gateway, &ada, &format!("&DurationSeconds=900&Policy={nothing}"));
    assert_eq!(element(&answer, "PackedPolicySize"), "5");
    let (session, token) = (key(&answer), element(&answer, "SessionToken"));
    let refused = query_as(&gateway, &session, Some(token), "Action=ListUsers");
    assert!(refused.contains("<Code>AccessDenied</Code>"), "{refused}");
    let over = recognize_later(&gateway, session, token).unwrap_err();
    assert!(matches!(over, Unauthorized::Signature(SignatureError::ExpiredToken)), "{over}");
    let answer = assume(&gateway, &ada, "&DurationSeconds=901");
    recognize_later(&gateway, key(&answer), element(&answer, "SessionToken")).unwrap();
}

#[test]
fn a_user_has_a_temporary_key_for_what_they_may_do() {
    let (gateway, ada) = gateway(ADA);
    let answer = query(&gateway, &ada, "Action=GetSessionToken");
    assert_eq!(element(&answer, "Expiration"), "2023-11-15T10:13:20Z");
    let (session, token) = (key(&answer), element(&answer, "SessionToken"));
    let by = |form: &str| query_as(&gateway, &session, Some(token), form);
    assert_eq!(element(&by("Action=GetCallerIdentity"), "Arn"), ADA);
    assert!(by("Action=GetSessionToken").contains("<Code>AccessDenied</Code>"));
    assert!(by("Action=GetUser").contains("<Code>InvalidClientTokenId</Code>"), "IAM");
    let keys = crate::callers(&gateway.store, &gateway.control.identity).unwrap();
    let kept = keys.key(&session.access_key_id).unwrap();
    assert_eq!(kept.identity.session_issued.as_deref(), Some("2023-11-14T22:13:20Z"));
    assert_eq!(kept.session.as_ref().unwrap().token.reveal(), token);
    ok(&gateway, &format!("Action=DeleteAccessKey&UserName=ada&AccessKeyId={}", ada.access_key_id));
    ok(&gateway, "Action=DeleteUser&UserName=ada");
    assert!(by("Action=GetCallerIdentity").contains("<Code>InvalidClientTokenId</Code>"));
}

#[test]
fn nobody_has_so_many_sessions_that_others_have_none() {
    const SESSIONS_MAX: usize = 500;
    let gateway = Gateway::new();
    let keep = |owner: &str| {
        let owner = SessionOwner::User(owner.to_owned());
        let session =
            Session::new(&*gateway.control.ambient, owner, gateway.control.ambient.now(), 900);
        gateway.store.write(move |transaction| session.keep(transaction))
    };
    (0..SESSIONS_MAX).for_each(|_| keep("ada").unwrap());
    assert!(keep("ada").is_err(), "as many as one may have");
    keep("bob").unwrap();
    // Those that are over make room.
    let later = gateway.control.ambient.now() + 900;
    let owner = SessionOwner::User("ada".to_owned());
    let session = Session::new(&*gateway.control.ambient, owner, later, 900);
    gateway.store.write(move |transaction| session.keep(transaction)).unwrap();
    let left = gateway.store.read(|transaction| transaction.count::<Session>(Account::row()));
    assert_eq!(left.unwrap(), 1);
}
