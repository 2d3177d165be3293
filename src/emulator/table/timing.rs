//! How long the service is at what it does to a table: nothing, what one says, or what was
//! observed.
//!
//! A step that takes no time is over when it is answered, though the answer shows it under way as
//! the service's does. One that takes time ends when the clock has passed its end, and whoever
//! looks at the table next finds it done.

/// A thing the service is at for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// CREATING, without global indexes.
    CreateTable,
    /// CREATING, with global indexes, which become ACTIVE together with the table.
    CreateIndexedTable,
    /// From ACTIVE until backups can be made.
    EnableBackups,
    /// DELETING.
    DeleteTable,
    /// A change of provisioned capacity.
    Capacity,
    /// The first switch to provisioned capacity.
    Provision,
    /// One of a table that had provisioned capacity before.
    ProvisionAgain,
    /// The first switch to billing by request.
    BillByRequest,
    /// One of a table that was billed by request before.
    BillByRequestAgain,
    /// Turning a stream on or off.
    Stream,
    /// Another table class.
    Class,
    /// Another key.
    Encrypt,
    /// The first change of warm throughput.
    Warm,
    /// A later one.
    WarmAgain,
    /// An index that is added gets its resources: the table is UPDATING.
    AllocateIndex,
    /// It is filled: the table is ACTIVE again.
    FillIndex,
    /// Another capacity of an index.
    UpdateIndex,
    /// An index goes.
    DeleteIndex,
    /// Tags are locked, and the old ones are shown.
    Tags,
    /// A ceiling that was taken away is shown as -1.
    Ceiling,
    /// CREATING, of a table that is restored.
    Restore,
    /// A backup is CREATING.
    Backup,
    /// Another resource policy: the old one is shown, and no other is let in.
    Policy,
    /// Records go to a stream of Kinesis.
    EnableDestination,
    /// They do not, for it cannot be one.
    FailDestination,
    /// Nor for other reasons, found later.
    FailDestinationLate,
    /// Another precision of records.
    UpdateDestination,
    /// Records go there no more.
    DisableDestination,
    /// A replica that joins a table is shown there.
    ListReplica,
    /// From then until it is shown itself.
    ShowReplica,
    /// From then until it is ACTIVE, without items.
    JoinReplica,
    /// The same, with items.
    FillReplica,
    /// A replica that leaves is shown as it was.
    LeaveReplica,
    /// From then until it is shown no more.
    DropReplica,
    /// From then until it is gone.
    BuryReplica,
    /// Other settings of a replica.
    OverrideReplica,
    /// A write on its way to another region.
    Replicate,
    /// A vector index that is added gets its resources.
    AllocateVector,
    /// It is filled.
    FillVector,
    /// It is ACTIVE, and cannot be searched yet.
    OpenVector,
    /// Nobody sees a table that is imported.
    ShowImport,
    /// CREATING, of a table that is imported, with the time before it is seen.
    Import,
    /// An import that makes no table finds out that it cannot.
    FailImport,
    /// Items are put in bulk.
    BulkPut,
    /// A bulk operation finds out that it cannot.
    FailBulk,
    /// A bulk operation is CANCELLING.
    CancelBulk,
    /// Keys are counted.
    EnableInsights,
    /// They are no more.
    DisableInsights,
    /// An export of a table that holds something.
    Export,
    /// One of a table that is empty.
    EmptyExport,
    /// One of what changed.
    IncrementalExport,
    /// One that fails.
    FailExport,
}

/// Which setting a step goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Create,
    Delete,
    Update,
    /// By none: it takes time only where everything takes the time that was observed.
    None,
}

/// The steps in the order of [`Step`], the setting each goes by, and how many milliseconds it
/// takes on the service: a typical value of those in aws-tables-facts 22 (us-west-2 and us-east-1,
/// October 2026), in the section named.
const STEPS: [(Step, Group, u64); 52] = [
    (Step::CreateTable, Group::Create, 6_000), // 3.1: 1 to 9.5 s
    (Step::CreateIndexedTable, Group::Create, 16_000), // 3.1: 14 to 22 s
    (Step::EnableBackups, Group::None, 2_000), // 19: 1.4 to 2.7 s, up to 6
    (Step::DeleteTable, Group::Delete, 5_100), // 6.1: 4 to 6 s, the median of ten
    (Step::Capacity, Group::Update, 2_000),    // 8.1: 1 to 2.3 s
    (Step::Provision, Group::Update, 90_000),  // 8.4: 55 to 118 s
    (Step::ProvisionAgain, Group::Update, 2_000), // 8.4
    (Step::BillByRequest, Group::Update, 120_000), // 8.4: 107 to 172 s
    (Step::BillByRequestAgain, Group::Update, 3_000), // 8.4: 2 to 5 s
    (Step::Stream, Group::Update, 4_000),      // 13.2: 3 to 5 s
    (Step::Class, Group::Update, 5_000),       // 15: 3 to 6 s
    (Step::Encrypt, Group::Update, 22_000),    // 14.2: 21 to 23 s
    (Step::Warm, Group::Update, 390_000),      // 10: 272 to 514 s
    (Step::WarmAgain, Group::Update, 2_000),   // 10
    (Step::AllocateIndex, Group::Update, 40_000), // 11.3: 24 to 56 s
    (Step::FillIndex, Group::Update, 460_000), // 11.3: 470 to 540 s together, or about 1000
    (Step::UpdateIndex, Group::Update, 3_000), // 11.4: 2 to 4 s
    (Step::DeleteIndex, Group::Update, 4_000), // 11.4: 2.6 to 6 s
    (Step::Tags, Group::None, 1_700),          // 17.3, 17.4: 1.5 to 1.8 s, and shown after 1.9
    (Step::Ceiling, Group::None, 1_000),       // 9
    (Step::Restore, Group::Create, 211_000),   // aws-service-facts 5.1: 81 to 721 s
    (Step::Backup, Group::None, 50),           // aws-service-facts 3.1
    (Step::Policy, Group::None, 1_500), // aws-service-facts 1.11, 12.2: 1 to 2.7 s, 0.6 to 2.4 s
    (Step::EnableDestination, Group::None, 4_000), // aws-service-facts 13: 2 to 7 s
    (Step::FailDestination, Group::None, 1_500), // 13: 1 to 2.1 s
    (Step::FailDestinationLate, Group::None, 61_700), // 13
    (Step::UpdateDestination, Group::None, 138_000), // 13: 124 to 152 s
    (Step::DisableDestination, Group::None, 1_500), // 13: 1 to 2 s
    (Step::ListReplica, Group::Update, 6_400), // aws-service-facts 8.3
    (Step::ShowReplica, Group::Update, 3_600), // 8.3
    (Step::JoinReplica, Group::Update, 11_000), // 8.3: 14 to 49 s together
    (Step::FillReplica, Group::Update, 600_000), // 8.3: 562 to 686 s together
    (Step::LeaveReplica, Group::Delete, 39_000), // 8.5: 31 to 47 s
    (Step::DropReplica, Group::Delete, 140_000), // 8.5: 121 to 244 s together
    (Step::BuryReplica, Group::Delete, 20_000), // 8.5: 10 to 35 s
    (Step::OverrideReplica, Group::Update, 45_000), // 8.6: 34 to 58 s
    (Step::Replicate, Group::None, 1_000), // "within a second": the documentation of global tables
    (Step::AllocateVector, Group::Update, 30_000), // aws-facts 11.3: about 30 s
    (Step::FillVector, Group::Update, 300_000), // 11.3: minutes
    (Step::OpenVector, Group::Update, 900_000), // 11.3: minutes, 15 for 25 items
    (Step::ShowImport, Group::None, 31_000), // aws-service-facts 7.1
    (Step::Import, Group::Create, 111_000), // 7.1
    (Step::FailImport, Group::None, 5_600), // 7.3
    (Step::BulkPut, Group::None, 80_000), // inferred: as long as an imported table is CREATING
    (Step::FailBulk, Group::None, 5_600), // inferred: as an import
    (Step::CancelBulk, Group::None, 5_000), // inferred
    (Step::EnableInsights, Group::None, 2_000), // aws-service-facts 14: 1 to 3.1 s, once 16.2
    (Step::DisableInsights, Group::None, 2_500), // 14: 2 to 3.1 s
    (Step::Export, Group::None, 720_000), // aws-service-facts 6.1: 706 to 739 s
    (Step::EmptyExport, Group::None, 153_000), // 6.1: 152 to 155 s
    (Step::IncrementalExport, Group::None, 126_000), // 6.1
    (Step::FailExport, Group::None, 16_000), // 6.3: within 16 s
];

/// How long each step takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    millis: [u64; STEPS.len()],
    /// Whether a setting that was changed has to rest: half an hour for time to live, 15 seconds
    /// for deletion protection.
    ///
    /// The rule: what a second change already meets is off unless things take their real time,
    /// for a test suite sets up and takes down what a person changes once. Budgets of several
    /// changes (capacity, class, encryption) always count: only a test of them spends them.
    pub pauses: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self::AT_ONCE
    }
}

impl Timing {
    /// Nothing takes time.
    pub const AT_ONCE: Self = Self { millis: [0; STEPS.len()], pauses: false };

    /// Everything takes the time that was observed, the same every time.
    #[must_use]
    pub fn real() -> Self {
        Self { millis: STEPS.map(|(.., millis)| millis), pauses: true }
    }

    /// The same, but tables take this long to create.
    #[must_use]
    pub fn creating_in(self, millis: u64) -> Self {
        self.with(Group::Create, millis)
    }

    /// The same, but tables take this long to delete.
    #[must_use]
    pub fn deleting_in(self, millis: u64) -> Self {
        self.with(Group::Delete, millis)
    }

    /// The same, but each step of a change to a table or its indexes takes this long.
    #[must_use]
    pub fn updating_in(self, millis: u64) -> Self {
        self.with(Group::Update, millis)
    }

    /// The same, but writes take this long to other regions.
    #[must_use]
    pub fn replicating_in(mut self, millis: u64) -> Self {
        if let Some(lag) = self.millis.get_mut(Step::Replicate as usize) {
            *lag = millis;
        }
        self
    }

    /// How many milliseconds a step takes.
    #[must_use]
    pub fn of(&self, step: Step) -> u64 {
        self.millis.get(step as usize).copied().unwrap_or_default()
    }

    /// When a step that begins now is over.
    #[must_use]
    pub fn end(&self, step: Step, since: u64) -> u64 {
        since.saturating_add(self.of(step))
    }

    fn with(mut self, wanted: Group, millis: u64) -> Self {
        for (at, (_, group, _)) in self.millis.iter_mut().zip(STEPS) {
            if group == wanted {
                *at = millis;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_stands_at_its_place() {
        for (at, (step, ..)) in STEPS.into_iter().enumerate() {
            assert_eq!(step as usize, at, "{step:?}");
        }
    }

    #[test]
    fn what_is_said_comes_before_what_was_observed() {
        let timing = Timing::real().creating_in(5).updating_in(0);
        let times = [Step::CreateIndexedTable, Step::DeleteTable, Step::FillIndex, Step::Tags];
        assert_eq!(times.map(|step| timing.of(step)), [5, 5_100, 0, 1_700]);
        assert_eq!(times.map(|step| Timing::AT_ONCE.of(step)), [0; 4]);
    }
}
