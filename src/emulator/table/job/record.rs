//! A job as the record of its table has it.

use super::{Dying, DyingVector, Job, Origin, Task};
use crate::{
    emulator::{
        figures::Size,
        shape::Sent,
        table::{CapacityChanges, Definition, MEMBERS},
    },
    wire::json::{Value, Writer},
};

impl Job {
    /// Writes the job as [`Job::read`] reads it.
    pub(in crate::emulator::table) fn write(&self, json: &mut Writer) {
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

    pub(in crate::emulator::table) fn read(json: Value<'_>) -> Option<Self> {
        let text = |name| json.get(name).and_then(Value::as_str);
        let note = Note {
            task: TASKS.into_iter().find(|name| text("Task").as_deref() == Some(*name))?,
            index: text("Index").map(|name| name.as_ref().into()),
            numbers: json
                .get("Numbers")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(|number| number.as_number()?.parse().ok())
                .collect(),
            arns: json
                .get("Arns")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(|arn| Some(arn.as_str()?.into()))
                .collect(),
            to: Definition::read(&Sent::of(json, MEMBERS)),
        };
        let (since, until) = (json.number("Since")?, json.number("Until")?);
        Some(Self { task: note.task()?, since, until })
    }
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
        emulator::table::{
            Distance, Encryption, IndexDefinition, SearchElement, Throughput, VectorDefinition,
            WarmThroughput,
        },
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
