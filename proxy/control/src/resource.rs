//! Resources: the tree of an API's paths.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{PathTemplate, RESOURCES_MAX};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire};
use crate::call::{Call, ID_LENGTH};
use crate::input::shown;
use crate::method::Method;
use crate::page;
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;

/// One path of an API.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resource {
    pub(crate) id: String,
    /// None for the root.
    pub(crate) parent_id: Option<String>,
    path_part: Option<String>,
    pub(crate) path: String,
}

impl Document for Resource {
    type Owner = RestApi;
    const KIND: &'static str = "resource";

    fn id(&self) -> &str {
        &self.id
    }

    /// A parent has each path part once.
    fn alias(&self) -> Option<String> {
        Some(format!("{}/{}", self.parent_id.as_ref()?, self.path_part.as_ref()?))
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateResource", Handler::Write(create)),
    ("DeleteResource", Handler::Write(delete)),
    ("GetResource", Handler::Read(get)),
    ("GetResources", Handler::Read(list)),
    ("UpdateResource", Handler::Write(update)),
];

const RULES: &[Rule] =
    &[rule("/parentId", REPLACE, Target::Text), rule("/pathPart", REPLACE, Target::Text)];

/// The resource that a call is about.
pub(crate) fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<Resource>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    by_id(transaction, api.row, call.input.required("resourceId"))
}

fn by_id(
    transaction: &ReadTransaction<'_>,
    api: Row<RestApi>,
    id: &str,
) -> Result<Stored<Resource>, Refusal> {
    let found = transaction.get(api, id)?;
    found.ok_or_else(|| Refusal::not_found("Invalid Resource identifier specified"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let parent = by_id(transaction, api.row, call.input.required("parentId"))?.document;
    let path_part = call.input.required("pathPart");
    let siblings = transaction.list::<Resource>(api.row)?;
    if siblings.len() >= RESOURCES_MAX {
        return Err(Refusal::limit_exceeded(format!(
            "Maximum number of resources for this API has been reached: {RESOURCES_MAX}"
        )));
    }
    let resource = Resource {
        id: call.new_id(ID_LENGTH),
        parent_id: Some(parent.id.clone()),
        path_part: Some(path_part.to_owned()),
        path: parent.child_path(path_part),
    };
    resource.check(&parent, &siblings)?;
    transaction.insert(api.row, &resource)?;
    Answer::of(&resource)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    Ok(Answer::Json(show(call, transaction, stored)?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let show = |stored| show(call, transaction, stored);
    page::list::<Resource>(call, transaction, api.row, |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut stored = by_id(transaction, api.row, call.input.required("resourceId"))?;
    let operations = PatchOperation::read(call)?;
    let before = stored.document.clone();
    let mut after: Resource = patch::apply(&before, &operations, RULES, Wording::Listing)?;
    if !operations.is_empty() {
        let (Some(parent_id), Some(path_part)) = (&after.parent_id, &after.path_part) else {
            return Err(root_cannot_change());
        };
        if before.parent_id.is_none() {
            return Err(root_cannot_change());
        }
        let all = transaction.list::<Resource>(api.row)?;
        if subtree(&all, &before.id).contains(parent_id) {
            return Err(Refusal::bad_request("Resources cannot be cyclical."));
        }
        let parent = by_id(transaction, api.row, parent_id)?.document;
        after.path = parent.child_path(path_part);
        after.check(&parent, &all)?;
        stored.document = after;
        transaction.update(&stored)?;
        move_children(transaction, &all, &before, &stored.document)?;
    }
    Ok(Answer::Json(show(call, transaction, stored)?))
}

fn root_cannot_change() -> Refusal {
    Refusal::bad_request("Root resource cannot update its pathPart.")
}

/// Gives what is below a resource that moved its new paths.
fn move_children(
    transaction: &WriteTransaction<'_>,
    all: &[Stored<Resource>],
    before: &Resource,
    after: &Resource,
) -> Result<(), Refusal> {
    let below = subtree(all, &before.id);
    for child in all.iter().filter(|child| below.contains(&child.document.id)) {
        let rest = child.document.path.strip_prefix(&before.path).filter(|rest| !rest.is_empty());
        if let Some(rest) = rest {
            let mut child = child.clone();
            child.document.path = format!("{}{rest}", after.path);
            child.document.check_path()?;
            transaction.update(&child)?;
        }
    }
    Ok(())
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = by_id(transaction, api.row, call.input.required("resourceId"))?;
    if stored.document.parent_id.is_none() {
        return Err(Refusal::bad_request("Root resource cannot be deleted"));
    }
    let all = transaction.list::<Resource>(api.row)?;
    let gone = subtree(&all, &stored.document.id);
    for resource in all.iter().filter(|resource| gone.contains(&resource.document.id)) {
        transaction.delete(resource.row)?;
    }
    Ok(Answer::Empty)
}

/// The ids of a resource and of all below it.
fn subtree(all: &[Stored<Resource>], id: &str) -> HashSet<String> {
    let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
    for resource in all.iter().map(|stored| &stored.document) {
        if let Some(parent) = &resource.parent_id {
            children.entry(parent).or_default().push(&resource.id);
        }
    }
    let mut found = HashSet::new();
    let mut left = vec![id];
    while let Some(id) = left.pop() {
        left.extend(children.get(id).into_iter().flatten());
        found.insert(id.to_owned());
    }
    found
}

impl Resource {
    pub(crate) fn root(id: &str) -> Self {
        Self { id: id.to_owned(), parent_id: None, path_part: None, path: "/".to_owned() }
    }

    fn child_path(&self, path_part: &str) -> String {
        format!("{}/{path_part}", self.path.trim_end_matches('/'))
    }

    /// `/pets/GET`: as errors name a method.
    pub(crate) fn method_path(&self, verb: &str) -> String {
        self.child_path(verb)
    }

    fn is_variable(&self) -> bool {
        self.path_part.as_ref().is_some_and(|part| part.starts_with('{'))
    }

    /// Whether it can stand below `parent`, among all resources of the API.
    fn check(&self, parent: &Self, all: &[Stored<Self>]) -> Result<(), Refusal> {
        let path_part = self.path_part.as_deref().unwrap_or_default();
        if let Some(greedy) = parent.path_part.as_ref().filter(|part| part.ends_with("+}")) {
            return Err(Refusal::bad_request(format!(
                "Cannot create a child of a resource with a greedy path variable: {greedy}"
            )));
        }
        check_path_part(path_part)?;
        let siblings = all
            .iter()
            .map(|stored| &stored.document)
            .filter(|other| other.parent_id == self.parent_id && other.id != self.id);
        for sibling in siblings {
            if sibling.path_part == self.path_part {
                return Err(Refusal::conflict(format!(
                    "Another resource with the same parent already has this name: {path_part}"
                )));
            }
            if sibling.is_variable() && self.is_variable() {
                return Err(Refusal::bad_request(format!(
                    "A sibling ({}) of this resource already has a variable path part -- only one \
                     is allowed",
                    sibling.path_part.as_deref().unwrap_or_default()
                )));
            }
        }
        self.check_path()
    }

    /// A variable may be in a path once.
    fn check_path(&self) -> Result<(), Refusal> {
        PathTemplate::parse(&self.path).map(drop).map_err(|error| {
            Refusal::bad_request(format!("The path {} {error}", shown(&self.path)))
        })
    }
}

fn check_path_part(path_part: &str) -> Result<(), Refusal> {
    let is_one = !path_part.contains('/')
        && PathTemplate::parse(&format!("/{path_part}"))
            .is_ok_and(|path| path.segments().len() == 1);
    if is_one {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly \
         braces at the beginning and the end.",
    ))
}

/// With its methods: whole if the call asks for them, else only which there are.
fn show(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    stored: Stored<Resource>,
) -> Result<Value, Refusal> {
    let is_embedded = call.input.texts("embed").iter().any(|embedded| embedded == "methods");
    let mut methods = BTreeMap::new();
    for method in transaction.list::<Method>(stored.row)? {
        let shown = if is_embedded { method.document.show()? } else { json!({}) };
        methods.insert(method.document.http_method, shown);
    }
    let mut value = to_wire(&stored.document)?;
    if !methods.is_empty() {
        value["resourceMethods"] = to_wire(&methods)?;
    }
    Ok(value)
}
