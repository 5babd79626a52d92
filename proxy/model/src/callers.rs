//! Who may sign calls of APIs: access keys, whose they are, and what the policies of their owners say.
//!
//! Compiled whenever identities change; a request looks a key up and evaluates policies. Secrets are not printed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use policy::{Decision, Policy, Request};

use crate::AccountId;

/// Access keys by their ids.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Callers {
    keys: HashMap<String, CallerKey>,
}

/// A key that calls are signed with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerKey {
    /// What signatures are made with.
    pub secret: Secret,
    /// Of a temporary key.
    pub session: Option<CallerSession>,
    /// Whose key it is.
    pub identity: Arc<CallerIdentity>,
}

/// How long a temporary key is good, and what is sent with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerSession {
    /// `X-Amz-Security-Token`
    pub token: Secret,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub expires: u64,
}

/// Somebody who signs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerIdentity {
    /// Whose identity it is: the account of the node.
    pub account: AccountId,
    /// `$context.identity.userArn`
    pub arn: String,
    /// `$context.identity.caller`: `AIDA...`, of a session of a role `AROA...:name`, of the account itself its number.
    pub id: String,
    /// By which `Principal` elements may name them, beside the account.
    pub names: Vec<String>,
    /// `aws:PrincipalArn`: of somebody who became a role, that of the role.
    pub principal_arn: String,
    /// What they are.
    pub kind: CallerKind,
    /// `aws:PrincipalTag/...`: keys in lower case.
    pub tags: Vec<(String, String)>,
    /// What they may do.
    pub permissions: Permissions,
    /// `aws:TokenIssueTime` of a temporary key.
    pub session_issued: Option<String>,
}

/// What signs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CallerKind {
    /// The account itself.
    Account,
    /// Somebody who became a role for a while.
    AssumedRole,
    /// A user.
    User {
        /// `aws:username`
        name: String,
    },
}

/// What somebody may do, as far as policies of their own say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Permissions {
    /// Everything.
    All,
    /// What policies allow, and, of a session that was given one, its policy as well.
    Policies {
        /// Of the user or role.
        policies: Vec<Arc<Policy>>,
        /// Of the session.
        session: Option<Arc<Policy>>,
    },
}

/// What nobody sees who prints what holds it.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Box<str>);

impl Callers {
    /// Adds a key.
    pub fn insert(&mut self, id: String, key: CallerKey) {
        self.keys.insert(id, key);
    }

    /// The key of an id.
    pub fn key(&self, id: &str) -> Option<&CallerKey> {
        self.keys.get(id)
    }
}

/// Why a key is not good as it was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InvalidSession {
    /// Its time is over.
    Over,
    /// It was sent with another token, without the one it has, or with one where it has none.
    WrongToken,
}

impl CallerKey {
    /// Whether it is good with the token that was sent. `now` is in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// That it is not.
    pub fn check_session(&self, token: Option<&str>, now: u64) -> Result<(), InvalidSession> {
        match (&self.session, token) {
            (None, None) => Ok(()),
            (Some(session), Some(token)) if session.token.reveal() == token => {
                if now < session.expires { Ok(()) } else { Err(InvalidSession::Over) }
            }
            (None | Some(_), _) => Err(InvalidSession::WrongToken),
        }
    }
}

impl CallerKind {
    /// `aws:PrincipalType`
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::AssumedRole => "AssumedRole",
            Self::User { .. } => "User",
        }
    }
}

impl Permissions {
    /// Whether the policy that a session was begun with lets it: where it does not, nothing that others
    /// grant to its role does (IAM User Guide, "Session policies").
    pub fn session_allows(&self, request: &Request<'_>) -> bool {
        match self {
            Self::Policies { session: Some(session), .. } => {
                session.evaluate(request) == Decision::Allow
            }
            _ => true,
        }
    }

    /// What the policies say together.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let Self::Policies { policies, session } = self else {
            return Decision::Allow;
        };
        let own = policy::evaluate_all(policies.iter().map(|policy| &**policy), request);
        match (own, session.as_ref().map(|session| session.evaluate(request))) {
            (decision, None | Some(Decision::Allow)) => decision,
            (Decision::ExplicitDeny, _) | (_, Some(Decision::ExplicitDeny)) => {
                Decision::ExplicitDeny
            }
            (Decision::Allow | Decision::ImplicitDeny, Some(Decision::ImplicitDeny)) => {
                Decision::ImplicitDeny
            }
        }
    }
}

impl Secret {
    /// Takes it.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// To use it, not to show it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl policy::ConditionContext for Nothing {
        fn values(&self, _: &str) -> policy::Values<'_> {
            policy::Values::Missing
        }
    }

    fn policy(effect: &str, resource: &str) -> Arc<Policy> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Action": "*", "Resource": "{resource}"}}]}}"#
        );
        Arc::new(Policy::parse_identity(&text).unwrap())
    }

    #[test]
    fn a_session_may_do_what_both_its_policies_allow() {
        let decide = |policies: &[(&str, &str)], session: Option<(&str, &str)>| {
            let policies = policies.iter().map(|(effect, resource)| policy(effect, resource));
            let session = session.map(|(effect, resource)| policy(effect, resource));
            let permissions = Permissions::Policies { policies: policies.collect(), session };
            permissions.decide(&Request {
                action: "execute-api:Invoke",
                context: &Nothing,
                principal: None,
                resource: "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/pets",
            })
        };
        let (all, others) = (("Allow", "*"), ("Allow", "arn:aws:s3:::*"));
        assert_eq!(decide(&[], None), Decision::ImplicitDeny);
        assert_eq!(decide(&[others, all], None), Decision::Allow);
        assert_eq!(decide(&[all, ("Deny", "*")], None), Decision::ExplicitDeny);
        assert_eq!(decide(&[all], Some(all)), Decision::Allow);
        assert_eq!(decide(&[all], Some(others)), Decision::ImplicitDeny);
        assert_eq!(decide(&[others], Some(all)), Decision::ImplicitDeny);
        assert_eq!(decide(&[all], Some(("Deny", "*"))), Decision::ExplicitDeny);
        assert_eq!(decide(&[("Deny", "*")], Some(others)), Decision::ExplicitDeny);
    }

    #[test]
    fn secrets_are_not_printed() {
        let account = AccountId::parse("123456789012").unwrap();
        let (arn, principal_arn, id, names, tags, session_issued) = Default::default();
        let (kind, permissions) = (CallerKind::Account, Permissions::All);
        let identity = CallerIdentity {
            account,
            arn,
            id,
            names,
            principal_arn,
            kind,
            tags,
            permissions,
            session_issued,
        };
        let session = CallerSession { token: Secret::new("hidden-token"), expires: 0 };
        let secret = Secret::new("hidden-secret");
        let key = CallerKey { secret, session: Some(session), identity: Arc::new(identity) };
        let mut callers = Callers::default();
        callers.insert("AKIA".to_owned(), key);
        let printed = format!("{callers:?}");
        assert!(printed.contains("AKIA") && !printed.contains("hidden"), "{printed}");
    }
}
