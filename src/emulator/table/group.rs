//! What a table has to do with those of its name in other regions (aws-service-facts 8, 9).

use super::Table;
use crate::wire::json::{Value, Writer};

/// The other tables of a global table, as one of them knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The others, in the order in which they were created (aws-service-facts 8.4).
    pub replicas: Vec<Replica>,
    /// Whether what was written in one region is there in all of them at once.
    pub strong: bool,
    /// The region that holds no table, and has a say in what was written.
    pub witness: Option<Replica>,
    /// From when on this table is shown, in milliseconds since 1970.
    pub visible: u64,
    /// How many milliseconds a write takes to the others.
    pub lag: u64,
}

/// One of the others. Times are in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replica {
    /// Its region.
    pub region: Box<str>,
    /// From when on it is shown.
    pub listed: u64,
    /// From when on it is ACTIVE.
    pub active: u64,
    /// From when on it is DELETING.
    pub leaving: Option<u64>,
    /// Whether it was made of this table.
    pub sourced: bool,
}

impl Replica {
    /// ReplicaStatus, or WitnessStatus.
    #[must_use]
    pub fn status(&self, now: u64) -> &'static str {
        match self.leaving {
            Some(leaving) if leaving <= now => "DELETING",
            _ if now < self.active => "CREATING",
            _ => "ACTIVE",
        }
    }

    fn write(&self, json: &mut Writer) {
        json.object(|json| {
            json.key("Region");
            json.string(&self.region);
            let times = [
                ("Listed", Some(self.listed)),
                ("Active", Some(self.active)),
                ("Leaving", self.leaving),
            ];
            for (name, time) in times {
                if let Some(time) = time {
                    json.key(name);
                    json.number(time);
                }
            }
            json.key("Sourced");
            json.bool(self.sourced);
        });
    }

    fn read(json: Value<'_>) -> Option<Self> {
        Some(Self {
            region: json.get("Region")?.as_str()?.as_ref().into(),
            listed: json.number("Listed")?,
            active: json.number("Active")?,
            leaving: json.number("Leaving"),
            sourced: json.get("Sourced")?.raw() == "true",
        })
    }
}

impl Group {
    /// The replica in a region.
    #[must_use]
    pub fn replica(&self, region: &str) -> Option<&Replica> {
        self.replicas.iter().find(|replica| *replica.region == *region)
    }

    /// Takes out the table, or the witness, of a region.
    pub fn forget(&mut self, region: &str) {
        self.replicas.retain(|replica| *replica.region != *region);
        self.witness.take_if(|witness| *witness.region == *region);
    }

    /// Writes the members.
    pub fn write(&self, json: &mut Writer) {
        json.key("Replicas");
        json.array(|json| self.replicas.iter().for_each(|replica| replica.write(json)));
        json.key("Strong");
        json.bool(self.strong);
        if let Some(witness) = &self.witness {
            json.key("Witness");
            witness.write(json);
        }
        json.key("Visible");
        json.number(self.visible);
        json.key("Lag");
        json.number(self.lag);
    }

    /// Reads what [`Group::write`] wrote.
    #[must_use]
    pub fn read(json: Value<'_>) -> Option<Self> {
        let replicas = json.get("Replicas")?.elements();
        Some(Self {
            replicas: replicas.filter_map(Replica::read).collect(),
            strong: json.get("Strong")?.raw() == "true",
            witness: json.get("Witness").and_then(Replica::read),
            visible: json.number("Visible")?,
            lag: json.number("Lag")?,
        })
    }
}

impl Table {
    /// Whether the table is made of another one just now, by a restore or as a replica: then it is
    /// shown, and is not there for most of what is asked (aws-service-facts 5.3, 8.3).
    #[must_use]
    pub fn is_arriving(&self) -> bool {
        self.creation().is_some() && (self.origin().is_some() || self.state.group.is_some())
    }

    /// Whether a replica is not even shown yet (aws-service-facts 8.3).
    #[must_use]
    pub fn is_hidden(&self, now: u64) -> bool {
        self.state.group.as_ref().is_some_and(|group| now < group.visible)
    }

    /// Whether reads of the table see what was written in any region.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.state.group.as_ref().is_some_and(|group| group.strong)
    }
}
