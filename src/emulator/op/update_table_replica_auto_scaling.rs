//! UpdateTableReplicaAutoScaling: how the capacity of a global table's replicas shall scale.
//! Writes scale alike in all regions, reads in each as it is told (aws-service-facts 11.2).

use super::{
    Op,
    scaling::{self, Members, ScalingError, Settings},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{Catalog, Job, Step, Table, Task, Throughput, index_status},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateTableReplicaAutoScaling;

/// Constraints: the API model; their order and that the words are the older layer's are inferred.
const RULES: &[Rule] = &[
    SETTINGS_OF_WRITES,
    Rule::within(
        "GlobalSecondaryIndexUpdates",
        &[Limit::Shortest(1)],
        &[INDEX_NAME, SETTINGS_OF_WRITES],
    ),
    Rule::within(
        "ReplicaUpdates",
        &[Limit::Shortest(1)],
        &[
            Rule::older("RegionName", &[Limit::Required]),
            Rule::within("ReplicaProvisionedReadCapacityAutoScalingUpdate", &[], SETTINGS_RULES),
            Rule::within(
                "ReplicaGlobalSecondaryIndexUpdates",
                &[Limit::Shortest(1)],
                &[
                    INDEX_NAME,
                    Rule::within("ProvisionedReadCapacityAutoScalingUpdate", &[], SETTINGS_RULES),
                ],
            ),
        ],
    ),
];
const INDEX_NAME: Rule =
    Rule::older("IndexName", &[Limit::Shortest(3), Limit::Longest(255), Limit::Name]);
const SETTINGS_OF_WRITES: Rule =
    Rule::within("ProvisionedWriteCapacityAutoScalingUpdate", &[], SETTINGS_RULES);
const SETTINGS_RULES: &[Rule] = &[
    Rule::older("MinimumUnits", &[Limit::Least(1)]),
    Rule::older("MaximumUnits", &[Limit::Least(1)]),
    Rule::older("AutoScalingRoleArn", &[Limit::Shortest(1), Limit::Longest(1600)]),
    Rule::within(
        "ScalingPolicyUpdate",
        &[],
        &[
            Rule::older("PolicyName", &[Limit::Shortest(1), Limit::Longest(256)]),
            Rule::within(
                "TargetTrackingScalingPolicyConfiguration",
                &[Limit::Required],
                &[Rule::older("TargetValue", &[Limit::Required])],
            ),
        ],
    ),
];

/// What is asked of one dimension.
struct Asked {
    /// The region; `None` is each.
    region: Option<String>,
    index: Option<Box<str>>,
    settings: Settings,
}

impl Asked {
    fn writes(&self) -> bool {
        self.region.is_none()
    }
}

/// What is asked.
pub(super) struct Input {
    table: String,
    asked: Vec<Asked>,
}

/// The members as they were, and whether capacity changes.
pub(super) struct Output {
    before: Members,
    raised: bool,
}

impl Op for UpdateTableReplicaAutoScaling {
    const OPERATION: Operation = Operation::UpdateTableReplicaAutoScaling;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("ProvisionedWriteCapacityAutoScalingUpdate", scaling::SETTINGS),
        Member(
            "GlobalSecondaryIndexUpdates",
            Shape::List(&Shape::Structure(
                "GlobalSecondaryIndexAutoScalingUpdate",
                &[
                    Member("IndexName", Shape::Text),
                    Member("ProvisionedWriteCapacityAutoScalingUpdate", scaling::SETTINGS),
                ],
            )),
        ),
        Member(
            "ReplicaUpdates",
            Shape::List(&Shape::Structure(
                "ReplicaAutoScalingUpdate",
                &[
                    Member("RegionName", Shape::Text),
                    Member("ReplicaProvisionedReadCapacityAutoScalingUpdate", scaling::SETTINGS),
                    Member(
                        "ReplicaGlobalSecondaryIndexUpdates",
                        Shape::List(&Shape::Structure(
                            "ReplicaGlobalSecondaryIndexAutoScalingUpdate",
                            &[
                                Member("IndexName", Shape::Text),
                                Member(
                                    "ProvisionedReadCapacityAutoScalingUpdate",
                                    scaling::SETTINGS,
                                ),
                            ],
                        )),
                    ),
                ],
            )),
        ),
    ];
    type Input<'a> = Input;
    type Output = Output;

    /// What goes together comes before whether there is a table (aws-service-facts 1.4); the order
    /// among these is inferred.
    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        let name = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        let table = super::table_name(&name).to_owned();
        let mut asked = Vec::new();
        if let Some(sent) = sent.structure("ProvisionedWriteCapacityAutoScalingUpdate") {
            let settings = Settings::read(&table, &sent)?;
            asked.push(Asked { region: None, index: None, settings });
        }
        for update in sent.structures("GlobalSecondaryIndexUpdates") {
            let index = index_name(&update);
            if let Some(sent) = update.structure("ProvisionedWriteCapacityAutoScalingUpdate") {
                let settings = Settings::read(&table, &sent)?;
                asked.push(Asked { region: None, index, settings });
            }
        }
        let mut seen: Vec<String> = Vec::new();
        for update in sent.structures("ReplicaUpdates") {
            let region = update.text("RegionName").unwrap_or_default().into_owned();
            if seen.contains(&region) {
                return Err(ScalingError::Twice { table, region }.into());
            }
            asked.extend(of_replica(&table, &region, &update)?);
            seen.push(region);
        }
        if asked.is_empty() {
            return Err(ScalingError::Nothing(table).into());
        }
        Ok(Input { table, asked })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let Input { table, asked } = input;
        let mut store = emulator.store.write()?;
        let before = Members::find(emulator, store.as_read(), caller, &table)?;
        check(&before, &asked)?;
        let request = scaling::request_id(emulator, &table);
        for one in &asked {
            one.settings.check(one.writes(), &request)?;
        }
        let now = emulator.now();
        let until = emulator.settings.timing.end(Step::Capacity, now);
        let mut raised = false;
        for member in &before.all {
            let mut changed = Table::clone(member);
            for one in &asked {
                if one.region.as_deref().is_none_or(|region| region == member.region()) {
                    one.settings.put(&mut changed, one.index.as_deref(), one.writes());
                }
            }
            for task in raises(&changed, now) {
                raised = true;
                changed.state.jobs.push(Job { task, since: now, until });
            }
            if let Some(changed) = changed.at(now) {
                Catalog::put(&mut *store, &changed)?;
            }
        }
        store.commit()?;
        Ok(Output { before, raised })
    }

    /// The answer shows the settings there were (aws-service-facts 11.2).
    fn encode(output: Output, json: &mut Writer) {
        output.before.encode(output.raised.then_some("UPDATING"), json);
    }
}

fn index_name(sent: &Sent<'_>) -> Option<Box<str>> {
    Some(sent.text("IndexName").unwrap_or_default().as_ref().into())
}

fn of_replica(table: &str, region: &str, update: &Sent<'_>) -> Result<Vec<Asked>, ScalingError> {
    let mut asked = Vec::new();
    let there = || Some(region.to_owned());
    if let Some(sent) = update.structure("ReplicaProvisionedReadCapacityAutoScalingUpdate") {
        let settings = Settings::read(table, &sent)?;
        asked.push(Asked { region: there(), index: None, settings });
    }
    for update in update.structures("ReplicaGlobalSecondaryIndexUpdates") {
        let index = index_name(&update);
        if let Some(sent) = update.structure("ProvisionedReadCapacityAutoScalingUpdate") {
            let settings = Settings::read(table, &sent)?;
            asked.push(Asked { region: there(), index, settings });
        }
    }
    match asked.is_empty() {
        true => Err(ScalingError::NothingThere { table: table.into(), region: region.into() }),
        false => Ok(asked),
    }
}

/// Whether what is named is there, and billed by what scales.
fn check(members: &Members, asked: &[Asked]) -> Result<(), ScalingError> {
    let table = || members.name.clone();
    for one in asked {
        let Some(region) = one.region.clone() else { continue };
        if !members.all.iter().any(|member| member.region() == region) {
            return Err(ScalingError::NoReplica { table: table(), region });
        }
    }
    for one in asked {
        let Some(index) = one.index.as_deref().map(str::to_owned) else { continue };
        // One that is CREATING is not there yet.
        let lacks = |member: &&std::sync::Arc<Table>| {
            let is_there = member.index(&index).is_some_and(|(_, index)| index.global);
            !is_there || index_status(member, &index, members.now) == "CREATING"
        };
        match &one.region {
            None if members.all.iter().any(|member| lacks(&member)) => {
                return Err(ScalingError::NoIndex { table: table(), index });
            }
            Some(region) => {
                let mut there = members.all.iter().filter(|member| member.region() == region);
                if there.any(|member| lacks(&member)) {
                    let region = region.clone();
                    return Err(ScalingError::NoIndexThere { table: table(), index, region });
                }
            }
            None => {}
        }
    }
    // Turning it off is let through (aws-service-facts 11.2).
    let enabling = asked.iter().find(|one| one.settings != Settings::Disabled);
    let on_demand = members.all.iter().filter(|member| member.definition.is_on_demand());
    let regions: Vec<_> =
        on_demand.map(|member| format!("'{}'", member.region().to_uppercase())).collect();
    match enabling {
        Some(one) if !regions.is_empty() => Err(ScalingError::OnDemand {
            table: table(),
            regions: regions.join(", "),
            parameter: match one.writes() {
                true => "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate",
                false => "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate",
            },
        }),
        _ => Ok(()),
    }
}

/// Capacity below its least is raised to it (aws-service-facts 11.3).
fn raises(table: &Table, now: u64) -> Vec<Task> {
    let raised = |index: Option<&str>, units: Throughput| {
        let least = |writes| {
            let known = table.state.scaling.iter().find(|known| known.is_of(index, writes));
            known.map_or(0, |known| known.least)
        };
        let after =
            Throughput { read: units.read.max(least(false)), write: units.write.max(least(true)) };
        (after != units).then_some(after)
    };
    let mut tasks = Vec::new();
    let own = table.definition.throughput.and_then(|units| raised(None, units));
    let today = table.state.capacity.decreases_today(now);
    tasks.extend(own.map(|units| Task::Capacity(units, today)));
    for index in table.definition.global.iter().flatten() {
        let units = index.throughput.and_then(|units| raised(Some(&index.name), units));
        tasks.extend(units.map(|units| Task::UpdateIndex(index.name.clone(), Some((units, 0)))));
    }
    tasks
}
