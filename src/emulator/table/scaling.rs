//! How a table's capacity scales by itself: targets and policies as Application Auto Scaling keeps
//! them (aws-service-facts 11). They are kept and shown; no load makes capacity go up or down.

use crate::wire::json::{Value, Writer};

/// A dimension that scales: reads or writes, of a table or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The index; `None` is the table.
    pub index: Option<Box<str>>,
    /// Whether it is writes.
    pub writes: bool,
    /// MinimumUnits
    pub least: i64,
    /// MaximumUnits
    pub most: i64,
    /// Its policy.
    pub policy: Policy,
}

/// What a dimension scales to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// PolicyName
    pub name: Box<str>,
    /// TargetValue, as it is shown.
    pub target: Box<str>,
    /// ScaleInCooldown
    pub scale_in: Option<i64>,
    /// ScaleOutCooldown
    pub scale_out: Option<i64>,
    /// DisableScaleIn
    pub only_out: Option<bool>,
}

impl Scaling {
    /// Whether it is that dimension.
    #[must_use]
    pub fn is_of(&self, index: Option<&str>, writes: bool) -> bool {
        self.index.as_deref() == index && self.writes == writes
    }

    /// Writes it as the store keeps it.
    pub(super) fn write(&self, json: &mut Writer) {
        json.object(|json| {
            if let Some(index) = &self.index {
                json.key("Index");
                json.string(index);
            }
            json.key("Writes");
            json.bool(self.writes);
            for (name, value) in [
                ("Least", Some(self.least)),
                ("Most", Some(self.most)),
                ("ScaleIn", self.policy.scale_in),
                ("ScaleOut", self.policy.scale_out),
            ] {
                if let Some(value) = value {
                    json.key(name);
                    json.number(value);
                }
            }
            json.key("Policy");
            json.string(&self.policy.name);
            json.key("Target");
            json.string(&self.policy.target);
            if let Some(only_out) = self.policy.only_out {
                json.key("OnlyOut");
                json.bool(only_out);
            }
        });
    }

    /// Reads what [`Scaling::write`] wrote.
    pub(super) fn read(json: Value<'_>) -> Option<Self> {
        let text = |name| Some(Box::from(json.get(name)?.as_str()?.as_ref()));
        let flag = |name| json.get(name).map(|value: Value<'_>| value.raw() == "true");
        Some(Self {
            index: text("Index"),
            writes: flag("Writes")?,
            least: json.number("Least")?,
            most: json.number("Most")?,
            policy: Policy {
                name: text("Policy")?,
                target: text("Target")?,
                scale_in: json.number("ScaleIn"),
                scale_out: json.number("ScaleOut"),
                only_out: flag("OnlyOut"),
            },
        })
    }
}
