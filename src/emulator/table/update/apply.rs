//! What a change makes of a table: what changes at once, and the jobs that bring the rest.

use super::{
    Change, GroupError, IndexChange, IndexUpdate, Result, UpdateError, UpdateParameterError,
    capacity::{self, Of},
    error::LimitError,
};
use crate::emulator::{
    figures::Figures,
    table::{
        BillingMode, Definition, IndexDefinition, IndexState, Job, Scaling, ScalingPolicy, State,
        Step, Table, Task, Timing, check::check_index, job::Dying, limits::GLOBAL_INDEXES,
    },
};

/// What settings replication is between the tables of a group, and of no table alone.
const WITH_OVERRIDES: &str = "ENABLED_WITH_OVERRIDES";

/// When and where a change is made.
#[derive(Clone, Copy, Debug)]
pub struct When<'a> {
    /// Milliseconds since 1970.
    pub now: u64,
    /// How long it takes.
    pub timing: &'a Timing,
    /// The region, in which limits are told to be.
    pub region: &'a str,
}

/// A table after a change.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The table, with the jobs that the change began.
    pub table: Table,
    /// The table as the answer shows it.
    pub shown: Table,
    /// The status that the answer tells, if it is not the table's.
    pub status: Option<&'static str>,
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
    /// The vector index at this place of the new table has to be filled.
    VectorCreated(usize),
    /// The vector index at this place of the old table has to be emptied.
    VectorDeleted(usize),
}

/// A change at work.
pub(super) struct Work<'a> {
    pub(super) table: &'a Table,
    pub(super) figures: &'a Figures,
    pub(super) change: &'a Change,
    pub(super) when: When<'a>,
    /// What becomes of the table at once.
    pub(super) definition: Definition,
    pub(super) state: State,
    /// What the answer shows of it, if that is something else.
    pub(super) echo: Option<Definition>,
    /// The status that the answer tells, if it is not the table's.
    pub(super) status: Option<&'static str>,
}

impl Change {
    /// Applies the change to a table that holds so much. It is done whole or not at all.
    ///
    /// # Errors
    ///
    /// The first rule broken.
    pub fn apply(&self, table: &Table, figures: &Figures, when: When<'_>) -> Result<Applied> {
        if *self == (Self { attributes: self.attributes.clone(), ..Self::default() }) {
            return Err(UpdateError::Internal);
        }
        if table.state.group.is_none() && self.settings_mode.as_deref() == Some(WITH_OVERRIDES) {
            return Err(UpdateError::SettingsMode);
        }
        if table.state.group.is_some() && matches!(self.stream, Some((false, _))) {
            return Err(GroupError::StreamNeeded.into());
        }
        for call in self.calls(table) {
            table.admit(call, when.now)?;
        }
        let mut work = Work {
            table,
            figures,
            change: self,
            when,
            definition: table.definition.clone(),
            state: table.state.clone(),
            echo: None,
            status: None,
        };
        work.protection()?;
        work.class()?;
        work.encryption()?;
        work.stream()?;
        work.find_indexes()?;
        work.find_vectors()?;
        work.stays_on_demand()?;
        work.billing()?;
        work.on_demand()?;
        work.warm()?;
        // Of both kinds there is at most one that comes or goes.
        let moved = work.indexes()?.or(work.vectors()?);
        let made = |definition, state| {
            Table::new(definition, table.number, &table.id, &table.arn, table.created, state)
        };
        let Work { definition, state, echo, status, .. } = work;
        let shown = made(echo.unwrap_or_else(|| definition.clone()), state.clone());
        Ok(Applied { table: made(definition, state), shown, status, moved })
    }
}

impl Work<'_> {
    /// Notes a job that begins now.
    pub(super) fn start(&mut self, step: Step, task: Task) {
        let since = self.when.now;
        let until = self.when.timing.end(step, since);
        self.state.jobs.push(Job { task, since, until });
    }

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
                IndexChange::Create(_)
                    if is_local || is_global || self.table.vector(name).is_some() =>
                {
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
        self.check_no_vector(&index.key)?;
        check_index(&self.definition, attributes, index)?;
        match (self.on_demand_after(), index.throughput) {
            (true, Some(_)) => return Err(E::IndexUnitsOnDemand(index.name.clone()).into()),
            (false, None) => return Err(E::IndexWithoutUnits(index.name.clone()).into()),
            _ => {}
        }
        self.scale_index(&index.name)?;
        let global = self.definition.global.get_or_insert_default();
        if global.len() >= GLOBAL_INDEXES {
            return Err(LimitError::GlobalIndexes.into());
        }
        global.push(index.clone());
        // Of the attributes only those that are needed and new; one that is known keeps its type
        // (aws-facts 8.4, eu-west-2).
        for element in &index.key {
            let definition = attributes.iter().find(|(name, _)| *name == element.name);
            if let (Some(definition), None) = (definition, self.definition.attribute(&element.name))
            {
                self.definition.attributes.push(definition.clone());
            }
        }
        self.definition.attributes.sort_by(|left, right| left.0.cmp(&right.0));
        let slot = self.state.free_slot();
        self.state.indexes.push(IndexState { slot, ..IndexState::default() });
        let (since, timing) = (self.when.now, self.when.timing);
        let allocated = timing.end(Step::AllocateIndex, since);
        let until = timing.end(Step::FillIndex, allocated);
        let task = Task::CreateIndex { index: index.name.clone(), allocated };
        self.state.jobs.push(Job { task, since, until });
        Ok(Moved::Created(self.state.indexes.len() - 1))
    }

    /// In a group whose capacity is provisioned the writes of each index scale, those of a new one
    /// between 1 and 10 units (aws-service-facts 11.3).
    fn scale_index(&mut self, name: &str) -> Result<()> {
        if self.table.state.group.is_none() || self.on_demand_after() {
            return Ok(());
        }
        let scaling = &mut self.state.scaling;
        let known = self.table.definition.global.iter().flatten();
        for index in known {
            if !scaling.iter().any(|known| known.is_of(Some(&index.name), true)) {
                return Err(GroupError::IndexNotScaled.into());
            }
        }
        let policy = ScalingPolicy {
            name: format!(
                "DynamoDBWriteCapacityUtilization:table/{}/index/{name}",
                self.table.name
            )
            .into(),
            target: "70.0".into(),
            ..ScalingPolicy::default()
        };
        let index = Some(name.into());
        scaling.push(Scaling { index, writes: true, least: 1, most: 10, policy });
        Ok(())
    }

    /// Its entries go at once, for nobody can read them any more (inferred); how it is shown
    /// stays until the end.
    fn delete_index(&mut self, name: &str) -> Option<Moved> {
        let place = usize::from(self.table.index(name)?.0);
        let global = self.definition.global.as_mut()?;
        let at = global.iter().position(|index| *index.name == *name)?;
        let index = global.remove(at);
        if global.is_empty() {
            self.definition.global = None;
        }
        let capacity = self.state.indexes.remove(place).capacity;
        // What was done to it is done no more: another of its name is another index.
        self.state.jobs.retain(|job| match &job.task {
            Task::CreateIndex { index, .. }
            | Task::UpdateIndex(index, _)
            | Task::Warm(Some(index), _)
            | Task::Ceiling(Some(index)) => **index != *name,
            _ => true,
        });
        let size = self.figures.index(place);
        let dying = Dying { index, place: at, size, capacity };
        self.start(Step::DeleteIndex, Task::DeleteIndex(Box::new(dying)));
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
        let of = Of { index: Some(name), region: self.when.region };
        let Some((place, index)) = self.definition.global_index(name) else { return Ok(()) };
        let (current, warm) = (index.throughput, index.warm);
        // A switch of the billing mode has set it already.
        let switched = self.table.definition.is_on_demand() != on_demand;
        if let (Some(units), false) = (update.throughput, switched) {
            if current == Some(units) {
                return Err(UpdateError::SameIndexCapacity { index: name.clone(), units });
            }
            let now = self.when.now;
            let old = self.table.state.indexes.get(place).cloned().unwrap_or_default().capacity;
            let changed = capacity::count(old, current, units, now)?;
            if let Some(state) = self.state.indexes.get_mut(place) {
                state.capacity = capacity::while_changing(old, changed, now);
            }
            let task = Task::UpdateIndex(name.clone(), Some((units, changed.decreases)));
            self.start(Step::UpdateIndex, task);
        }
        if let Some(sent) = update.on_demand {
            let Some((_, index)) = self.definition.global_index(name) else { return Ok(()) };
            let ceilings = of.ceilings(index.on_demand, sent, on_demand)?;
            index.on_demand = Some(ceilings);
            self.start(Step::UpdateIndex, Task::UpdateIndex(name.clone(), None));
            if ceilings.takes_away() {
                self.start(Step::Ceiling, Task::Ceiling(Some(name.clone())));
            }
        }
        if let Some(sent) = update.warm {
            self.heat(Some(name.clone()), (warm, current), sent)?;
        }
        Ok(())
    }
}
