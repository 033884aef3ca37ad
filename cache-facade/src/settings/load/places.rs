//! What a stronger place takes from weaker ones beyond the keys that it sets itself.

use super::layer::Layer;
use crate::settings::table::{ALTERNATIVES, CONFIG, NAMESPACE, Setting, TYPE};

/// The layers of all places, given the weakest first. A later layer is the stronger.
pub(super) fn stacked(places: impl IntoIterator<Item = Vec<Layer>>) -> Vec<Layer> {
    let mut places: Vec<_> = places.into_iter().collect();
    let backend = named_type(places.iter().flatten()).unwrap_or_else(|| TYPE.default.to_owned());
    let mut stack: Vec<Layer> = Vec::new();
    for (index, place) in places.iter_mut().enumerate() {
        switch_type(&mut stack, place);
        replace_alternatives(&mut stack, place, &backend);
        // In the weakest place there is none to take back: an empty name is a mistake there.
        if index > 0 {
            take_namespace_back(&mut stack, place);
        }
        stack.append(place);
    }
    stack
}

/// What `config` holds is for a type. What another type was given cannot be meant.
fn switch_type(weaker: &mut [Layer], stronger: &[Layer]) {
    let (before, now) = (named_type(weaker.iter()), named_type(stronger));
    if now.is_some() && before.is_some() && before != now {
        remove(weaker, CONFIG);
    }
}

/// A cache has one bound, and a server one address: one takes the place of the other.
fn replace_alternatives(weaker: &mut [Layer], stronger: &[Layer], backend: &str) {
    let has = |side: &[Setting]| {
        side.iter().any(|setting| {
            setting.is_of(backend) && stronger.iter().any(|layer| layer.has(setting.key))
        })
    };
    for sides in ALTERNATIVES {
        for (chosen, _) in sides.iter().enumerate().filter(|(_, side)| has(side)) {
            let others = sides.iter().enumerate().filter(|(other, _)| *other != chosen);
            let settings = others.flat_map(|(_, side)| side.iter());
            settings.for_each(|setting| remove(weaker, setting.key));
        }
    }
}

/// An empty name is none.
fn take_namespace_back(weaker: &mut [Layer], stronger: &mut [Layer]) {
    if stronger.iter().any(|layer| layer.text(NAMESPACE.key) == Some("")) {
        remove(weaker, NAMESPACE.key);
        remove(stronger, NAMESPACE.key);
    }
}

fn named_type<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Option<String> {
    layers.into_iter().filter_map(|layer| layer.text(TYPE.key)).last().map(str::to_owned)
}

fn remove(layers: &mut [Layer], path: &str) {
    layers.iter_mut().for_each(|layer| layer.remove(path));
}
