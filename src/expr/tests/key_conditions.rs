//! aws-facts 5.1 and 5.2: what key conditions may say and which keys they fit.

use super::*;
use crate::value::Type;
use ExpressionKind::KeyCondition;

#[test]
fn what_no_key_can_have_is_refused_before_the_table_is_known() {
    check_refusals(
        KeyCondition,
        &[
            ("pk.a = :v", "KeyConditionExpressions cannot have conditions on nested attributes"),
            ("pk[0] = :v", "KeyConditionExpressions cannot have conditions on nested attributes"),
            (
                "pk = :v AND pk = :w",
                "KeyConditionExpressions must only contain one condition per key",
            ),
            (
                "pk = :v AND sk > :v AND sk < :w",
                "KeyConditionExpressions must only contain one condition per key",
            ),
            (
                "pk = :v AND :true <= sk",
                "Incorrect operand type for operator or function; operator or function: <=, \
                 operand type: BOOL",
            ),
            (
                "pk = :undefined AND sk < :true",
                "An expression attribute value used in expression is not defined; attribute \
                 value: :undefined",
            ),
            ("((pk = :v))", "The expression has redundant parentheses;"),
            (
                "pk = :v AND sk BETWEEN :w AND :v",
                "The BETWEEN operator requires upper bound to be greater than or equal to lower \
                 bound; lower bound operand: AttributeValue: {S:w}, upper bound operand: \
                 AttributeValue: {S:v}",
            ),
        ],
    );
}

fn strings<'a>(keys: &[&'a str]) -> Vec<(&'a str, Type)> {
    keys.iter().map(|key| (*key, Type::S)).collect()
}

fn bind(text: &str, hash: &[&str], range: &[&str]) -> Result<BoundKeys, String> {
    let (hash, range) = (strings(hash), strings(range));
    let condition = parse_key_condition(text, &mut values()).map_err(|error| error.to_string())?;
    condition.bind(&KeyShape { hash: &hash, range: &range }).map_err(|error| {
        assert!(error.at_runtime(), "{text}");
        error.to_string()
    })
}

#[test]
fn conditions_are_bound_to_the_keys_of_the_schema() {
    let s = |text: &str| std::sync::Arc::new(AttributeValue::S(text.to_owned()));
    for (text, equal, range) in [
        ("pk = :pk", vec![], None),
        (":pk = pk AND (sk = :v)", vec![s("v")], None),
        ("(sk > :v) AND pk = :pk", vec![], Some(KeyTest::Greater(s("v")))),
        ("pk = :pk AND :v <= sk", vec![], Some(KeyTest::GreaterOrEqual(s("v")))),
        ("pk = :pk AND sk < :v", vec![], Some(KeyTest::Less(s("v")))),
        ("pk = :pk AND sk BETWEEN :v AND :w", vec![], Some(KeyTest::Between(s("v"), s("w")))),
        ("pk = :pk AND begins_with(sk, :v)", vec![], Some(KeyTest::BeginsWith(s("v")))),
    ] {
        let bound = BoundKeys { hash: vec![s("p")], equal, range };
        assert_eq!(bind(text, &["pk"], &["sk"]), Ok(bound), "{text}");
    }
}

#[test]
fn conditions_that_do_not_fit_the_schema_are_refused() {
    let unsupported = "Query key condition not supported";
    for (text, sentence) in [
        (
            "pk = :v AND sk = :v AND a = :v",
            "The number of query conditions (3) exceeds the number of key attributes defined in \
             the schema (2)",
        ),
        ("sk = :v", "Query condition missed key schema element: pk"),
        ("pk = :v AND a = :v", "Query condition missed key schema element: sk"),
        ("pk > :v", unsupported),
        ("begins_with(pk, :v)", unsupported),
        ("pk = :v AND sk <> :v", unsupported),
        ("pk = :v OR sk = :v", unsupported),
        ("NOT pk = :v", unsupported),
        ("pk = :v AND sk IN (:v)", unsupported),
        ("pk = :v AND contains(sk, :v)", unsupported),
        (
            "pk = :1",
            "One or more parameter values were invalid: Condition parameter type does not match \
             schema type",
        ),
        (
            "pk = :v AND sk > :b",
            "One or more parameter values were invalid: Condition parameter type does not match \
             schema type",
        ),
        (
            "pk = :empty",
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: pk",
        ),
    ] {
        assert_eq!(bind(text, &["pk"], &["sk"]), Err(sentence.to_owned()), "{text}");
    }
}

#[test]
fn keys_of_several_attributes_need_equality_on_all_but_the_last() {
    let hash = "HASH key attributes";
    let range = "RANGE key attributes";
    let must = "must have equality conditions specified in the query";
    for (text, expected) in [
        ("h1 = :v AND h2 = :w", Ok((2, 0, false))),
        ("h2 = :w AND h1 = :v AND r1 = :x", Ok((2, 1, false))),
        ("h1 = :v AND h2 = :w AND r1 = :x AND r2 > :x", Ok((2, 1, true))),
        ("h1 = :v AND h2 = :w AND r2 = :x AND r1 = :x AND r3 = :x", Ok((2, 3, false))),
        ("h1 = :v", Err(format!("{hash} h2 {must}"))),
        ("r1 = :v", Err(format!("{hash} h1, h2 {must}"))),
        (
            "h1 = :v AND h2 = :w AND r3 = :x",
            Err(format!(
                "{range} r1, r2 {must} because a condition is present on key attribute r3"
            )),
        ),
        (
            "h1 = :v AND h2 = :w AND r1 > :x AND r2 = :x",
            Err(format!("{range} r1 {must} because a condition is present on key attribute r2")),
        ),
    ] {
        let bound = bind(text, &["h1", "h2"], &["r1", "r2", "r3"]);
        let shape = bound.map(|bound| (bound.hash.len(), bound.equal.len(), bound.range.is_some()));
        assert_eq!(shape, expected, "{text}");
    }
}
