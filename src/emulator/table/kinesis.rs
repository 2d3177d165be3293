//! Where a table's records go on Kinesis: its destinations, and what they are at
//! (aws-service-facts 13, us-west-2 and us-east-1, October 2026).

use super::{Step, Timing};
use crate::wire::json::{Value, Writer};

/// A stream of Kinesis that a table's records go to, or went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The ARN of the stream, as it was sent.
    pub stream: Box<str>,
    /// ApproximateCreationDateTimePrecision, once it is set.
    pub precision: Option<Precision>,
    /// Whether its records are kept: there was a place for them when it was enabled.
    pub kept: bool,
    /// What was asked for last.
    pub asked: Asked,
    /// When, in milliseconds since 1970.
    pub since: u64,
    /// When it is done.
    pub until: u64,
}

/// What was asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// That records go there.
    Enable,
    /// Another precision.
    Update,
    /// That they go there no more.
    Disable,
}

/// How fine times in records are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Milliseconds.
    #[default]
    Millisecond,
    /// Microseconds.
    Microsecond,
}

/// DestinationStatus
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the service's words
pub enum Status {
    Enabling,
    Active,
    Updating,
    Disabling,
    Disabled,
    EnableFailed(Failure),
}

/// Why a destination could not be enabled. There is no Kinesis here: an ARN that cannot be one of
/// a stream of this account and region fails as it does on AWS, any other is a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no such stream.
    NoStream,
    /// It is in another region.
    OtherRegion,
    /// It is in another account, or no stream of Kinesis.
    NotActive,
}

const ASKED: [(Asked, &str); 3] =
    [(Asked::Enable, "Enable"), (Asked::Update, "Update"), (Asked::Disable, "Disable")];

impl Precision {
    /// Both, as requests name them.
    pub const NAMES: [(Self, &str); 2] =
        [(Self::Millisecond, "MILLISECOND"), (Self::Microsecond, "MICROSECOND")];

    /// The precision of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(_, known)| *known == name).map(|(precision, _)| precision)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Millisecond => "MILLISECOND",
            Self::Microsecond => "MICROSECOND",
        }
    }
}

impl Status {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabling => "ENABLING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Disabling => "DISABLING",
            Self::Disabled => "DISABLED",
            Self::EnableFailed(_) => "ENABLE_FAILED",
        }
    }

    /// Whether no other destination can be enabled beside it.
    #[must_use]
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Disabled | Self::EnableFailed(_))
    }

    /// Whether records go there.
    #[must_use]
    pub fn takes_records(self) -> bool {
        matches!(self, Self::Active | Self::Updating)
    }
}

impl Failure {
    /// Why a stream cannot be a destination of a table, if it cannot: by their ARNs.
    #[must_use]
    pub fn of(stream: &str, table: &str) -> Option<Self> {
        let parts: Vec<&str> = stream.splitn(6, ':').collect();
        let own: Vec<&str> = table.splitn(6, ':').collect();
        let (["arn", _, service, region, account, what], ["arn", _, _, here, mine, _]) =
            (&*parts, &*own)
        else {
            return Some(Self::NoStream);
        };
        let name = what.strip_prefix("stream/").unwrap_or_default();
        // What streams can be called (the API of Kinesis), so that no name leads out of a folder.
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let is_name = (1..=128).contains(&name.len()) && name.bytes().all(letters);
        match *service {
            "firehose" => Some(Self::NotActive),
            "kinesis" if region != here => Some(Self::OtherRegion),
            "kinesis" if account != mine => Some(Self::NotActive),
            "kinesis" if is_name => None,
            _ => Some(Self::NoStream),
        }
    }

    /// DestinationStatusDescription
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NoStream => "User does not have a permission to use kinesis stream",
            Self::OtherRegion => {
                "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in the current region"
            }
            Self::NotActive => {
                "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in Active state"
            }
        }
    }

    fn step(self) -> Step {
        match self {
            Self::NoStream | Self::OtherRegion => Step::FailDestination,
            Self::NotActive => Step::FailDestinationLate,
        }
    }
}

impl Destination {
    /// A destination of the table of that ARN that is enabled at a time; what was set before is
    /// forgotten.
    #[must_use]
    pub fn enable(
        stream: &str,
        table: &str,
        precision: Option<Precision>,
        now: u64,
        timing: &Timing,
    ) -> Self {
        let step = Failure::of(stream, table).map_or(Step::EnableDestination, Failure::step);
        let until = timing.end(step, now);
        Self {
            stream: stream.into(),
            precision,
            kept: false,
            asked: Asked::Enable,
            since: now,
            until,
        }
    }

    /// The same, asked for something else.
    #[must_use]
    pub fn asked(&self, asked: Asked, now: u64, until: u64) -> Self {
        Self { asked, since: now, until, ..self.clone() }
    }

    /// What it is at, for the table of that ARN.
    #[must_use]
    pub fn status(&self, table: &str, now: u64) -> Status {
        match (self.asked, now < self.until) {
            (Asked::Enable, true) => Status::Enabling,
            (Asked::Enable, false) => {
                Failure::of(&self.stream, table).map_or(Status::Active, Status::EnableFailed)
            }
            (Asked::Update, true) => Status::Updating,
            (Asked::Update, false) => Status::Active,
            (Asked::Disable, true) => Status::Disabling,
            (Asked::Disable, false) => Status::Disabled,
        }
    }

    /// Reads what [`Destination::write`] wrote.
    #[must_use]
    pub fn read(json: Value<'_>) -> Option<Self> {
        let text = |name| json.get(name)?.as_str();
        let asked = text("Asked")?;
        Some(Self {
            stream: text("Stream")?.as_ref().into(),
            precision: text("Precision").and_then(|name| Precision::named(&name)),
            kept: json.get("Kept").and_then(Value::as_bool) == Some(true),
            asked: ASKED.into_iter().find(|(_, name)| *name == asked)?.0,
            since: json.number("Since")?,
            until: json.number("Until")?,
        })
    }

    /// Writes the members.
    pub fn write(&self, json: &mut Writer) {
        let asked = ASKED.iter().find(|(asked, _)| *asked == self.asked);
        let precision = self.precision.map(Precision::name);
        for (name, text) in [
            ("Stream", Some(&*self.stream)),
            ("Precision", precision),
            ("Asked", asked.map(|(_, name)| *name)),
        ] {
            if let Some(text) = text {
                json.key(name);
                json.string(text);
            }
        }
        json.key("Kept");
        json.bool(self.kept);
        json.key("Since");
        json.number(self.since);
        json.key("Until");
        json.number(self.until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/table";

    #[test]
    fn only_streams_of_the_account_and_region_can_be_destinations() {
        for (stream, failure) in [
            ("arn:aws:kinesis:us-east-1:000000000000:stream/records", None),
            (
                "arn:aws:kinesis:us-east-1:000000000000:stream/records/consumer/c:1",
                Some(Failure::NoStream),
            ),
            (TABLE, Some(Failure::NoStream)),
            ("x".repeat(40).as_str(), Some(Failure::NoStream)),
            ("arn:aws:kinesis:eu-west-1:000000000000:stream/s", Some(Failure::OtherRegion)),
            ("arn:aws:kinesis:us-east-1:111111111111:stream/s", Some(Failure::NotActive)),
            ("arn:aws:firehose:us-east-1:000000000000:deliverystream/s", Some(Failure::NotActive)),
        ] {
            assert_eq!(Failure::of(stream, TABLE), failure, "{stream}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/records";
        let first = Destination::enable(stream, TABLE, None, 5, &Timing::AT_ONCE);
        let second = Destination {
            precision: Some(Precision::Microsecond),
            kept: true,
            ..first.asked(Asked::Update, 6, 9)
        };
        assert_eq!((first.status(TABLE, 5), second.status(TABLE, 8)), {
            (Status::Active, Status::Updating)
        });
        for destination in [first, second] {
            let mut json = Writer::new();
            json.object(|json| destination.write(json));
            let json = Json::parse(json.into_bytes()).unwrap();
            assert_eq!(Destination::read(json.root()), Some(destination));
        }
    }
}
