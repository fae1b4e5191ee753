//! What follows from how schemas lead to each other: that none holds for a value without end, which objects may be
//! closed to further keys, and the keys that a payload should have.

use std::collections::HashSet;

use super::limits::{DEEPEST_IN_PLACE, MOST_IN_PLACE};
use super::schema_error::SchemaError;
use super::subschemas::{Edge, Subschema, Subschemas};

impl Subschema {
    /// The ways to schemas that hold for the same value, with their tokens.
    fn in_place(&self) -> impl Iterator<Item = (&str, usize)> {
        self.edges.iter().filter(|(_, edge)| !edge.is_within).map(|(token, edge)| (token.as_str(), edge.to))
    }
}

impl Subschemas {
    /// The schemas in an order in which each stands before those that hold for the same value because of it.
    ///
    /// # Errors
    /// Some hold because of themselves, or for one value more than the limits allow.
    pub fn ordered(&self) -> Result<Vec<usize>, SchemaError> {
        let mut waiting = vec![0_usize; self.all.len()];
        self.all.iter().flat_map(Subschema::in_place).for_each(|(_, to)| waiting[to] += 1);
        let mut order: Vec<usize> = (0..waiting.len()).filter(|place| waiting[*place] == 0).collect();
        let mut next = 0;
        while let Some(place) = order.get(next).copied() {
            next += 1;
            for (_, to) in self.all[place].in_place() {
                waiting[to] -= 1;
                order.extend((waiting[to] == 0).then_some(to));
            }
        }
        match waiting.iter().position(|waiting| *waiting > 0) {
            Some(place) => Err(SchemaError::Cycle { place: self.all[place].pointer.clone() }),
            None => self.sparse(&order).map(|()| order),
        }
    }

    /// Checks how many schemas hold for one value.
    fn sparse(&self, order: &[usize]) -> Result<(), SchemaError> {
        let mut sizes = vec![(1_usize, 1_usize); self.all.len()];
        for place in order.iter().rev().copied() {
            for (_, to) in self.all[place].in_place() {
                let (depth, count) = sizes[to];
                sizes[place].0 = sizes[place].0.max(depth + 1);
                sizes[place].1 += count;
            }
            if sizes[place].0 > DEEPEST_IN_PLACE || sizes[place].1 > MOST_IN_PLACE {
                return Err(SchemaError::Dense { place: self.all[place].pointer.clone() });
            }
        }
        Ok(())
    }

    /// Pointers to the schemas that name all keys of their objects and leave others open. Those that only with others
    /// make up what an object has, by `allOf` and the like, are not among them.
    pub fn closable(&self, order: &[usize]) -> Vec<&str> {
        let mut is_part = vec![false; self.all.len()];
        for place in order.iter().copied() {
            let subschema = &self.all[place];
            let is_joined = is_part[place] || !subschema.properties.is_empty();
            let several = subschema.in_place().count() > 1;
            for (token, to) in subschema.in_place() {
                let is_choice = ["$ref", "$dynamicRef", "$recursiveRef", "anyOf", "oneOf"]
                    .iter()
                    .any(|keyword| token.split('/').next() == Some(keyword));
                is_part[to] |= is_joined || several && !is_choice;
            }
        }
        let mut names_more = vec![false; self.all.len()];
        for place in order.iter().rev().copied() {
            let names = |(_, to): (&str, usize)| names_more[to] || !self.all[to].properties.is_empty();
            names_more[place] = self.all[place].in_place().any(names);
        }
        let is_closable = |place: &usize| {
            let subschema = &self.all[*place];
            subschema.is_open && !subschema.properties.is_empty() && !is_part[*place] && !names_more[*place]
        };
        (0..self.all.len()).filter(is_closable).map(|place| self.all[place].pointer.as_str()).collect()
    }

    /// The properties of the objects that a payload is or lists, in their order.
    pub fn keys(&self) -> Vec<String> {
        let (mut seen, mut to_see) = (HashSet::new(), vec![0]);
        while let Some(place) = to_see.pop() {
            let subschema = &self.all[place];
            if !subschema.properties.is_empty() {
                let mut keys: Vec<_> = subschema.properties.iter().collect();
                keys.sort_by_key(|(_, place)| **place);
                return keys.into_iter().map(|(key, _)| key.clone()).collect();
            }
            if seen.insert(place) {
                let ways = ["items", "oneOf/1", "oneOf/0", "anyOf/1", "anyOf/0", "allOf/0", "$ref"];
                to_see.extend(ways.iter().filter_map(|way| subschema.edges.get(*way)).map(|edge: &Edge| edge.to));
            }
        }
        Vec::new()
    }
}
