//! Which keys are in which plans, read once where many keys are looked at: a file of them, or those of a
//! plan that changes.

use std::collections::HashMap;

use store::{Account, ReadTransaction, Stored, WriteTransaction};

use super::{UsagePlan, UsagePlanKey, conflict, unknown_plan};
use crate::api_key::ApiKey;
use crate::call::Call;
use crate::refusal::Refusal;

/// Every plan with its keys.
pub(crate) struct Members {
    plans: Vec<Stored<UsagePlan>>,
    /// The positions of its plans, by the id of a key.
    of_key: HashMap<String, Vec<usize>>,
}

impl Members {
    pub(crate) fn read(transaction: &ReadTransaction<'_>) -> Result<Self, Refusal> {
        let plans = transaction.list::<UsagePlan>(Account::row())?;
        let mut of_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, plan) in plans.iter().enumerate() {
            for key in transaction.list::<UsagePlanKey>(plan.row)? {
                of_key.entry(key.document.id).or_default().push(position);
            }
        }
        Ok(Self { plans, of_key })
    }

    /// Puts a key into a plan, unless it is there.
    pub(crate) fn add(
        &mut self,
        call: &Call,
        transaction: &WriteTransaction<'_>,
        plan: &str,
        key: &ApiKey,
    ) -> Result<(), Refusal> {
        let position = self.plans.iter().position(|known| known.document.id == plan);
        let position = position.ok_or_else(unknown_plan)?;
        if self.of_key.get(&key.id).is_some_and(|plans| plans.contains(&position)) {
            return Ok(());
        }
        let plan = &self.plans[position];
        self.check(&plan.document, &key.id)?;
        transaction.insert(plan.row, &UsagePlanKey::new(&key.id, call.now))?;
        self.of_key.entry(key.id.clone()).or_default().push(position);
        Ok(())
    }

    /// Refuses a key of a plan that is in another one with a stage of it.
    pub(super) fn check(&self, plan: &UsagePlan, key: &str) -> Result<(), Refusal> {
        let others = self.of_key.get(key).into_iter().flatten();
        let mut others = others.map(|position| &self.plans[*position].document);
        match others.find(|other| other.conflicts_with(plan)) {
            Some(other) => Err(conflict(key, other, plan)),
            None => Ok(()),
        }
    }
}
