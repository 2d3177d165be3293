//! What of a recorded or written answer there is to compare, looked at without comparing: a layer
//! that is offered and never compared is a gate that stands open.

use std::collections::BTreeSet;

use crate::{
    diff::Layer,
    wire::{
        Operation, Response,
        json::{Json, Kind, Value},
    },
};

/// The layers in which an answer can differ from this one.
#[must_use]
pub fn offered(operation: Option<Operation>, answer: &Response, exact: bool) -> BTreeSet<Layer> {
    let mut layers = BTreeSet::from([Layer::Status]);
    let Ok(json) = Json::parse(answer.body.clone()) else { return layers };
    if exact {
        layers.insert(Layer::Wire);
    }
    if !answer.status.is_success() {
        layers.extend([Layer::Type, Layer::Message]);
        return layers;
    }
    look(json.root(), exact, &mut layers);
    let items = json.root().get("Items");
    if operation == Some(Operation::Query) && items.is_some_and(|items| !items.is_empty()) {
        layers.insert(Layer::Order);
    }
    layers
}

fn look(value: Value<'_>, exact: bool, layers: &mut BTreeSet<Layer>) {
    match value.kind() {
        Kind::Object => {
            for (name, inner) in value.members() {
                layers.insert(Layer::Fields);
                if exact && name == "N" && inner.kind() == Kind::String && value.len() == 1 {
                    layers.insert(Layer::NumberText);
                }
                look(inner, exact, layers);
            }
        }
        Kind::Array => value.elements().for_each(|element| look(element, exact, layers)),
        _ => drop(layers.insert(Layer::Values)),
    }
}
