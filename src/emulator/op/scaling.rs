//! What the operations on auto scaling have in common: the settings in their requests and answers
//! (aws-service-facts 11, us-west-2 and us-east-1, October 2026).

use std::sync::Arc;

use thiserror::Error;

use crate::{
    emulator::{
        Emulator,
        door::Caller,
        group, md5,
        shape::{Member, Sent, Shape},
        table::{Replica, Scaling, ScalingPolicy, Table, View, index_status},
    },
    storage::Read,
    wire::{Fault, json::Writer},
};

/// `AutoScalingSettingsUpdate`
pub(super) const SETTINGS: Shape = Shape::Structure(
    "AutoScalingSettingsUpdate",
    &[
        Member("MinimumUnits", Shape::Long),
        Member("MaximumUnits", Shape::Long),
        Member("AutoScalingDisabled", Shape::Boolean),
        Member("AutoScalingRoleArn", Shape::Text),
        Member(
            "ScalingPolicyUpdate",
            Shape::Structure(
                "AutoScalingPolicyUpdate",
                &[
                    Member("PolicyName", Shape::Text),
                    Member(
                        "TargetTrackingScalingPolicyConfiguration",
                        Shape::Structure(
                            "AutoScalingTargetTrackingScalingPolicyConfigurationUpdate",
                            &[
                                Member("DisableScaleIn", Shape::Boolean),
                                Member("ScaleInCooldown", Shape::Integer),
                                Member("ScaleOutCooldown", Shape::Integer),
                                Member("TargetValue", Shape::Time),
                            ],
                        ),
                    ),
                ],
            ),
        ),
    ],
);

/// A change of auto scaling that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum ScalingError {
    #[error("Global table with name: '{0}' does not exist.")]
    NoGroup(String),
    #[error(
        "Failed to update settings for global table with name: ‘{table}’: Parameters {missing} are required unless auto scaling is being disabled."
    )]
    Missing { table: String, missing: String },
    /// Without a colon after `name`, as it was recorded.
    #[error(
        "Failed to update settings for global table with name ‘{table}’: Parameters {given} must be left blank when disabling auto scaling."
    )]
    NotBlank { table: String, given: String },
    #[error(
        "Failed to update settings for global table with name: ‘{0}’ because at least one update parameter must be specified."
    )]
    Nothing(String),
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because at least one update parameter must be specified for region: ‘{region}’."
    )]
    NothingThere { table: String, region: String },
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because the regions: ‘[{region}]’ were specified more than once."
    )]
    Twice { table: String, region: String },
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because a replica does not exist in regions: ‘[{region}]’."
    )]
    NoReplica { table: String, region: String },
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because the global secondary indexes with names: ‘[{index}]’ do not exist."
    )]
    NoIndex { table: String, index: String },
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because a global secondary index with name: ‘{index}’ does not exist in region: ‘{region}’."
    )]
    NoIndexThere { table: String, index: String, region: String },
    #[error(
        "Failed to update global table with name ‘{table}‘. Replicas {regions} BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to set parameters: '{parameter}'."
    )]
    OnDemand { table: String, regions: String, parameter: &'static str },
    /// What Application Auto Scaling refuses.
    #[error(
        "{text} (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code: ValidationException; Request ID: {request}; Proxy: null)"
    )]
    There { text: String, request: String },
}

impl From<ScalingError> for Fault {
    fn from(error: ScalingError) -> Self {
        let text = error.to_string();
        match error {
            ScalingError::NoGroup(_)
            | ScalingError::NoReplica { .. }
            | ScalingError::NoIndex { .. }
            | ScalingError::NoIndexThere { .. } => Self::new("ResourceNotFoundException", text),
            _ => Self::validation(text),
        }
    }
}

/// What a dimension gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Settings {
    /// It scales no more.
    Disabled,
    /// It scales so; a policy without a name has the dimension's.
    Between { least: i64, most: i64, policy: ScalingPolicy },
}

impl Settings {
    /// Reads settings; those without a member are as well as none of it (aws-service-facts 11.2).
    pub(super) fn read(table: &str, sent: &Sent<'_>) -> Result<Self, ScalingError> {
        let policy = sent.structure("ScalingPolicyUpdate");
        let (least, most) = (sent.long("MinimumUnits"), sent.long("MaximumUnits"));
        let members = [
            ("MaximumUnits", most.is_some()),
            ("ScalingPolicyUpdate", policy.is_some()),
            ("MinimumUnits", least.is_some()),
        ];
        let listed = |given: bool| {
            let names = members.iter().filter(|(_, is)| *is == given);
            names.map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ")
        };
        let table = table.to_owned();
        if sent.boolean("AutoScalingDisabled") == Some(true) {
            let given = listed(true);
            return match given.is_empty() {
                true => Ok(Self::Disabled),
                false => Err(ScalingError::NotBlank { table, given }),
            };
        }
        let (Some(least), Some(most), Some(policy)) = (least, most, policy) else {
            return Err(ScalingError::Missing { table, missing: listed(false) });
        };
        let target = policy.structure("TargetTrackingScalingPolicyConfiguration");
        let cooldown = |name| target.as_ref()?.integer(name).map(|time| time.value.into());
        let units = target.as_ref().and_then(|target| target.get("TargetValue")?.as_number());
        let units = units.and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        let policy = ScalingPolicy {
            name: policy.text("PolicyName").map(|name| name.as_ref().into()).unwrap_or_default(),
            target: format!("{units:?}").into(),
            scale_in: cooldown("ScaleInCooldown"),
            scale_out: cooldown("ScaleOutCooldown"),
            only_out: target.as_ref().and_then(|target| target.boolean("DisableScaleIn")),
        };
        Ok(Self::Between { least, most, policy })
    }

    /// What Application Auto Scaling has to say of them.
    pub(super) fn check(&self, writes: bool, request: &str) -> Result<(), ScalingError> {
        let Self::Between { least, most, policy } = self else { return Ok(()) };
        let refuse = |text: String| Err(ScalingError::There { text, request: request.to_owned() });
        if most < least {
            return refuse("Maximum capacity cannot be less than minimum capacity".to_owned());
        }
        let target: f64 = policy.target.parse().unwrap_or_default();
        if target < 8.515_92e-109 {
            return refuse(format!(
                "For target tracking scaling, target value must be between '8.51592E-109' and \
                 '1.174271E108', but was '{target:?}'."
            ));
        }
        // Below ten inferred: 19.9 is taken (aws-service-facts 11.2).
        if !(10.0..=90.0).contains(&target) {
            let side = if writes { "Write" } else { "Read" };
            return refuse(format!(
                "For predefined metric type DynamoDB{side}CapacityUtilization, target value must \
                 be between '10.0' and '90.0', but was '{target:?}'."
            ));
        }
        Ok(())
    }

    /// A table's dimensions after this one changed.
    pub(super) fn put(&self, table: &mut Table, index: Option<&str>, writes: bool) {
        table.state.scaling.retain(|known| !known.is_of(index, writes));
        let Self::Between { least, most, policy } = self else { return };
        let mut policy = policy.clone();
        if policy.name.is_empty() {
            // aws-service-facts 11.2.
            let side = if writes { "Write" } else { "Read" };
            let of = index.map(|index| format!("/index/{index}")).unwrap_or_default();
            let name = format!("DynamoDB{side}CapacityUtilization:table/{}{of}", table.name);
            policy.name = name.into();
        }
        let index = index.map(Box::from);
        table.state.scaling.push(Scaling { index, writes, least: *least, most: *most, policy });
    }
}

/// A request id of the other service: of what it is asked, the same every time.
pub(super) fn request_id(emulator: &Emulator, table: &str) -> String {
    let parts = [b"scaling", table.as_bytes(), &emulator.now().to_be_bytes()[..]];
    let hex: String = md5::digest(&parts).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// The tables of a group, as one of them is named, by region.
pub(super) struct Members {
    pub(super) name: String,
    /// The table that is asked.
    pub(super) home: Arc<Table>,
    /// All of them, and that one.
    pub(super) all: Vec<Arc<Table>>,
    pub(super) now: u64,
}

impl Members {
    /// Finds them. A table without replicas is none of a global table (aws-service-facts 1.3).
    pub(super) fn find(
        emulator: &Emulator,
        store: &dyn Read,
        caller: &Caller,
        name: &str,
    ) -> Result<Self, Fault> {
        let none = || ScalingError::NoGroup(name.to_owned());
        let home = emulator.catalog.table(store, &caller.region, name)?;
        let home = home.filter(|home| home.state.group.is_some()).ok_or_else(none)?;
        let mut all = group::peers(emulator, store, &home)?;
        all.push(Arc::clone(&home));
        all.sort_by(|left, right| left.region().cmp(right.region()));
        Ok(Self { name: home.name.to_string(), home, all, now: emulator.now() })
    }

    /// Writes `TableAutoScalingDescription`.
    pub(super) fn encode(&self, status: Option<&'static str>, json: &mut Writer) {
        let view = View::Now { now: self.now, status };
        json.key("TableAutoScalingDescription");
        json.object(|json| {
            json.key("Replicas");
            json.array(|json| {
                for table in self.all.iter().filter(|table| self.is_listed(table)) {
                    self.replica(table, json);
                }
            });
            json.key("TableName");
            json.string(&self.name);
            json.key("TableStatus");
            json.string(view.status(&self.home));
        });
    }

    /// As DescribeTable lists it; the table that is asked always is.
    fn is_listed(&self, table: &Table) -> bool {
        self.entry(table).is_none_or(|entry| entry.listed <= self.now)
    }

    fn entry(&self, table: &Table) -> Option<&Replica> {
        self.home.state.group.as_ref()?.replica(table.region())
    }

    fn replica(&self, table: &Table, json: &mut Writer) {
        json.object(|json| {
            json.key("GlobalSecondaryIndexes");
            json.array(|json| {
                for index in table.definition.global.iter().flatten() {
                    // One that is CREATING is left out (aws-service-facts 11.2).
                    let status = index_status(table, &index.name, self.now);
                    if status == "CREATING" && table.creation().is_none() {
                        continue;
                    }
                    json.object(|json| {
                        json.key("IndexName");
                        json.string(&index.name);
                        json.key("IndexStatus");
                        json.string(status);
                        for (side, writes) in [("Read", false), ("Write", true)] {
                            json.key(&format!("Provisioned{side}CapacityAutoScalingSettings"));
                            settings(table, Some(&index.name), writes, json);
                        }
                    });
                }
            });
            json.key("RegionName");
            json.string(table.region());
            for (side, writes) in [("Read", false), ("Write", true)] {
                json.key(&format!("ReplicaProvisioned{side}CapacityAutoScalingSettings"));
                settings(table, None, writes, json);
            }
            json.key("ReplicaStatus");
            json.string(self.entry(table).map_or("ACTIVE", |entry| entry.status(self.now)));
        });
    }
}

/// aws-service-facts 11.1.
fn settings(table: &Table, index: Option<&str>, writes: bool, json: &mut Writer) {
    let known = table.state.scaling.iter().find(|known| known.is_of(index, writes));
    json.object(|json| {
        if known.is_none() || table.definition.is_on_demand() {
            json.key("AutoScalingDisabled");
            json.bool(true);
        }
        if let Some(known) = known {
            let account = table.arn.split(':').nth(4).unwrap_or_default();
            json.key("AutoScalingRoleArn");
            json.string(&format!(
                "arn:aws:iam::{account}:role/aws-service-role/\
                 dynamodb.application-autoscaling.amazonaws.com/\
                 AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
            ));
            for (name, units) in [("MaximumUnits", known.most), ("MinimumUnits", known.least)] {
                json.key(name);
                json.number(units);
            }
        }
        json.key("ScalingPolicies");
        json.array(|json| known.into_iter().for_each(|known| policy(&known.policy, json)));
    });
}

fn policy(policy: &ScalingPolicy, json: &mut Writer) {
    json.object(|json| {
        json.key("PolicyName");
        json.string(&policy.name);
        json.key("TargetTrackingScalingPolicyConfiguration");
        json.object(|json| {
            if let Some(only_out) = policy.only_out {
                json.key("DisableScaleIn");
                json.bool(only_out);
            }
            for (name, time) in
                [("ScaleInCooldown", policy.scale_in), ("ScaleOutCooldown", policy.scale_out)]
            {
                if let Some(time) = time {
                    json.key(name);
                    json.number(time);
                }
            }
            json.key("TargetValue");
            json.raw(policy.target.as_bytes());
        });
    });
}
