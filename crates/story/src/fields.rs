//! A field that several people set: which value stands, and which others nobody has seen together with it.
//!
//! A setting names the settings that its writer saw and replaced. So nobody's clock is asked whether two people knew of
//! each other; clocks decide only which of two values that were set apart is shown first.

use std::collections::HashSet;

use satchel_terms::{DeviceId, Hash};

/// One value, as one device set it.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<V> {
    /// The record.
    pub id: Hash,
    /// Whose device.
    pub device: DeviceId,
    /// Its place in that device's chain.
    pub seq: u64,
    /// The writer's hybrid time, as it stands in the record.
    pub time: u64,
    /// The settings that it replaced; none from a program that did not say: it counts as having seen all before it.
    pub over: Option<Vec<Hash>>,
    /// The value.
    pub value: V,
}

/// Where a field stands.
#[derive(Debug, PartialEq)]
pub struct Standing<'a, V> {
    /// The value that counts: the newest by the writers' clocks, then by device.
    pub value: &'a Setting<V>,
    /// Other values that were set without knowledge of it, newest first; each value once.
    pub others: Vec<&'a Setting<V>>,
    /// All settings that the next one replaces.
    pub heads: Vec<Hash>,
}

/// Folds the settings of one field. The order counts only for those that do not say what they replaced.
///
/// None when it was never set.
#[must_use]
pub fn standing<V: PartialEq>(settings: &[Setting<V>]) -> Option<Standing<'_, V>> {
    let mut seen: HashSet<Hash> = HashSet::new();
    for (place, one) in settings.iter().enumerate() {
        match &one.over {
            Some(over) => seen.extend(over.iter().filter(|id| **id != one.id)),
            None => seen.extend(settings[..place].iter().map(|before| before.id)),
        }
        // A device knows its own words.
        let own = settings.iter().filter(|other| other.device == one.device && other.seq < one.seq);
        seen.extend(own.map(|other| other.id));
    }
    let mut heads: Vec<_> = settings.iter().filter(|one| !seen.contains(&one.id)).collect();
    heads.sort_by_key(|one| std::cmp::Reverse((one.time, one.device, one.seq)));
    let (value, rest) = heads.split_first()?;
    let mut others: Vec<&Setting<V>> = Vec::new();
    for one in rest {
        if one.value != value.value && others.iter().all(|other| other.value != one.value) {
            others.push(one);
        }
    }
    Some(Standing { value, others, heads: heads.iter().map(|one| one.id).collect() })
}
