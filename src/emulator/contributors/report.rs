//! What was counted, rule by rule.

use super::{Counted, Kind, MINUTE_MS};
use crate::{
    emulator::{
        Emulator,
        table::{Insights, InsightsStatus, Table},
    },
    storage::StoreError,
    wire::json::Writer,
};

/// A rule of contributor insights, with what it counted.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightRule {
    /// As DescribeContributorInsights names it.
    pub name: String,
    /// The region of its table.
    pub region: String,
    /// The table.
    pub table: String,
    /// The index, if it is not the table's.
    pub index: Option<String>,
    /// What is counted: `ConsumedThroughputUnits` or `ThrottleCount`.
    pub metric: &'static str,
    /// The minutes in which anything was, in order.
    pub minutes: Vec<InsightsMinute>,
}

/// What a rule counted in a minute.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightsMinute {
    /// When it began, in seconds since 1970.
    pub start: u64,
    /// All that was counted.
    pub sum: f64,
    /// The keys that count most, first.
    pub contributors: Vec<Contributor>,
}

/// A key.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributor {
    /// The key as JSON: `{"pk":{"S":"a"}}`.
    pub key: String,
    /// What it counts.
    pub value: f64,
    /// By how much that may be too high. Nothing, unless a minute has more than
    /// [`EXACT_KEYS`](super::EXACT_KEYS) different keys, or was over and counted again.
    pub over: f64,
}

impl Emulator {
    /// What the rules of contributor insights counted, of all tables and indexes where they are
    /// enabled.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn insights(&self) -> Result<Vec<InsightRule>, StoreError> {
        let (store, now) = (self.store.read()?, self.now());
        let tables = self.catalog.all(&*store)?;
        let all = self.insights.lock().clone();
        let mut rules = Vec::new();
        for table in &tables {
            for insights in &table.state.insights {
                if insights.status(now) == InsightsStatus::Enabled
                    && let Some((_, place)) = insights.place(table, now)
                {
                    rules.extend(of(table, insights, all.get(&place).map(|counted| &**counted)));
                }
            }
        }
        Ok(rules)
    }
}

fn of(table: &Table, insights: &Insights, counted: Option<&Counted>) -> Vec<InsightRule> {
    let rules = insights.rules(table).iter().map(|name| {
        let kind = Kind::named(name);
        let minutes = counted.and_then(|counted| counted.minutes.get(&kind)).into_iter().flatten();
        let minutes = minutes.map(|(at, minute)| InsightsMinute {
            start: at * MINUTE_MS / 1_000,
            sum: units(minute.sum),
            contributors: minute
                .listed()
                .into_iter()
                .map(|(key, count)| Contributor {
                    key: String::from_utf8_lossy(key).into_owned(),
                    value: units(count.value),
                    over: units(count.over),
                })
                .collect(),
        });
        InsightRule {
            name: insights.rule_name(name, &table.name),
            region: table.region().to_owned(),
            table: table.name.to_string(),
            index: insights.index.as_deref().map(str::to_owned),
            metric: if kind.throttled { "ThrottleCount" } else { "ConsumedThroughputUnits" },
            minutes: minutes.collect(),
        }
    });
    rules.collect()
}

fn units(thousandths: u64) -> f64 {
    thousandths as f64 / 1_000.0
}

impl InsightRule {
    /// Writes it as the control API tells it.
    pub fn write(&self, json: &mut Writer) {
        json.object(|json| {
            let mut texts = vec![("name", &*self.name), ("region", &self.region)];
            texts.push(("table", &self.table));
            texts.extend(self.index.as_deref().map(|index| ("index", index)));
            texts.push(("metric", self.metric));
            for (name, text) in texts {
                json.key(name);
                json.string(text);
            }
            json.key("minutes");
            json.array(|json| self.minutes.iter().for_each(|minute| minute.write(json)));
        });
    }
}

impl InsightsMinute {
    fn write(&self, json: &mut Writer) {
        json.object(|json| {
            json.key("start");
            json.number(self.start);
            json.key("sum");
            json.number(self.sum);
            json.key("contributors");
            json.array(|json| {
                for one in &self.contributors {
                    json.object(|json| {
                        json.key("key");
                        json.raw(one.key.as_bytes());
                        json.key("value");
                        json.number(one.value);
                        if one.over > 0.0 {
                            json.key("over");
                            json.number(one.over);
                        }
                    });
                }
            });
        });
    }
}
