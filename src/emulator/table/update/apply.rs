//! What a change makes of a table. It is done when it is answered; what the answer shows is what
//! the service shows while it is still at it (aws-tables-facts 1.9).

use super::{
    Change, IndexChange, IndexUpdate, Result, UpdateError, UpdateParameterError,
    capacity::{self, Of},
    error::LimitError,
};
use crate::emulator::table::{
    BillingMode, Definition, IndexDefinition, IndexStage, IndexState, Progress, State, Table,
    WarmThroughput, check::check_index, limits::GLOBAL_INDEXES,
};

/// A table after a change.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The table.
    pub table: Table,
    /// The table as the answer shows it.
    pub shown: Table,
    /// What the answer shows besides.
    pub progress: Progress,
    /// What happens to the entries of an index.
    pub moved: Option<Moved>,
}

/// An index that comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The index at this place of the new table has to be filled.
    Created(usize),
    /// The index at this place of the old table has to be emptied.
    Deleted(usize),
}

/// A change at work.
pub(super) struct Work<'a> {
    pub(super) table: &'a Table,
    pub(super) change: &'a Change,
    pub(super) now: u64,
    /// The region, in which limits are told to be.
    pub(super) region: &'a str,
    /// What becomes of the table.
    pub(super) new: (Definition, State),
    /// What the answer shows.
    pub(super) shown: (Definition, State),
    pub(super) progress: Progress,
}

impl Change {
    /// Applies the change. It is done whole or not at all.
    ///
    /// # Errors
    ///
    /// The first rule broken.
    pub fn apply(&self, table: &Table, now: u64, region: &str) -> Result<Applied> {
        if *self == (Self { attributes: self.attributes.clone(), ..Self::default() }) {
            return Err(UpdateError::Internal);
        }
        let both = (table.definition.clone(), table.state.clone());
        let mut work = Work {
            table,
            change: self,
            now,
            region,
            new: both.clone(),
            shown: both,
            progress: Progress { now, ..Progress::default() },
        };
        work.protection()?;
        work.class()?;
        work.encryption()?;
        work.stream()?;
        work.find_indexes()?;
        work.billing()?;
        work.on_demand()?;
        work.warm()?;
        let moved = work.indexes()?;
        let made = |(definition, state): (Definition, State)| {
            Table::new(definition, table.number, &table.id, &table.arn, table.created, state)
        };
        let (table, shown, progress) = (made(work.new), made(work.shown), work.progress);
        Ok(Applied { table, shown, progress, moved })
    }
}

impl Work<'_> {
    /// Whether the table is billed by request once the change is made.
    pub(super) fn on_demand_after(&self) -> bool {
        match self.change.billing {
            Some(mode) => mode == BillingMode::PayPerRequest,
            None => self.table.definition.is_on_demand(),
        }
    }

    /// Whether all indexes that are to change are there, and those to be created are not. That
    /// this comes before what is asked of them is inferred.
    fn find_indexes(&self) -> Result<()> {
        let global = self.table.definition.global.iter().flatten();
        let local = self.table.definition.local.iter().flatten();
        for change in &self.change.indexes {
            let name = change.name();
            let named = |index: &&IndexDefinition| *index.name == *name;
            let is_local = local.clone().any(|index| named(&index));
            let is_global = global.clone().any(|index| named(&index));
            let action = match change {
                IndexChange::Create(_) if is_local || is_global => {
                    return Err(UpdateError::IndexExists);
                }
                IndexChange::Create(_) => continue,
                IndexChange::Update(_) => "update",
                IndexChange::Delete(_) => "delete",
            };
            let index = Box::from(name);
            if is_local {
                return Err(UpdateError::NotGlobal { action, index });
            }
            if !is_global {
                return Err(match change {
                    // aws-tables-facts 1.8.
                    IndexChange::Update(update) if update.warm.is_some() => UpdateError::Internal,
                    _ => UpdateError::NoIndex { index, table: self.table.name.clone() },
                });
            }
        }
        match self.change.indexes.iter().filter(|change| !change.is_update()).count() {
            0 | 1 => Ok(()),
            _ => Err(LimitError::OneIndex.into()),
        }
    }

    fn indexes(&mut self) -> Result<Option<Moved>> {
        let mut moved = None;
        for change in &self.change.indexes {
            match change {
                IndexChange::Update(update) => self.update_index(update)?,
                IndexChange::Create(index) => moved = Some(self.create_index(index)?),
                IndexChange::Delete(name) => moved = self.delete_index(name),
            }
        }
        Ok(moved)
    }

    fn create_index(&mut self, index: &IndexDefinition) -> Result<Moved> {
        use UpdateParameterError as E;
        let Some(attributes) = &self.change.attributes else {
            return Err(E::NoAttributes(index.name.clone()).into());
        };
        check_index(&self.new.0, attributes, index)?;
        match (self.on_demand_after(), index.throughput) {
            (true, Some(_)) => return Err(E::IndexUnitsOnDemand(index.name.clone()).into()),
            (false, None) => return Err(E::IndexWithoutUnits(index.name.clone()).into()),
            _ => {}
        }
        let global = self.new.0.global.get_or_insert_default();
        if global.len() >= GLOBAL_INDEXES {
            return Err(LimitError::GlobalIndexes.into());
        }
        global.push(index.clone());
        // Of the attributes only those that are needed and new; one that is known keeps its type
        // (aws-facts 8.4, eu-west-2).
        for element in &index.key {
            let definition = attributes.iter().find(|(name, _)| *name == element.name);
            if let (Some(definition), None) = (definition, self.new.0.attribute(&element.name)) {
                self.new.0.attributes.push(definition.clone());
            }
        }
        self.new.0.attributes.sort_by(|left, right| left.0.cmp(&right.0));
        let slot = self.new.1.free_slot();
        self.new.1.indexes.push(IndexState { slot, ..IndexState::default() });
        // Beside changes of other indexes, which show what they were.
        self.shown.0.attributes.clone_from(&self.new.0.attributes);
        self.shown.0.global.get_or_insert_default().push(index.clone());
        self.shown.1.indexes.push(IndexState { slot, ..IndexState::default() });
        self.progress.table = true;
        self.progress.indexes.push((index.name.clone(), IndexStage::Creating));
        Ok(Moved::Created(self.new.1.indexes.len() - 1))
    }

    fn delete_index(&mut self, name: &str) -> Option<Moved> {
        let (place, _) = self.table.index(name)?;
        let place = usize::from(place);
        let global = self.new.0.global.as_mut()?;
        global.retain(|index| *index.name != *name);
        if global.is_empty() {
            self.new.0.global = None;
        }
        self.new.1.indexes.remove(place);
        let indexes = self.new.0.local.iter().chain(&self.new.0.global).flatten();
        let used: Vec<Box<str>> = indexes
            .flat_map(|index| &index.key)
            .chain(&self.new.0.key)
            .map(|element| element.name.clone())
            .collect();
        self.new.0.attributes.retain(|(name, _)| used.contains(name));
        self.progress.table = true;
        self.progress.indexes.push((name.into(), IndexStage::Deleting));
        Some(Moved::Deleted(place))
    }

    fn update_index(&mut self, update: &IndexUpdate) -> Result<()> {
        use UpdateParameterError as E;
        let name = &update.name;
        let on_demand = self.on_demand_after();
        let nothing =
            update.throughput.is_none() && update.on_demand.is_none() && update.warm.is_none();
        if on_demand && (nothing || update.throughput.is_some()) {
            return Err(E::OnlyOnDemand(name.clone()).into());
        }
        if nothing {
            // Inferred.
            return Err(E::NoIndexCapacity(name.clone()).into());
        }
        let of = Of { index: Some(name), region: self.region };
        let place = self.table.index(name).map_or(0, |(place, _)| usize::from(place));
        let (Some(new), Some(shown)) =
            (global(&mut self.new.0, name), global(&mut self.shown.0, name))
        else {
            return Ok(());
        };
        // A switch of the billing mode has set it already.
        let switched = self.table.definition.is_on_demand() != on_demand;
        if let (Some(units), false) = (update.throughput, switched) {
            if new.throughput == Some(units) {
                return Err(UpdateError::SameIndexCapacity { index: name.clone(), units });
            }
            let old = self.table.state.indexes.get(place).cloned().unwrap_or_default().capacity;
            let changed = capacity::count(old, new.throughput, units, self.now)?;
            if let Some(state) = self.new.1.indexes.get_mut(place) {
                state.capacity = changed;
            }
            if let Some(state) = self.shown.1.indexes.get_mut(place) {
                state.capacity = capacity::while_changing(old, changed, self.now);
            }
            new.warm = Some(capacity::warmer(new.warm, new.throughput, Some(units)));
            new.throughput = Some(units);
            self.progress.indexes.push((name.clone(), IndexStage::Updating));
        }
        if let Some(sent) = update.on_demand {
            let (kept, shown_now) = of.ceilings(new.on_demand, sent, on_demand)?;
            (new.on_demand, shown.on_demand) = (kept, Some(shown_now));
            self.progress.indexes.push((name.clone(), IndexStage::Updating));
        }
        if let Some(sent) = update.warm {
            new.warm = Some(of.warmth(WarmThroughput::effective(new.warm, new.throughput), sent)?);
            self.progress.warm.push(Some(name.clone()));
        }
        Ok(())
    }
}

/// The global index of that name.
pub(super) fn global<'a>(
    definition: &'a mut Definition,
    name: &str,
) -> Option<&'a mut IndexDefinition> {
    definition.global.iter_mut().flatten().find(|index| *index.name == *name)
}
