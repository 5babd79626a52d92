//! Who may sign calls of APIs, from what the store has of identities.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use model::{AccountId, CallerIdentity, CallerKey, CallerKind, Callers, Permissions, Secret};
use policy::{InvalidPolicy, Policy};
use store::{Account, ReadTransaction, Store, StoreError};

use crate::access_key::{AccessKey, KeyOwner};
use crate::call::Identity;
use crate::iam::entity::Policies;
use crate::iam::policy::default_document;
use crate::iam::user::User;
use crate::refusal::Refusal;

/// Every access key that is good, with what the policies of its owner say, as they are at one moment.
///
/// # Errors
/// That the store cannot be read.
pub fn callers(store: &Store, identity: &Identity) -> Result<Callers, Refusal> {
    store.read(|transaction| {
        let users = transaction.list::<User>(Account::row())?;
        let users = users.into_iter().map(|user| (user.document.id.clone(), user.document));
        let mut compiler = Compiler {
            transaction,
            account: &identity.account,
            users: users.collect(),
            identities: HashMap::new(),
            policies: HashMap::new(),
        };
        let mut callers = Callers::default();
        for key in transaction.list::<AccessKey>(Account::row())? {
            let key = key.document;
            if let Some(identity) = compiler.owner(&key)?.filter(|_| key.is_active) {
                let secret = Secret::new(key.secret);
                callers.insert(key.id, CallerKey { secret, session: None, identity });
            }
        }
        Ok(callers)
    })
}

/// What is compiled is compiled once.
struct Compiler<'t> {
    transaction: &'t ReadTransaction<'t>,
    account: &'t AccountId,
    /// By their unique ids.
    users: HashMap<String, User>,
    /// The same; none for one that has a policy which cannot be read.
    identities: HashMap<String, Option<Arc<CallerIdentity>>>,
    /// By their texts.
    policies: HashMap<String, Arc<Policy>>,
}

impl Compiler<'_> {
    /// Whose key it is; none if nobody may use it.
    fn owner(&mut self, key: &AccessKey) -> Result<Option<Arc<CallerIdentity>>, StoreError> {
        match &key.owner {
            KeyOwner::Root => Ok(Some(Arc::new(self.root()))),
            KeyOwner::User(id) => {
                if let Some(known) = self.identities.get(id) {
                    return Ok(known.clone());
                }
                let Some(user) = self.users.remove(id) else { return Ok(None) };
                let identity = self.user(&user)?.map(Arc::new);
                self.identities.insert(id.clone(), identity.clone());
                Ok(identity)
            }
        }
    }

    fn root(&self) -> CallerIdentity {
        CallerIdentity {
            account: self.account.clone(),
            arn: format!("arn:aws:iam::{}:root", self.account),
            id: self.account.to_string(),
            names: Vec::new(),
            kind: CallerKind::Account,
            tags: Vec::new(),
            permissions: Permissions::All,
        }
    }

    fn user(&mut self, user: &User) -> Result<Option<CallerIdentity>, StoreError> {
        let arn = user.arn(self.account);
        let policies = match self.policies(&user.policies)? {
            Ok(policies) => policies,
            // What it denies, nobody knows.
            Err(error) => {
                tracing::error!(%arn, %error, "keys are void, as a policy cannot be read");
                return Ok(None);
            }
        };
        let tags = user.tags.iter().map(|(key, value)| (key.to_ascii_lowercase(), value.clone()));
        Ok(Some(CallerIdentity {
            account: self.account.clone(),
            names: vec![arn.clone(), user.id.clone()],
            arn,
            id: user.id.clone(),
            kind: CallerKind::User { name: user.name.clone() },
            tags: tags.collect(),
            permissions: Permissions::Policies { policies, session: None },
        }))
    }

    /// Of a user or role: its own, and those that are attached to it.
    fn policies(
        &mut self,
        own: &Policies,
    ) -> Result<Result<Vec<Arc<Policy>>, InvalidPolicy>, StoreError> {
        let mut documents: Vec<String> = own.inline.values().cloned().collect();
        for arn in &own.attached {
            documents.extend(default_document(self.transaction, self.account, arn)?);
        }
        Ok(documents.into_iter().map(|document| self.policy(document)).collect())
    }

    fn policy(&mut self, document: String) -> Result<Arc<Policy>, InvalidPolicy> {
        Ok(match self.policies.entry(document) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(unknown) => {
                let policy = Policy::parse_identity(unknown.key())?;
                Arc::clone(unknown.insert(Arc::new(policy)))
            }
        })
    }
}
