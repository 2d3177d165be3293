//! The summary for programs.

use super::SessionReport;
use crate::wire::json::Writer;

/// The version of this format. Members are only ever added under one number.
const SCHEMA: u32 = 1;

pub(super) fn write(report: &SessionReport) -> String {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("schema");
        json.number(SCHEMA);
        json.key("tape");
        json.string(&report.tape);
        if let Some(instant) = &report.recorded_at {
            json.key("recorded_at");
            json.string(instant);
        }
        json.key("passed");
        json.raw(if report.passes() { b"true" } else { b"false" });
        json.key("counts");
        json.object(|json| {
            for count in &report.counts {
                json.key(count.key);
                json.number(count.count);
            }
        });
        json.key("misses");
        json.array(|json| {
            for miss in &report.misses {
                json.object(|json| {
                    for (name, text) in
                        [("id", &miss.id), ("asked", &miss.asked), ("report", &miss.report)]
                    {
                        json.key(name);
                        json.string(text);
                    }
                });
            }
        });
        json.key("unused");
        json.object(|json| {
            for (name, _, unused) in report.unused() {
                json.key(name);
                json.array(|json| unused.ids.iter().for_each(|id| json.string(id)));
            }
        });
        json.key("faults");
        json.array(|json| {
            for fault in &report.faults {
                json.object(|json| {
                    json.key("rule");
                    json.string(&fault.rule);
                    json.key("seen");
                    json.number(fault.seen);
                    json.key("fired");
                    json.number(fault.fired);
                });
            }
        });
    });
    let mut text = String::from_utf8_lossy(&json.into_bytes()).into_owned();
    text.push('\n');
    text
}
