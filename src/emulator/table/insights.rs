//! Contributor insights of a table and its indexes: whether the keys asked for most are counted
//! (aws-service-facts 14, us-west-2 and us-east-1, October 2026).

use super::Table;
use crate::wire::json::{Value, Writer};

/// Contributor insights of a table, or of one of its global indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insights {
    /// The index, if it is not the table.
    pub index: Option<Box<str>>,
    /// Whether they were enabled last, or disabled.
    pub enabled: bool,
    /// Which keys are counted.
    pub mode: Mode,
    /// What its rules' names end with: when it was enabled out of being disabled.
    pub suffix: u64,
    /// Whether there are too many rules for it.
    pub failed: bool,
    /// When it changed, in milliseconds since 1970.
    pub since: u64,
    /// When that is done.
    pub until: u64,
}

/// ContributorInsightsMode
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Keys that are asked for, and those that are throttled.
    #[default]
    All,
    /// Only those that are throttled.
    Throttled,
}

/// ContributorInsightsStatus
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the service's words
pub enum InsightsStatus {
    Enabling,
    Enabled,
    Disabling,
    Disabled,
    Failed,
}

impl Mode {
    /// The mode of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::All, Self::Throttled].into_iter().find(|mode| mode.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ACCESSED_AND_THROTTLED_KEYS",
            Self::Throttled => "THROTTLED_KEYS",
        }
    }

    /// The kinds of rules that count for it: of partition keys, and of whole keys where there is a
    /// sort key. Their order is that of the documentation's example.
    #[must_use]
    fn rules(self, sorted: bool) -> &'static [&'static str] {
        match (self, sorted) {
            (Self::All, true) => &["PKC", "SKC", "PKT", "SKT"],
            (Self::All, false) => &["PKC", "PKT"],
            (Self::Throttled, true) => &["PKT", "SKT"],
            (Self::Throttled, false) => &["PKT"],
        }
    }
}

impl InsightsStatus {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabling => "ENABLING",
            Self::Enabled => "ENABLED",
            Self::Disabling => "DISABLING",
            Self::Disabled => "DISABLED",
            Self::Failed => "FAILED",
        }
    }
}

impl Insights {
    /// What they are at.
    #[must_use]
    pub fn status(&self, now: u64) -> InsightsStatus {
        match (self.enabled, now < self.until) {
            (true, true) => InsightsStatus::Enabling,
            (true, false) if self.failed => InsightsStatus::Failed,
            (true, false) => InsightsStatus::Enabled,
            (false, true) => InsightsStatus::Disabling,
            (false, false) => InsightsStatus::Disabled,
        }
    }

    /// Whether it is told why they failed: also while what failed is disabled.
    #[must_use]
    pub fn tells_failure(&self, now: u64) -> bool {
        self.failed
            && matches!(self.status(now), InsightsStatus::Failed | InsightsStatus::Disabling)
    }

    /// Whether they have rules.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.enabled && !self.failed
    }

    /// The kinds of rules that count for it.
    #[must_use]
    pub fn rules(&self, table: &Table) -> &'static [&'static str] {
        let key = match &self.index {
            None => Some(&table.key),
            Some(name) => table.index(name).map(|(_, index)| &index.key),
        };
        self.mode.rules(key.is_some_and(|key| !key.sort.is_empty()))
    }

    /// The name of a rule of the table's.
    #[must_use]
    pub fn rule_name(&self, kind: &str, table: &str) -> String {
        let of = self.index.as_ref().map(|index| format!("-{index}")).unwrap_or_default();
        format!("DynamoDBContributorInsights-{kind}-{table}{of}-{}", self.suffix)
    }

    /// Reads what [`Insights::write`] wrote.
    #[must_use]
    pub fn read(json: Value<'_>) -> Option<Self> {
        let text = |name| json.get(name)?.as_str();
        let flag = |name| json.get(name)?.as_bool();
        Some(Self {
            index: text("Index").map(|name| name.as_ref().into()),
            enabled: flag("Enabled")?,
            mode: Mode::named(&text("Mode")?)?,
            suffix: json.number("Suffix")?,
            failed: flag("Failed")?,
            since: json.number("Since")?,
            until: json.number("Until")?,
        })
    }

    /// Writes the members.
    pub fn write(&self, json: &mut Writer) {
        if let Some(index) = &self.index {
            json.key("Index");
            json.string(index);
        }
        json.key("Mode");
        json.string(self.mode.name());
        for (name, flag) in [("Enabled", self.enabled), ("Failed", self.failed)] {
            json.key(name);
            json.bool(flag);
        }
        for (name, number) in
            [("Suffix", self.suffix), ("Since", self.since), ("Until", self.until)]
        {
            json.key(name);
            json.number(number);
        }
    }
}
