//! What the service is at with a table: what it is, until when, and what becomes of the table
//! when it is done.
//!
//! Nothing runs in the background. A job is a note in the table's record, and the table is taken
//! [`Table::at`] a time: jobs that have ended by then are done.

mod record;

use super::{
    CapacityChanges, Definition, Encryption, IndexDefinition, OnDemandThroughput, State, Table,
    Throughput, VectorDefinition, WarmThroughput, tags::Tag, update::warmer,
};
use crate::emulator::figures::Size;

/// A job, from when to when: milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is done.
    pub task: Task,
    /// When it began.
    pub since: u64,
    /// When it is done.
    pub until: u64,
}

/// What is done in a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// The table is created.
    Create,
    /// The table is deleted.
    Delete,
    /// Backups of a new table are enabled.
    Backups,
    /// The table gets another capacity, and so many decreases today.
    Capacity(Throughput, u64),
    /// Billing is switched: to requests, or to provisioned capacity.
    Bill {
        /// Whether it is to requests.
        by_request: bool,
    },
    /// The stream is turned on or off.
    Stream {
        /// Whether it is turned on.
        enable: bool,
    },
    /// The table gets another class.
    Class(Box<str>),
    /// The table gets another key, or the default one.
    Encrypt(Option<Encryption>),
    /// The table, or an index, is warmed.
    Warm(Option<Box<str>>, WarmThroughput),
    /// An index is created.
    CreateIndex {
        /// Its name.
        index: Box<str>,
        /// Until when it gets its resources; then it is filled.
        allocated: u64,
    },
    /// A vector index is created.
    CreateVector {
        /// Its name.
        index: Box<str>,
        /// Until when it gets its resources.
        allocated: u64,
        /// Until when it is filled; then it is ACTIVE, and can be searched at the end.
        filled: u64,
    },
    /// An index changes: to that capacity and so many decreases today, if it is its capacity.
    UpdateIndex(Box<str>, Option<(Throughput, u64)>),
    /// An index is deleted; it is shown as it was.
    DeleteIndex(Box<Dying>),
    /// A vector index is deleted; it is shown as it was.
    DeleteVector(Box<DyingVector>),
    /// The table gets other tags.
    Tags(Vec<Tag>),
    /// A ceiling of the table, or of an index, is taken away.
    Ceiling(Option<Box<str>>),
    /// A replica, or a witness, joins the table.
    Join(Box<str>),
    /// One leaves: first it is shown as it was, then as it is deleted.
    Leave {
        /// Its region.
        region: Box<str>,
        /// From when on it is deleted.
        deleting: u64,
    },
    /// A replica gets other settings than the table.
    Override(Box<str>),
    /// The table, a replica, gets the settings that were told to another.
    Become(Box<Definition>),
    /// The table that is created is restored; it comes with [`Task::Create`].
    Restore(Box<Origin>),
    /// The table that is created is imported; likewise.
    Import,
    /// Nobody sees yet that the table is imported.
    Hide,
}

/// What a table is restored from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The ARN of the backup, if it is one.
    pub backup: Option<Box<str>>,
    /// The ARN of the table.
    pub table: Box<str>,
    /// The time whose state is restored, in milliseconds since 1970.
    pub at: u64,
}

/// An index that is being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dying {
    /// Its definition.
    pub index: IndexDefinition,
    /// Its place among the global indexes.
    pub place: usize,
    /// What it held.
    pub size: Size,
    /// How its capacity changed.
    pub capacity: CapacityChanges,
}

/// A vector index that is being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DyingVector {
    /// Its definition.
    pub index: VectorDefinition,
    /// Its place among the vector indexes.
    pub place: usize,
    /// What it held.
    pub size: Size,
}

impl Table {
    /// The table at a time at which some of its jobs have ended; `None` if it is deleted.
    #[must_use]
    pub fn at(&self, now: u64) -> Option<Self> {
        let (mut definition, mut state) = (self.definition.clone(), self.state.clone());
        let mut ended: Vec<Job> = state.jobs.extract_if(.., |job| job.until <= now).collect();
        ended.sort_by_key(|job| job.until);
        for job in ended {
            if job.task == Task::Delete {
                return None;
            }
            job.end(&mut definition, &mut state);
        }
        Some(Self::new(definition, self.number, &self.id, &self.arn, self.created, state))
    }

    /// Whether a job has ended that is still noted.
    #[must_use]
    pub fn is_behind(&self, now: u64) -> bool {
        self.state.jobs.iter().any(|job| job.until <= now)
    }

    /// The job of that kind, if it is under way.
    pub fn job(&self, kind: impl Fn(&Task) -> bool) -> Option<&Job> {
        self.state.jobs.iter().find(|job| kind(&job.task))
    }

    /// The job that creates the table.
    #[must_use]
    pub fn creation(&self) -> Option<&Job> {
        self.job(|task| *task == Task::Create)
    }

    /// What the table is being restored from.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.state.jobs.iter().find_map(|job| match &job.task {
            Task::Restore(origin) => Some(&**origin),
            _ => None,
        })
    }

    /// Whether the table is being imported.
    #[must_use]
    pub fn is_imported(&self) -> bool {
        self.job(|task| *task == Task::Import).is_some()
    }

    /// Whether the table is imported and nobody sees it yet.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.job(|task| *task == Task::Hide).is_some()
    }

    /// The job that deletes the table.
    #[must_use]
    pub fn deletion(&self) -> Option<&Job> {
        self.job(|task| *task == Task::Delete)
    }

    /// The job that creates an index of the table.
    #[must_use]
    pub fn index_creation(&self, name: &str) -> Option<&Job> {
        self.job(|task| match task {
            Task::CreateIndex { index, .. } | Task::CreateVector { index, .. } => **index == *name,
            _ => false,
        })
    }

    /// Whether the table is at another class and does not show it: a change of its key that came
    /// after makes it ACTIVE at once, and lets another change of class through, which is lost
    /// (aws-tables-facts 15).
    #[must_use]
    pub fn hides_class(&self) -> bool {
        let at = |kind: fn(&Task) -> bool| self.state.jobs.iter().position(|job| kind(&job.task));
        let class = at(|task| matches!(task, Task::Class(_)));
        class.is_some() && class < at(|task| matches!(task, Task::Encrypt(_)))
    }
}

impl Job {
    /// Whether an index that is created gets its resources still; the answer that begins it
    /// always says so.
    #[must_use]
    pub fn is_allocating(&self, now: u64) -> bool {
        let allocated = match self.task {
            Task::CreateIndex { allocated, .. } | Task::CreateVector { allocated, .. } => allocated,
            _ => 0,
        };
        now < allocated || now <= self.since
    }

    /// Whether an index that is created is not filled yet; one that is and cannot be searched yet
    /// is a vector index.
    #[must_use]
    pub fn is_filling(&self, now: u64) -> bool {
        match self.task {
            Task::CreateVector { filled, .. } => now < filled || now <= self.since,
            _ => true,
        }
    }

    /// What becomes of the table.
    fn end(self, definition: &mut Definition, state: &mut State) {
        match self.task {
            Task::Create
            | Task::Delete
            | Task::Backups
            | Task::Stream { .. }
            | Task::CreateIndex { .. }
            | Task::CreateVector { .. }
            | Task::UpdateIndex(_, None)
            | Task::Restore(_)
            | Task::Import
            | Task::Hide
            | Task::Join(_)
            | Task::Override(_)
            | Task::Bill { by_request: false } => {}
            Task::Leave { region, .. } => {
                let Some(group) = &mut state.group else { return };
                group.forget(&region);
                // The last one takes all that there was of a group along (aws-service-facts 8.4).
                if group.replicas.is_empty() {
                    state.group = None;
                }
            }
            Task::Become(to) => {
                if definition.class != to.class {
                    state.class_changed.push(self.until);
                }
                *definition = *to;
            }
            Task::Bill { by_request: true } => state.on_demand_since = Some(self.until),
            Task::Capacity(units, decreases) => {
                state.capacity.decreases = decreases;
                definition.warm = Some(warmer(definition.warm, definition.throughput, Some(units)));
                definition.throughput = Some(units);
            }
            Task::UpdateIndex(name, Some((units, decreases))) => {
                let Some((place, index)) = definition.global_index(&name) else { return };
                index.warm = Some(warmer(index.warm, index.throughput, Some(units)));
                index.throughput = Some(units);
                if let Some(state) = state.indexes.get_mut(place) {
                    state.capacity.decreases = decreases;
                }
            }
            Task::Class(class) => {
                state.class_changed.push(self.until);
                definition.class = Some(class);
            }
            Task::Encrypt(key) => definition.encryption = key,
            Task::Warm(None, units) => definition.warm = Some(units),
            Task::Warm(Some(name), units) => {
                if let Some((_, index)) = definition.global_index(&name) {
                    index.warm = Some(units);
                }
            }
            Task::DeleteIndex(dying) => {
                definition.forget_attributes();
                let name = &dying.index.name;
                state.insights.retain(|known| known.index.as_ref() != Some(name));
            }
            Task::DeleteVector(_) => definition.forget_attributes(),
            Task::Tags(tags) => definition.tags = tags,
            Task::Ceiling(None) => definition.on_demand = without(definition.on_demand),
            Task::Ceiling(Some(name)) => {
                if let Some((_, index)) = definition.global_index(&name) {
                    index.on_demand = without(index.on_demand);
                }
            }
        }
    }
}

/// A ceiling of -1 is none (aws-tables-facts 9).
fn without(ceilings: Option<OnDemandThroughput>) -> Option<OnDemandThroughput> {
    let kept = |value: Option<i64>| value.filter(|value| *value != -1);
    let OnDemandThroughput { read, write } = ceilings?;
    let (read, write) = (kept(read), kept(write));
    (read.is_some() || write.is_some()).then_some(OnDemandThroughput { read, write })
}
