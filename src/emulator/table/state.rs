//! What has become of a table since it was created: what CreateTable has no member for, kept in
//! the table's own record in the store.

use super::{
    definition::{Definition, IndexDefinition},
    group::Group,
    insights::Insights,
    job::Job,
    kinesis::Destination,
    policy::Policy,
    scaling::Scaling,
    tags::{self, Tag},
};
use crate::wire::json::{Value, Writer};

/// Settings with their own operations, and when things changed: milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// When the table was last switched to billing by request.
    pub on_demand_since: Option<u64>,
    /// When the stream was last enabled, which is its label; it stays when the stream is disabled
    /// (aws-tables-facts 13.2).
    pub stream_since: Option<u64>,
    /// The tags of the latest stream, which are not its table's (aws-tables-facts 13.2).
    pub stream_tags: Vec<Tag>,
    /// When deletion protection last changed.
    pub protection_changed: Option<u64>,
    /// When the table's class changed.
    pub class_changed: Vec<u64>,
    /// When encryption changed.
    pub encryption_changed: Vec<u64>,
    /// How the table's capacity changed.
    pub capacity: CapacityChanges,
    /// Of each index, in the order of [`super::Table::indexes`].
    pub indexes: Vec<IndexState>,
    /// The number that the entries of each vector index have in the store.
    pub vectors: Vec<u8>,
    /// Time to live.
    pub time_to_live: TimeToLive,
    /// Point-in-time recovery, if it is on.
    pub recovery: Option<Recovery>,
    /// The resource policy, if it ever had one.
    pub policy: Option<Policy>,
    /// That of the latest stream, which is not its table's (aws-service-facts 12.1).
    pub stream_policy: Option<Policy>,
    /// The streams of Kinesis that records go to, or went to.
    pub destinations: Vec<Destination>,
    /// The contributor insights that ever were enabled.
    pub insights: Vec<Insights>,
    /// The tables of other regions that it is one with.
    pub group: Option<Group>,
    /// What of its capacity scales by itself.
    pub scaling: Vec<Scaling>,
    /// What is under way.
    pub jobs: Vec<Job>,
}

/// What there is to know of an index besides its definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexState {
    /// The number its entries have in the store, which it keeps when others are deleted.
    pub slot: u8,
    /// How its capacity changed.
    pub capacity: CapacityChanges,
}

/// When provisioned capacity changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapacityChanges {
    /// LastIncreaseDateTime
    pub increased: Option<u64>,
    /// LastDecreaseDateTime
    pub decreased: Option<u64>,
    /// How often it was lowered on the day of the last decrease.
    pub decreases: u64,
}

/// Which attribute tells when an item expires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeToLive {
    /// The attribute; `None` is disabled.
    pub attribute: Option<Box<str>>,
    /// When this last changed.
    pub changed: Option<u64>,
}

/// Point-in-time recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// When it was enabled.
    pub since: u64,
    /// RecoveryPeriodInDays
    pub days: u64,
    /// Whether what items were is noted with each write: the store keeps no states.
    pub logged: bool,
}

const DAY: u64 = 86_400_000;

impl State {
    /// The state of a table just created.
    #[must_use]
    pub fn new(definition: &Definition, created: u64) -> Self {
        let indexes = definition.local.iter().chain(&definition.global).flatten();
        let first = u8::try_from(indexes.clone().count()).unwrap_or_default();
        Self {
            vectors: definition
                .vector
                .iter()
                .flatten()
                .zip(first..)
                .map(|(_, slot)| slot)
                .collect(),
            on_demand_since: definition.is_on_demand().then_some(created),
            stream_since: matches!(definition.stream, Some((true, _))).then_some(created),
            indexes: indexes
                .zip(0..)
                .map(|(_, slot): (&IndexDefinition, u8)| IndexState { slot, ..<_>::default() })
                .collect(),
            ..Self::default()
        }
    }

    /// A number that no index has.
    #[must_use]
    pub fn free_slot(&self) -> u8 {
        let taken = |slot: &u8| {
            self.vectors.contains(slot) || self.indexes.iter().any(|index| index.slot == *slot)
        };
        (0..=u8::MAX).find(|slot| !taken(slot)).unwrap_or(u8::MAX)
    }

    /// Reads what [`State::write`] wrote.
    #[must_use]
    pub fn read(json: Value<'_>) -> Self {
        let recovery = json.get("Recovery").map(|recovery| Recovery {
            since: recovery.number("Since").unwrap_or_default(),
            days: recovery.number("Days").unwrap_or_default(),
            logged: recovery.get("Logged").and_then(Value::as_bool) == Some(true),
        });
        Self {
            on_demand_since: json.number("OnDemandSince"),
            stream_since: json.number("StreamSince"),
            stream_tags: json
                .get("StreamTags")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(tags::kept)
                .collect(),
            protection_changed: json.number("ProtectionChanged"),
            class_changed: times(json, "ClassChanged"),
            encryption_changed: times(json, "EncryptionChanged"),
            capacity: json.get("Capacity").map(CapacityChanges::read).unwrap_or_default(),
            indexes: json
                .get("Indexes")
                .into_iter()
                .flat_map(Value::elements)
                .map(|index| IndexState {
                    slot: index.number("Slot").unwrap_or(0),
                    capacity: CapacityChanges::read(index),
                })
                .collect(),
            vectors: times(json, "Vectors")
                .into_iter()
                .filter_map(|at| at.try_into().ok())
                .collect(),
            time_to_live: TimeToLive {
                attribute: json
                    .get("TimeToLive")
                    .and_then(Value::as_str)
                    .map(|name| name.as_ref().into()),
                changed: json.number("TimeToLiveChanged"),
            },
            recovery,
            policy: json.get("Policy").and_then(Policy::read),
            stream_policy: json.get("StreamPolicy").and_then(Policy::read),
            destinations: list(json, "Destinations").filter_map(Destination::read).collect(),
            insights: list(json, "Insights").filter_map(Insights::read).collect(),
            group: json.get("Group").and_then(Group::read),
            scaling: list(json, "Scaling").filter_map(Scaling::read).collect(),
            jobs: json
                .get("Jobs")
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(Job::read)
                .collect(),
        }
    }

    /// Writes the members.
    pub fn write(&self, json: &mut Writer) {
        put(json, "OnDemandSince", self.on_demand_since);
        put(json, "StreamSince", self.stream_since);
        json.key("StreamTags");
        json.array(|json| self.stream_tags.iter().for_each(|tag| tags::write(tag, json)));
        put(json, "ProtectionChanged", self.protection_changed);
        for (name, times) in
            [("ClassChanged", &self.class_changed), ("EncryptionChanged", &self.encryption_changed)]
        {
            json.key(name);
            json.array(|json| times.iter().for_each(|time| json.number(time)));
        }
        json.key("Capacity");
        json.object(|json| self.capacity.write(json));
        json.key("Indexes");
        json.array(|json| {
            for index in &self.indexes {
                json.object(|json| {
                    put(json, "Slot", Some(index.slot.into()));
                    index.capacity.write(json);
                });
            }
        });
        if !self.vectors.is_empty() {
            json.key("Vectors");
            json.array(|json| self.vectors.iter().for_each(|slot| json.number(slot)));
        }
        if let Some(attribute) = &self.time_to_live.attribute {
            json.key("TimeToLive");
            json.string(attribute);
        }
        put(json, "TimeToLiveChanged", self.time_to_live.changed);
        if let Some(recovery) = &self.recovery {
            json.key("Recovery");
            json.object(|json| {
                put(json, "Since", Some(recovery.since));
                put(json, "Days", Some(recovery.days));
                if recovery.logged {
                    json.key("Logged");
                    json.bool(true);
                }
            });
        }
        for (name, policy) in [("Policy", &self.policy), ("StreamPolicy", &self.stream_policy)] {
            if let Some(policy) = policy {
                json.key(name);
                json.object(|json| policy.write(json));
            }
        }
        if !self.destinations.is_empty() {
            json.key("Destinations");
            json.array(|json| {
                self.destinations.iter().for_each(|one| json.object(|json| one.write(json)));
            });
        }
        if !self.insights.is_empty() {
            json.key("Insights");
            json.array(|json| {
                self.insights.iter().for_each(|one| json.object(|json| one.write(json)));
            });
        }
        if let Some(group) = &self.group {
            json.key("Group");
            json.object(|json| group.write(json));
        }
        if !self.scaling.is_empty() {
            json.key("Scaling");
            json.array(|json| self.scaling.iter().for_each(|one| one.write(json)));
        }
        if !self.jobs.is_empty() {
            json.key("Jobs");
            json.array(|json| self.jobs.iter().for_each(|job| job.write(json)));
        }
    }
}

impl CapacityChanges {
    /// How often capacity was lowered on the day of `now`: days begin at midnight UTC
    /// (aws-tables-facts 8.3).
    #[must_use]
    pub fn decreases_today(&self, now: u64) -> u64 {
        match self.decreased {
            Some(last) if last / DAY == now / DAY => self.decreases,
            _ => 0,
        }
    }

    fn read(json: Value<'_>) -> Self {
        Self {
            increased: json.number("Increased"),
            decreased: json.number("Decreased"),
            decreases: json.number("Decreases").unwrap_or_default(),
        }
    }

    fn write(&self, json: &mut Writer) {
        put(json, "Increased", self.increased);
        put(json, "Decreased", self.decreased);
        put(json, "Decreases", Some(self.decreases));
    }
}

fn put(json: &mut Writer, name: &str, value: Option<u64>) {
    if let Some(value) = value {
        json.key(name);
        json.number(value);
    }
}

fn list<'a>(json: Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> {
    json.get(name).into_iter().flat_map(Value::elements)
}

fn times(json: Value<'_>, name: &str) -> Vec<u64> {
    let list = json.get(name).into_iter().flat_map(Value::elements);
    list.filter_map(|time| time.as_number()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        emulator::table::{
            ScalingPolicy, group::Replica, insights::Mode, job::Task, kinesis::Asked,
        },
        wire::json::Json,
    };

    #[test]
    fn what_is_written_is_read_again() {
        let state = State {
            on_demand_since: Some(1),
            stream_since: Some(2),
            stream_tags: vec![("a".into(), "1".into())],
            protection_changed: Some(3),
            class_changed: vec![4, 5],
            encryption_changed: vec![6],
            capacity: CapacityChanges { increased: Some(7), decreased: Some(8), decreases: 2 },
            indexes: vec![IndexState { slot: 3, ..IndexState::default() }],
            vectors: vec![4, 5],
            time_to_live: TimeToLive { attribute: Some("at".into()), changed: Some(9) },
            recovery: Some(Recovery { since: 10, days: 35, logged: true }),
            policy: Some(Policy::after(None, Some("{}"), 13, 14)),
            stream_policy: Some(Policy::after(None, None, 15, 16)),
            destinations: vec![Destination {
                stream: "arn".into(),
                precision: None,
                kept: true,
                asked: Asked::Disable,
                since: 17,
                until: 18,
            }],
            insights: vec![Insights {
                index: Some("gsi".into()),
                enabled: true,
                mode: Mode::Throttled,
                suffix: 19,
                failed: false,
                since: 20,
                until: 21,
            }],
            group: Some(Group {
                replicas: vec![Replica {
                    region: "eu-west-1".into(),
                    listed: 22,
                    active: 23,
                    leaving: Some(24),
                    sourced: true,
                }],
                strong: true,
                witness: Some(Replica { region: "us-east-2".into(), ..Replica::default() }),
                visible: 25,
                lag: 26,
            }),
            scaling: vec![Scaling {
                index: Some("gsi".into()),
                writes: true,
                least: 27,
                most: 28,
                policy: ScalingPolicy {
                    name: "policy".into(),
                    target: "70.0".into(),
                    scale_in: Some(-1),
                    scale_out: None,
                    only_out: Some(false),
                },
            }],
            jobs: vec![Job { task: Task::Create, since: 11, until: 12 }],
        };
        let mut json = Writer::new();
        json.object(|json| state.write(json));
        let json = Json::parse(json.into_bytes()).unwrap();
        assert_eq!(State::read(json.root()), state);
        assert_eq!(state.free_slot(), 0);
    }
}
