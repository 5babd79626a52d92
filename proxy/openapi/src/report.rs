//! The errors of a document, collected while it is read.
//!
//! Whoever finds an error adds it here and answers None; readers go on with the rest, so that one
//! pass finds all. None without an error is a bug of ours, which [`Report::finish`] still reports.

use std::cell::RefCell;

use model::ConfigError;

use crate::nearest_name::NearestName;

/// A document of nothing but mistakes must not fill the memory: beyond this, errors are counted.
const ERRORS_MAX: usize = 1_000;

/// The errors found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    found: RefCell<Found>,
    names: NearestName,
}

#[derive(Debug, Default)]
struct Found {
    errors: Vec<ConfigError>,
    omitted: usize,
}

impl Report {
    /// Adds one.
    pub(crate) fn add(&self, place: &str, problem: impl Into<String>) {
        let mut found = self.found.borrow_mut();
        if found.errors.len() < ERRORS_MAX {
            found.errors.push(ConfigError::new(place, problem));
        } else {
            found.omitted += 1;
        }
    }

    /// What unknown names may mean.
    pub(crate) fn names(&self) -> &NearestName {
        &self.names
    }

    /// What was read, if nothing was wrong with it.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<ConfigError>> {
        let Found { mut errors, omitted } = self.found.into_inner();
        if omitted > 0 {
            let problem = format!("has {omitted} errors more; mend these first");
            errors.push(ConfigError::new("the document", problem));
        }
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            None if errors.is_empty() => {
                let problem =
                    "could not be read and the reason was lost, which is a bug of Edgeway";
                Err(vec![ConfigError::new("the document", problem)])
            }
            Some(_) | None => Err(errors),
        }
    }
}
