//! UpdateTimeToLive: names the attribute that tells when an item expires, or takes it back.

use std::borrow::Cow;

use thiserror::Error;

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        expiry, fault, group,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{
            Catalog, GroupError, Refusal, Replica, Table, TimeToLive,
            limits::{self, TIME_TO_LIVE_PAUSE, UNSEEN},
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateTimeToLive;

const SPECIFICATION: Shape = Shape::Structure(
    "TimeToLiveSpecification",
    &[Member("Enabled", Shape::Boolean), Member("AttributeName", Shape::Text)],
);

/// aws-tables-facts 1.4: the name comes first.
const RULES: &[Rule] = &[Rule::within(
    "TimeToLiveSpecification",
    &[Limit::Required],
    &[
        Rule::older("AttributeName", &[Limit::Required, Limit::Shortest(1), Limit::Longest(255)]),
        Rule::older("Enabled", &[Limit::Required]),
    ],
)];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    enabled: bool,
    attribute: Box<str>,
}

/// A change that is refused (aws-tables-facts 18, 2026-10-08 and 09).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum TimeToLiveError {
    #[error("TimeToLive is already enabled")]
    Enabled,
    #[error("TimeToLive is already disabled")]
    Disabled,
    #[error("TimeToLive is active on a different AttributeName: current AttributeName is {0}")]
    OtherAttribute(Box<str>),
    #[error("Time to live has been modified multiple times within a fixed interval")]
    TooSoon,
}

impl Op for UpdateTimeToLive {
    const OPERATION: Operation = Operation::UpdateTimeToLive;
    const MEMBERS: &'static [Member] =
        &[Member("TableName", Shape::Text), Member("TimeToLiveSpecification", SPECIFICATION)];
    type Input<'a> = Input<'a>;
    type Output = (bool, Box<str>);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        let asked = sent.structure("TimeToLiveSpecification");
        Ok(Input {
            table,
            enabled: asked.and_then(|asked| asked.boolean("Enabled")) == Some(true),
            attribute: asked
                .and_then(|asked| asked.text("AttributeName"))
                .map(|name| name.as_ref().into())
                .unwrap_or_default(),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Self::Output, Fault> {
        let Input { enabled, attribute, .. } = input;
        let mut store = emulator.store.write()?;
        let table =
            emulator.table_called(store.as_read(), caller, super::table_name(&input.table))?;
        let now = emulator.now();
        if let Some(creation) = table.creation() {
            if !limits::is_over(UNSEEN, Some(creation.since), now) {
                return Err(fault::no_table_called(&table.name));
            }
            // Not in UpdateTable's order of words (aws-tables-facts 18).
            let text = format!("Table {} is being created", table.name);
            return Err(Refusal::InUse(text).into());
        }
        let current = &table.state.time_to_live;
        check(current, enabled, &attribute)
            .and_then(|()| {
                let rested = limits::is_over(TIME_TO_LIVE_PAUSE, current.changed, now);
                let rests = emulator.settings.timing.pauses;
                if rested || !rests { Ok(()) } else { Err(TimeToLiveError::TooSoon) }
            })
            .map_err(|error| Fault::validation(error.to_string()))?;
        let joining = |replica: &&Replica| replica.listed <= now && now < replica.active;
        let mut replicas = table.state.group.iter().flat_map(|group| &group.replicas);
        if let Some(replica) = replicas.find(joining) {
            // aws-service-facts 8.3.
            let (table, region) = (table.name.clone(), replica.region.clone());
            return Err(GroupError::Joining { table, region }.into());
        }
        // It is of the whole group (aws-service-facts 8.7).
        let mut all = group::peers(emulator, store.as_read(), &table)?;
        all.push(table);
        for table in &all {
            let mut changed = Table::clone(table);
            changed.state.time_to_live =
                TimeToLive { attribute: enabled.then(|| attribute.clone()), changed: Some(now) };
            expiry::forget_all(&mut *store, table)?;
            expiry::note_all(&mut *store, &changed)?;
            Catalog::put(&mut *store, &changed)?;
        }
        store.commit()?;
        Ok((enabled, attribute))
    }

    fn encode((enabled, attribute): Self::Output, json: &mut Writer) {
        json.key("TimeToLiveSpecification");
        json.object(|json| {
            json.key("AttributeName");
            json.string(&attribute);
            json.key("Enabled");
            json.bool(enabled);
        });
    }
}

/// What the table has comes before how long it has had it (aws-tables-facts 1.3).
fn check(current: &TimeToLive, enable: bool, attribute: &str) -> Result<(), TimeToLiveError> {
    match (&current.attribute, enable) {
        (Some(name), _) if **name != *attribute => {
            Err(TimeToLiveError::OtherAttribute(name.clone()))
        }
        (Some(_), true) => Err(TimeToLiveError::Enabled),
        (None, false) => Err(TimeToLiveError::Disabled),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::op::tests::{ask, message, with_table, with_table_that_rests};

    fn body(enabled: bool, attribute: &str) -> String {
        format!(
            r#"{{"TableName":"table","TimeToLiveSpecification":{{"Enabled":{enabled},"AttributeName":"{attribute}"}}}}"#
        )
    }

    #[test]
    fn a_change_shows_at_once_and_the_next_has_to_wait() {
        let (emulator, clock) = with_table_that_rests();
        let refused = |enabled, name| message(&emulator, "UpdateTimeToLive", &body(enabled, name));
        let done = |enabled, name| ask(&emulator, "UpdateTimeToLive", &body(enabled, name));
        let shown = || ask(&emulator, "DescribeTimeToLive", r#"{"TableName":"table"}"#);
        let too_soon = "Time to live has been modified multiple times within a fixed interval";
        assert_eq!(refused(false, "at"), "TimeToLive is already disabled");
        assert_eq!(
            done(true, "at"),
            r#"{"TimeToLiveSpecification":{"AttributeName":"at","Enabled":true}}"#
        );
        assert_eq!(
            shown(),
            r#"{"TimeToLiveDescription":{"AttributeName":"at","TimeToLiveStatus":"ENABLED"}}"#
        );
        assert_eq!(refused(true, "at"), "TimeToLive is already enabled");
        for enabled in [true, false] {
            assert_eq!(
                refused(enabled, "other"),
                "TimeToLive is active on a different AttributeName: current AttributeName is at"
            );
        }
        clock.advance(Duration::from_secs(1811));
        assert_eq!(refused(false, "at"), too_soon);
        clock.advance(Duration::from_secs(61));
        done(false, "at");
        assert_eq!(shown(), r#"{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"#);
        assert_eq!(refused(true, "at"), too_soon);
    }

    #[test]
    fn nothing_has_to_rest_unless_things_take_their_time() {
        let emulator = with_table();
        for enabled in [true, false, true] {
            ask(&emulator, "UpdateTimeToLive", &body(enabled, "at"));
        }
    }

    #[test]
    fn members_are_checked_before_the_table_is_looked_for() {
        // aws-tables-facts 1.4, 18.
        let emulator = with_table();
        for (specification, text) in [
            (
                "{}",
                "2 validation errors detected: Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must not be null; Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#"{"Enabled":true,"AttributeName":""}"#,
                "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                "null",
                "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#"{"Enabled":true,"AttributeName":"a"}"#,
                "Requested resource not found: Table: nope not found",
            ),
        ] {
            let body =
                format!(r#"{{"TableName":"nope","TimeToLiveSpecification":{specification}}}"#);
            assert_eq!(message(&emulator, "UpdateTimeToLive", &body), text);
        }
    }
}
