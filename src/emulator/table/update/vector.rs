//! Vector indexes that come and go (aws-facts 11.2, 11.3). There is nothing else to do with one: a
//! definition never changes.

use super::{Moved, Result, UpdateError, UpdateParameterError, apply::Work, error::LimitError};
use crate::emulator::{
    shape::{Member, Sent, Shape},
    table::{
        BillingMode, Call, Job, Step, Task, VectorDefinition, check::check_vector,
        job::DyingVector, vector::VECTOR_MEMBERS,
    },
};

/// The members of one of VectorIndexUpdates.
pub(super) const ACTIONS: &[Member] = &[
    Member("Create", Shape::Structure("CreateVectorIndexAction", VECTOR_MEMBERS)),
    Member(
        "Delete",
        Shape::Structure("DeleteVectorIndexAction", &[Member("IndexName", Shape::Text)]),
    ),
];

/// A change to the vector indexes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum VectorChange {
    Create(VectorDefinition),
    Delete(Box<str>),
}

impl VectorChange {
    pub(super) fn read(sent: &Sent<'_>) -> Result<Vec<Self>> {
        sent.structures("VectorIndexUpdates")
            .map(|entry| match (entry.structure("Create"), entry.structure("Delete")) {
                (Some(create), None) => Ok(Self::Create(VectorDefinition::read(&create))),
                (None, Some(delete)) => {
                    Ok(Self::Delete(delete.text("IndexName").unwrap_or_default().as_ref().into()))
                }
                (None, None) => Err(UpdateParameterError::NoVectorAction.into()),
                _ => Err(UpdateParameterError::SeveralVectorActions.into()),
            })
            .collect()
    }

    pub(super) fn call(&self) -> Call<'_> {
        match self {
            Self::Create(index) => Call::CreateIndex(&index.name),
            Self::Delete(name) => Call::DeleteIndex(name),
        }
    }
}

impl Work<'_> {
    /// Whether the indexes that are to go are there, and those to be created are not; that all
    /// kinds share their names is aws-facts 8.2.
    pub(super) fn find_vectors(&self) -> Result<()> {
        let table = self.table;
        for change in &self.change.vectors {
            match change {
                VectorChange::Create(index)
                    if table.index(&index.name).is_some()
                        || table.vector(&index.name).is_some() =>
                {
                    return Err(UpdateError::IndexExists);
                }
                VectorChange::Delete(name) if table.vector(name).is_none() => {
                    return Err(UpdateError::NoIndex {
                        index: name.clone(),
                        table: table.name.clone(),
                    });
                }
                _ => {}
            }
        }
        let others = self.change.indexes.iter().filter(|change| !change.is_update()).count();
        match self.change.vectors.len() + others {
            0 | 1 => Ok(()),
            _ => Err(LimitError::OneIndex.into()),
        }
    }

    /// A table with a vector index stays as it is billed, even if the index goes in the same call.
    pub(super) fn stays_on_demand(&self) -> Result<()> {
        let indexed = !self.table.vectors.is_empty();
        match self.change.billing == Some(BillingMode::Provisioned) && indexed {
            true => Err(UpdateParameterError::VectorsProvisioned.into()),
            false => Ok(()),
        }
    }

    pub(super) fn vectors(&mut self) -> Result<Option<Moved>> {
        match self.change.vectors.first() {
            None => Ok(None),
            Some(VectorChange::Create(index)) => self.create_vector(index).map(Some),
            Some(VectorChange::Delete(name)) => Ok(self.delete_vector(name)),
        }
    }

    fn create_vector(&mut self, index: &VectorDefinition) -> Result<Moved> {
        let sent = self.change.attributes.as_deref().unwrap_or_default();
        check_vector(&self.definition, sent, index)?;
        for element in &index.search {
            let definition = sent.iter().find(|(name, _)| *name == element.name);
            if let (Some(definition), None) = (definition, self.definition.attribute(&element.name))
            {
                self.definition.attributes.push(definition.clone());
            }
        }
        self.definition.attributes.sort_by(|left, right| left.0.cmp(&right.0));
        self.definition.vector.get_or_insert_default().push(index.clone());
        let slot = self.state.free_slot();
        self.state.vectors.push(slot);
        let (since, timing) = (self.when.now, self.when.timing);
        let allocated = timing.end(Step::AllocateVector, since);
        let filled = timing.end(Step::FillVector, allocated);
        let until = timing.end(Step::OpenVector, filled);
        let task = Task::CreateVector { index: index.name.clone(), allocated, filled };
        self.state.jobs.push(Job { task, since, until });
        Ok(Moved::VectorCreated(self.state.vectors.len() - 1))
    }

    /// As of a global index: what it holds goes at once, how it is shown stays until the end.
    fn delete_vector(&mut self, name: &str) -> Option<Moved> {
        let (place, _) = self.table.vector(name)?;
        let indexes = self.definition.vector.as_mut()?;
        let index = indexes.remove(place);
        if indexes.is_empty() {
            self.definition.vector = None;
        }
        self.state.vectors.remove(place);
        self.state.jobs.retain(
            |job| !matches!(&job.task, Task::CreateVector { index, .. } if **index == *name),
        );
        let dying = DyingVector { index, place, size: self.figures.vector(place) };
        self.start(Step::DeleteIndex, Task::DeleteVector(Box::new(dying)));
        Some(Moved::VectorDeleted(place))
    }

    /// A global index cannot have a vector for a key.
    pub(super) fn check_no_vector(&self, key: &[super::KeyElement]) -> Result<()> {
        let sent = self.change.attributes.as_deref().unwrap_or_default();
        for element in key {
            let vectors = self.definition.vector.iter().flatten();
            let mut vectors = vectors.filter(|index| index.attribute == element.name);
            if let Some(index) = vectors.next()
                && let Some((_, kind)) = sent.iter().find(|(name, _)| *name == element.name)
            {
                return Err(UpdateError::Redefined {
                    attribute: element.name.clone(),
                    dimensions: index.dimensions,
                    kind: *kind,
                    role: element.role.name(),
                });
            }
        }
        Ok(())
    }
}
