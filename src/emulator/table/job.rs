//! What the service is at with a table: what it is, until when, and what becomes of the table
//! when it is done.
//!
//! Nothing runs in the background. A job is a note in the table's record, and the table is taken
//! [`Table::at`] a time: jobs that have ended by then are done.

use super::{
    CapacityChanges, Definition, Encryption, IndexDefinition, MEMBERS, OnDemandThroughput, State,
    Table, Throughput, VectorDefinition, WarmThroughput, tags::Tag, update::warmer,
};
use crate::{
    emulator::{figures::Size, shape::Sent},
    wire::json::{Value, Writer},
};

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

    /// Writes the job as [`Job::read`] reads it.
    pub(super) fn write(&self, json: &mut Writer) {
        let Note { task, index, numbers, arns, to } = self.task.note();
        json.object(|json| {
            json.key("Task");
            json.string(task);
            json.key("Since");
            json.number(self.since);
            json.key("Until");
            json.number(self.until);
            if let Some(index) = index {
                json.key("Index");
                json.string(&index);
            }
            json.key("Numbers");
            json.array(|json| numbers.iter().for_each(|number| json.number(number)));
            if !arns.is_empty() {
                json.key("Arns");
                json.array(|json| arns.iter().for_each(|arn| json.string(arn)));
            }
            to.write(json);
        });
    }

    pub(super) fn read(json: Value<'_>) -> Option<Self> {
        let text = |name| json.get(name).and_then(Value::as_str);
        let number = |value: Value<'_>| value.as_number()?.parse().ok();
        let note = Note {
            task: TASKS.into_iter().find(|name| text("Task").as_deref() == Some(*name))?,
            index: text("Index").map(|name| name.as_ref().into()),
            numbers: json
                .get("Numbers")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(number)
                .collect(),
            arns: json
                .get("Arns")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(|arn| Some(arn.as_str()?.into()))
                .collect(),
            to: Definition::read(&Sent::of(json, MEMBERS)),
        };
        let (since, until) = (number(json.get("Since")?)?, number(json.get("Until")?)?);
        Some(Self { task: note.task()?, since, until })
    }
}

/// A ceiling of -1 is none (aws-tables-facts 9).
fn without(ceilings: Option<OnDemandThroughput>) -> Option<OnDemandThroughput> {
    let kept = |value: Option<i64>| value.filter(|value| *value != -1);
    let OnDemandThroughput { read, write } = ceilings?;
    let (read, write) = (kept(read), kept(write));
    (read.is_some() || write.is_some()).then_some(OnDemandThroughput { read, write })
}

/// A task as the store has it: what becomes of the table in CreateTable's own spelling.
#[derive(Default)]
struct Note {
    task: &'static str,
    index: Option<Box<str>>,
    numbers: Vec<u64>,
    arns: Vec<Box<str>>,
    to: Definition,
}

const TASKS: [&str; 23] = [
    "Create",
    "Delete",
    "Backups",
    "Capacity",
    "Bill",
    "Stream",
    "Class",
    "Encrypt",
    "Warm",
    "CreateIndex",
    "UpdateIndex",
    "DeleteIndex",
    "Tags",
    "Restore",
    "Import",
    "Hide",
    "Join",
    "Leave",
    "Override",
    "Become",
    "Ceiling",
    "CreateVector",
    "DeleteVector",
];

impl Task {
    fn note(&self) -> Note {
        let note = |task| Note { task, ..Note::default() };
        let to = |task, to| Note { to, ..note(task) };
        let none = Definition::default();
        match self.clone() {
            Self::Create => note("Create"),
            Self::Delete => note("Delete"),
            Self::Backups => note("Backups"),
            Self::Capacity(units, decreases) => Note {
                numbers: vec![decreases],
                ..to("Capacity", Definition { throughput: Some(units), ..none })
            },
            Self::Bill { by_request } => Note { numbers: vec![by_request.into()], ..note("Bill") },
            Self::Stream { enable } => Note { numbers: vec![enable.into()], ..note("Stream") },
            Self::Class(class) => to("Class", Definition { class: Some(class), ..none }),
            Self::Encrypt(encryption) => to("Encrypt", Definition { encryption, ..none }),
            Self::Warm(index, units) => {
                Note { index, ..to("Warm", Definition { warm: Some(units), ..none }) }
            }
            Self::CreateIndex { index, allocated } => {
                Note { index: Some(index), numbers: vec![allocated], ..note("CreateIndex") }
            }
            Self::CreateVector { index, allocated, filled } => Note {
                index: Some(index),
                numbers: vec![allocated, filled],
                ..note("CreateVector")
            },
            Self::DeleteVector(dying) => {
                let DyingVector { index, place, size } = *dying;
                Note {
                    numbers: vec![place as u64, size.items, size.bytes],
                    ..to("DeleteVector", Definition { vector: Some(vec![index]), ..none })
                }
            }
            Self::UpdateIndex(index, capacity) => Note {
                index: Some(index),
                numbers: capacity.iter().map(|(_, decreases)| *decreases).collect(),
                to: Definition { throughput: capacity.map(|(units, _)| units), ..none },
                ..note("UpdateIndex")
            },
            Self::DeleteIndex(dying) => {
                let Dying { index, place, size, capacity } = *dying;
                let CapacityChanges { increased, decreased, decreases } = capacity;
                let dates = [increased, decreased].map(Option::unwrap_or_default);
                Note {
                    numbers: [place as u64, size.items, size.bytes, dates[0], dates[1], decreases]
                        .to_vec(),
                    ..to("DeleteIndex", Definition { global: Some(vec![index]), ..none })
                }
            }
            Self::Tags(tags) => to("Tags", Definition { tags, ..none }),
            Self::Ceiling(index) => Note { index, ..note("Ceiling") },
            Self::Import => note("Import"),
            Self::Hide => note("Hide"),
            Self::Join(region) => Note { arns: vec![region], ..note("Join") },
            Self::Leave { region, deleting } => {
                Note { arns: vec![region], numbers: vec![deleting], ..note("Leave") }
            }
            Self::Override(region) => Note { arns: vec![region], ..note("Override") },
            Self::Become(definition) => to("Become", *definition),
            Self::Restore(origin) => Note {
                numbers: vec![origin.at],
                arns: std::iter::once(origin.table).chain(origin.backup).collect(),
                ..note("Restore")
            },
        }
    }
}

impl Note {
    fn task(self) -> Option<Task> {
        let Self { task, index, numbers, arns, to } = self;
        let number = |at: usize| numbers.get(at).copied();
        let date = |at| number(at).filter(|millis| *millis > 0);
        Some(match task {
            "Create" => Task::Create,
            "Delete" => Task::Delete,
            "Backups" => Task::Backups,
            "Capacity" => Task::Capacity(to.throughput?, number(0)?),
            "Bill" => Task::Bill { by_request: number(0)? == 1 },
            "Stream" => Task::Stream { enable: number(0)? == 1 },
            "Class" => Task::Class(to.class?),
            "Encrypt" => Task::Encrypt(to.encryption),
            "Warm" => Task::Warm(index, to.warm?),
            "CreateIndex" => Task::CreateIndex { index: index?, allocated: number(0)? },
            "CreateVector" => {
                Task::CreateVector { index: index?, allocated: number(0)?, filled: number(1)? }
            }
            "DeleteVector" => Task::DeleteVector(Box::new(DyingVector {
                index: to.vector?.pop()?,
                place: usize::try_from(number(0)?).ok()?,
                size: Size { items: number(1)?, bytes: number(2)? },
            })),
            "UpdateIndex" => Task::UpdateIndex(index?, to.throughput.zip(number(0))),
            "DeleteIndex" => Task::DeleteIndex(Box::new(Dying {
                index: to.global?.pop()?,
                place: usize::try_from(number(0)?).ok()?,
                size: Size { items: number(1)?, bytes: number(2)? },
                capacity: CapacityChanges {
                    increased: date(3),
                    decreased: date(4),
                    decreases: number(5)?,
                },
            })),
            "Tags" => Task::Tags(to.tags),
            "Import" => Task::Import,
            "Hide" => Task::Hide,
            "Join" => Task::Join(arns.into_iter().next()?),
            "Leave" => {
                let deleting = number(0)?;
                Task::Leave { region: arns.into_iter().next()?, deleting }
            }
            "Override" => Task::Override(arns.into_iter().next()?),
            "Become" => Task::Become(Box::new(to)),
            "Restore" => {
                let mut arns = arns.into_iter();
                let (table, backup) = (arns.next()?, arns.next());
                Task::Restore(Box::new(Origin { backup, table, at: number(0)? }))
            }
            _ => Task::Ceiling(index),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        emulator::table::{Distance, SearchElement},
        wire::json::Json,
    };

    #[test]
    fn what_is_written_is_read_again() {
        let name = || Box::from("gsi");
        let units = Throughput { read: 1, write: 2 };
        let warm = WarmThroughput { read: Some(12_001), write: None };
        let index = IndexDefinition {
            name: name(),
            throughput: Some(units),
            key: Vec::new(),
            ..IndexDefinition::default()
        };
        let capacity = CapacityChanges { increased: None, decreased: Some(5), decreases: 1 };
        let size = Size { items: 1, bytes: 2 };
        let key = Encryption { enabled: Some(true), kind: Some("KMS".into()), key: None };
        for task in [
            Task::Create,
            Task::Delete,
            Task::Backups,
            Task::Capacity(units, 3),
            Task::Bill { by_request: true },
            Task::Stream { enable: false },
            Task::Class("STANDARD".into()),
            Task::Encrypt(Some(key)),
            Task::Encrypt(None),
            Task::Warm(None, warm),
            Task::Warm(Some(name()), warm),
            Task::CreateIndex { index: name(), allocated: 4 },
            Task::CreateVector { index: name(), allocated: 4, filled: 5 },
            Task::DeleteVector(Box::new(DyingVector {
                index: VectorDefinition {
                    name: name(),
                    attribute: "v".into(),
                    search: vec![SearchElement { name: "h".into(), hash: true }],
                    dimensions: 3,
                    distance: Distance::Euclidean,
                    ..VectorDefinition::default()
                },
                place: 1,
                size,
            })),
            Task::UpdateIndex(name(), Some((units, 4))),
            Task::UpdateIndex(name(), None),
            Task::DeleteIndex(Box::new(Dying { index, place: 1, size, capacity })),
            Task::Tags(vec![("a".into(), "b".into())]),
            Task::Ceiling(Some(name())),
            Task::Import,
            Task::Hide,
            Task::Join("eu-west-1".into()),
            Task::Leave { region: "eu-west-1".into(), deleting: 3 },
            Task::Override("eu-west-1".into()),
            Task::Become(Box::new(Definition { throughput: Some(units), ..<_>::default() })),
            Task::Restore(Box::new(Origin { backup: Some("b".into()), table: "t".into(), at: 9 })),
            Task::Restore(Box::new(Origin { backup: None, table: "t".into(), at: 9 })),
        ] {
            let job = Job { task, since: 7, until: 8 };
            let mut json = Writer::new();
            job.write(&mut json);
            let json = Json::parse(json.into_bytes()).expect("JSON");
            assert_eq!(Job::read(json.root()), Some(job));
        }
    }
}
