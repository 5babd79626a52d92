//! `cloneFrom`: what a new API takes over of another one.
//!
//! Everything but deployments, stages and documentation versions. Ids are new, and what names them is
//! changed with them.

use std::collections::HashMap;

use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use super::RestApi;
use crate::authorizer::Authorizer;
use crate::call::{Call, ID_LENGTH};
use crate::documentation::DocumentationPart;
use crate::gateway_response::GatewayResponse;
use crate::method::Method;
use crate::payload_model::PayloadModel;
use crate::refusal::Refusal;
use crate::request_validator::RequestValidator;
use crate::resource::Resource;

/// New ids by old ones.
type Ids = HashMap<String, String>;

/// Copies what `from` has to `to`, whose root resource is `root`.
pub(super) fn copy(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    from: Row<RestApi>,
    to: Row<RestApi>,
    root: &str,
) -> Result<(), Refusal> {
    let new_id = || call.new_id(ID_LENGTH);
    copy_each::<PayloadModel>(transaction, from, to, |model| model.set_id(new_id()))?;
    copy_each::<GatewayResponse>(transaction, from, to, |_| {})?;
    copy_each::<DocumentationPart>(transaction, from, to, |part| part.id = new_id())?;
    let mut ids = Ids::new();
    copy_each::<RequestValidator>(transaction, from, to, |validator| {
        renew(&mut ids, &mut validator.id, new_id());
    })?;
    copy_each::<Authorizer>(transaction, from, to, |authorizer| {
        renew(&mut ids, &mut authorizer.id, new_id());
    })?;
    copy_resources(call, transaction, from, to, root, ids)
}

/// Models of the copy refer to each other by its own id.
pub(super) fn refer_to_own_models(
    transaction: &WriteTransaction<'_>,
    from: &str,
    to: Row<RestApi>,
    id: &str,
) -> Result<(), Refusal> {
    for mut stored in transaction.list::<PayloadModel>(to)? {
        let schema = stored.document.schema.take();
        let place = |id: &str| format!("/restapis/{id}/models/");
        stored.document.schema = schema.map(|text| text.replace(&place(from), &place(id)));
        transaction.update(&stored)?;
    }
    Ok(())
}

fn copy_resources(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    from: Row<RestApi>,
    to: Row<RestApi>,
    root: &str,
    mut ids: Ids,
) -> Result<(), Refusal> {
    let resources = transaction.list::<Resource>(from)?;
    for resource in &resources {
        let is_root = resource.document.parent_id.is_none();
        let id = if is_root { root.to_owned() } else { call.new_id(ID_LENGTH) };
        ids.insert(resource.document.id.clone(), id);
    }
    for resource in resources {
        let mut copied = resource.document;
        copied.id = replaced(&ids, &copied.id);
        copied.parent_id = copied.parent_id.map(|parent| replaced(&ids, &parent));
        let row = match copied.parent_id {
            None => root_row(transaction, to, root)?,
            Some(_) => transaction.insert(to, &copied)?,
        };
        for method in transaction.list::<Method>(resource.row)? {
            transaction.insert(row, &copied_method(method, &ids))?;
        }
    }
    Ok(())
}

fn root_row(
    transaction: &ReadTransaction<'_>,
    api: Row<RestApi>,
    root: &str,
) -> Result<Row<Resource>, Refusal> {
    let stored = transaction.get::<Resource>(api, root)?;
    Ok(stored.ok_or_else(|| Refusal::internal("an API has no root resource"))?.row)
}

fn copied_method(stored: Stored<Method>, ids: &Ids) -> Method {
    let mut method = stored.document;
    let named = [&mut method.authorizer_id, &mut method.request_validator_id];
    for id in named.into_iter().flatten() {
        *id = replaced(ids, id);
    }
    if let Some(integration) = &mut method.method_integration {
        // By default it is the resource's id.
        integration.cache_namespace = replaced(ids, &integration.cache_namespace);
    }
    method
}

fn copy_each<D: Document<Owner = RestApi>>(
    transaction: &WriteTransaction<'_>,
    from: Row<RestApi>,
    to: Row<RestApi>,
    mut change: impl FnMut(&mut D),
) -> Result<(), Refusal> {
    for stored in transaction.list::<D>(from)? {
        let mut document = stored.document;
        change(&mut document);
        transaction.insert(to, &document)?;
    }
    Ok(())
}

fn renew(ids: &mut Ids, id: &mut String, new: String) {
    let old = std::mem::replace(id, new.clone());
    ids.insert(old, new);
}

fn replaced(ids: &Ids, id: &str) -> String {
    ids.get(id).map_or(id, String::as_str).to_owned()
}
