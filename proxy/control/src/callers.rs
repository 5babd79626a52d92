//! Who signs, from what the store has of identities: access keys with what the policies of their owners say.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use model::{
    AccountId, CallerIdentity, CallerKey, CallerKind, CallerSession, Callers, Permissions, Secret,
};
use policy::Policy;
use store::{Account, ReadTransaction, Store};

use crate::access_key::{AccessKey, KeyOwner};
use crate::authentication::Unauthorized;
use crate::call::Identity;
use crate::iam::date;
use crate::iam::entity::{self, Entity as _, Policies};
use crate::iam::policy::default_document;
use crate::iam::role::Role;
use crate::iam::user::User;
use crate::refusal::Refusal;
use crate::session::{Session, SessionOwner};

/// Every access key that is good, as they are at one moment.
///
/// # Errors
/// That the store cannot be read.
pub fn callers(store: &Store, identity: &Identity) -> Result<Callers, Refusal> {
    store.read(|transaction| {
        let mut compiler = Compiler::new(transaction, &identity.account);
        let mut callers = Callers::default();
        for key in transaction.list::<AccessKey>(Account::row())? {
            let id = key.document.id.clone();
            keep(&mut callers, id, compiler.key(key.document))?;
        }
        for session in transaction.list::<Session>(Account::row())? {
            let id = session.document.id.clone();
            keep(&mut callers, id, compiler.session_key(session.document))?;
        }
        Ok(callers)
    })
}

fn keep(
    callers: &mut Callers,
    id: String,
    key: Result<Option<CallerKey>, Unauthorized>,
) -> Result<(), Refusal> {
    match key {
        Ok(key) => key.into_iter().for_each(|key| callers.insert(id.clone(), key)),
        // What it denies, nobody knows.
        Err(Unauthorized::Policy(error)) => {
            tracing::error!(%id, %error, "an access key is void, as a policy cannot be read");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The key of an id, if it is good.
pub(crate) fn find(
    transaction: &ReadTransaction<'_>,
    account: &AccountId,
    id: &str,
) -> Result<Option<CallerKey>, Unauthorized> {
    let mut compiler = Compiler::new(transaction, account);
    if let Some(key) = transaction.get::<AccessKey>(Account::row(), id)? {
        return compiler.key(key.document);
    }
    match transaction.get::<Session>(Account::row(), id)? {
        Some(session) => compiler.session_key(session.document),
        None => Ok(None),
    }
}

/// What is compiled is compiled once.
struct Compiler<'t> {
    transaction: &'t ReadTransaction<'t>,
    account: &'t AccountId,
    /// Of users, by their unique ids; none of one that is not there any more.
    users: HashMap<String, Option<Arc<CallerIdentity>>>,
    /// By their texts.
    policies: HashMap<String, Arc<Policy>>,
}

impl<'t> Compiler<'t> {
    fn new(transaction: &'t ReadTransaction<'t>, account: &'t AccountId) -> Self {
        Self { transaction, account, users: HashMap::new(), policies: HashMap::new() }
    }

    fn key(&mut self, key: AccessKey) -> Result<Option<CallerKey>, Unauthorized> {
        if !key.is_active {
            return Ok(None);
        }
        let identity = match &key.owner {
            KeyOwner::Root => Some(Arc::new(self.root())),
            KeyOwner::User(id) => self.user(id)?,
        };
        let secret = Secret::new(key.secret);
        Ok(identity.map(|identity| CallerKey { secret, session: None, identity }))
    }

    fn session_key(&mut self, session: Session) -> Result<Option<CallerKey>, Unauthorized> {
        let identity = match &session.owner {
            SessionOwner::Role { role, id, session } => self.assumed(role, id, session)?,
            SessionOwner::Root => Some(self.root()),
            SessionOwner::User(id) => self.user(id)?.map(Arc::unwrap_or_clone),
        };
        let Some(mut identity) = identity else { return Ok(None) };
        identity.session_issued = Some(date::iso_8601(session.issued));
        if let (Permissions::Policies { session: of_session, .. }, Some(policy)) =
            (&mut identity.permissions, session.policy)
        {
            *of_session = Some(self.policy(policy)?);
        }
        Ok(Some(CallerKey {
            secret: Secret::new(session.secret),
            session: Some(CallerSession {
                token: Secret::new(session.token),
                expires: u64::try_from(session.expires).unwrap_or_default(),
            }),
            identity: Arc::new(identity),
        }))
    }

    fn root(&self) -> CallerIdentity {
        let arn = format!("arn:aws:iam::{}:root", self.account);
        CallerIdentity {
            account: self.account.clone(),
            principal_arn: arn.clone(),
            arn,
            id: self.account.to_string(),
            names: Vec::new(),
            kind: CallerKind::Account,
            tags: Vec::new(),
            permissions: Permissions::All,
            session_issued: None,
        }
    }

    fn user(&mut self, id: &str) -> Result<Option<Arc<CallerIdentity>>, Unauthorized> {
        if let Some(known) = self.users.get(id) {
            return Ok(known.clone());
        }
        let identity = match self.transaction.get::<User>(Account::row(), id)? {
            Some(user) => {
                let user = user.document;
                let arn = user.arn(self.account);
                let tags = user.tags.iter();
                Some(Arc::new(CallerIdentity {
                    account: self.account.clone(),
                    principal_arn: arn.clone(),
                    names: vec![arn.clone(), user.id.clone()],
                    arn,
                    id: user.id.clone(),
                    tags: tags
                        .map(|(key, value)| (key.to_ascii_lowercase(), value.clone()))
                        .collect(),
                    permissions: self.permissions(&user.policies)?,
                    kind: CallerKind::User { name: user.name },
                    session_issued: None,
                }))
            }
            None => None,
        };
        self.users.insert(id.to_owned(), identity.clone());
        Ok(identity)
    }

    /// Somebody who became the role of this name, if it still is the role that they became.
    fn assumed(
        &mut self,
        name: &str,
        id: &str,
        session: &str,
    ) -> Result<Option<CallerIdentity>, Unauthorized> {
        let role = entity::get::<Role>(self.transaction, name)?.map(|stored| stored.document);
        let Some(role) = role.filter(|role| role.id == id) else { return Ok(None) };
        let (arn, role_arn) = (role.session_arn(self.account, session), role.arn(self.account));
        let session_id = format!("{id}:{session}");
        let tags = role.tags.iter();
        Ok(Some(CallerIdentity {
            account: self.account.clone(),
            names: vec![arn.clone(), role_arn.clone(), id.to_owned(), session_id.clone()],
            principal_arn: role_arn,
            arn,
            id: session_id,
            kind: CallerKind::AssumedRole,
            tags: tags.map(|(key, value)| (key.to_ascii_lowercase(), value.clone())).collect(),
            permissions: self.permissions(role.policies())?,
            session_issued: None,
        }))
    }

    /// Of a user or role: its own policies, and those that are attached to it.
    fn permissions(&mut self, own: &Policies) -> Result<Permissions, Unauthorized> {
        let mut documents: Vec<String> = own.inline.values().cloned().collect();
        for arn in &own.attached {
            documents.extend(default_document(self.transaction, self.account, arn)?);
        }
        let policies = documents.into_iter().map(|document| self.policy(document));
        Ok(Permissions::Policies { policies: policies.collect::<Result<_, _>>()?, session: None })
    }

    fn policy(&mut self, document: String) -> Result<Arc<Policy>, Unauthorized> {
        Ok(match self.policies.entry(document) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(unknown) => {
                let policy = Policy::parse_identity(unknown.key()).map_err(Unauthorized::Policy)?;
                Arc::clone(unknown.insert(Arc::new(policy)))
            }
        })
    }
}
