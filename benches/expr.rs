//! Expressions: reading them, and applying them to an item.

#![allow(clippy::unwrap_used)] // the input is our own

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dynatape::{
    expr::{ExpressionKind, Placeholders, parse_condition, parse_update},
    value::{AttributeValue, Decoder, Item},
    wire::json::Json,
};

const CONDITION: &str = "attribute_exists(pk) AND #price BETWEEN :low AND :high \
    AND (contains(tags, :tag) OR address.city IN (:city, :other))";
const UPDATE: &str = "SET #price = #price + :low, note = if_not_exists(note, :tag) REMOVE voucher";

fn placeholders(values: &[&str]) -> Placeholders {
    let value = |name: &str| match name {
        ":low" => AttributeValue::N(1_u64.into()),
        ":high" => AttributeValue::N(1000_u64.into()),
        _ => AttributeValue::S("London".to_owned()),
    };
    let values = values.iter().map(|name| ((*name).to_owned(), value(name)));
    Placeholders::new(vec![("#price".to_owned(), "price".to_owned())], values.collect())
}

fn item() -> Item {
    Decoder::new().item(Json::parse(support::order(7)).unwrap().root()).unwrap()
}

fn expressions(bench: &mut Criterion) {
    let item = item();
    let condition = || {
        let mut given = placeholders(&[":low", ":high", ":tag", ":city", ":other"]);
        parse_condition(ExpressionKind::Condition, black_box(CONDITION), &mut given).unwrap()
    };
    let update = || parse_update(black_box(UPDATE), &mut placeholders(&[":low", ":tag"])).unwrap();
    bench.bench_function("expr/parse a condition", |bench| bench.iter(condition));
    bench.bench_function("expr/evaluate a condition", |bench| {
        let condition = condition();
        assert!(condition.holds(&item));
        bench.iter(|| condition.holds(black_box(&item)));
    });
    bench.bench_function("expr/parse an update", |bench| bench.iter(update));
    bench.bench_function("expr/apply an update", |bench| {
        let update = update();
        bench.iter(|| update.apply(black_box(&item)).unwrap());
    });
}

criterion_group!(name = benches; config = support::settings(); targets = expressions);
criterion_main!(benches);
