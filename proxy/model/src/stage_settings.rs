//! Settings of a stage's methods, which take effect without another deployment.
//!
//! Source: REST API Reference, `MethodSetting`.

use std::collections::HashMap;

use crate::{Deployment, Verb};

/// What the methods of a stage are set to, by resource path and HTTP method.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageSettings {
    /// `*/*`: of every method that has no settings of its own.
    pub every_method: MethodSettings,
    /// Settings of one method, such as of `/pets/{id}` and GET; the last of several wins.
    pub methods: Vec<(String, Verb, MethodSettings)>,
}

/// What one method of a stage is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MethodSettings {
    /// `dataTraceEnabled`: what happens to a request is kept, with its payloads.
    pub data_trace: bool,
}

/// Settings by what a request was routed to. Those of methods that the deployment does not have are
/// left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoutedSettings {
    every_method: MethodSettings,
    /// By the position of the resource.
    methods: HashMap<(usize, Verb), MethodSettings>,
}

impl RoutedSettings {
    pub(crate) fn new(settings: &StageSettings, deployment: &Deployment) -> Self {
        let resources = &deployment.api().resources;
        let methods = settings.methods.iter().filter_map(|(path, verb, settings)| {
            let resource = resources.iter().position(|resource| resource.path.as_str() == path)?;
            Some(((resource, *verb), *settings))
        });
        Self { every_method: settings.every_method, methods: methods.collect() }
    }

    pub(crate) fn of(&self, resource: usize, verb: Verb) -> &MethodSettings {
        if self.methods.is_empty() {
            return &self.every_method;
        }
        self.methods.get(&(resource, verb)).unwrap_or(&self.every_method)
    }
}
