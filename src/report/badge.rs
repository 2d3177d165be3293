//! Badges as shields.io reads them from a URL: one a layer, correctness beside coverage.
//!
//! The format: <https://shields.io/badges/endpoint-badge>.

use super::{grouped, percent};
use crate::{
    conformance::Run,
    diff::{Layer, Outcome},
    wire::json::Writer,
};

/// The badge of a layer: how many of its comparisons found both answers alike, and how much of
/// what was played was measured at all.
#[must_use]
pub fn badge(run: &Run, layer: Layer) -> String {
    let total = run.total();
    let (compared, differed) = (total.tally.compared(layer), total.tally.differed(layer));
    let measured: usize =
        Outcome::ALL.iter().filter(|one| one.is_measured()).map(|one| total.of(*one)).sum();
    let message = match compared {
        0 => "not measured".to_owned(),
        _ => format!(
            "{} of {} alike, {} measured",
            percent(compared - differed, compared),
            grouped(compared),
            percent(measured, total.total())
        ),
    };
    // In thousandths, so that only all is bright green.
    let colour = match (compared, (compared - differed) * 1_000 / compared.max(1)) {
        (0, _) => "lightgrey",
        (_, 1_000) => "brightgreen",
        (_, 990..) => "green",
        (_, 950..) => "yellow",
        (_, 800..) => "orange",
        _ => "red",
    };
    let mut json = Writer::new();
    json.object(|json| {
        json.key("schemaVersion");
        json.number(1);
        for (name, text) in
            [("label", &*format!("DynamoDB {layer}")), ("message", &message), ("color", colour)]
        {
            json.key(name);
            json.string(text);
        }
    });
    String::from_utf8_lossy(&json.into_bytes()).into_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::run;

    #[test]
    fn a_badge_says_how_much_is_alike_and_how_much_was_measured() {
        let badge = |layer| serde_json::from_str::<serde_json::Value>(&badge(&run(), layer));
        let values = badge(Layer::Values).expect("JSON");
        assert_eq!(
            values,
            serde_json::json!({
                "schemaVersion": 1,
                "label": "DynamoDB values",
                "message": "66.6 % of 3 alike, 75 % measured",
                "color": "red",
            })
        );
        assert_eq!(badge(Layer::Status).expect("JSON")["color"], "brightgreen");
        assert_eq!(badge(Layer::Crc).expect("JSON")["message"], "not measured");
    }
}
