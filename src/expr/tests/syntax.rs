//! aws-facts 4.1 and 4.2: texts no parser can read, and what the service shows of them.

use super::*;
use ExpressionKind::{Condition, Filter, KeyCondition, Projection, Update};

fn check(kind: ExpressionKind, rows: &[(&str, &str, &str)]) {
    for (text, token, near) in rows {
        let sentence =
            format!("Invalid {kind}: Syntax error; token: \"{token}\", near: \"{near}\"");
        assert_eq!(refusal(kind, text), sentence, "{text}");
    }
}

#[test]
fn conditions_show_the_token_and_its_neighbours() {
    check(
        Condition,
        &[
            ("attribute_not_exists(", "<EOF>", "("),
            ("attribute_exists(pk", "<EOF>", "pk"),
            ("a =", "<EOF>", "="),
            ("a = :v AND", "<EOF>", "AND"),
            ("a BETWEEN :v", "<EOF>", ":v"),
            ("(a = :v", "<EOF>", ":v"),
            ("a.", "<EOF>", "."),
            ("a[", "<EOF>", "["),
            ("attribute_exists(pk) x", "x", ") x"),
            ("attribute_exists(pk) x y", "x", ") x y"),
            ("a = :v :w", ":w", ":v :w"),
            ("a = :v :w x", ":w", ":v :w x"),
            ("a = :v)", ")", ":v)"),
            ("a :v", ":v", "a :v"),
            ("a = = :v", "=", "= = :v"),
            ("= :v", "=", "= :v"),
            ("AND a = :v", "AND", "AND a"),
            ("aaa = :v AND bbbb = :w cccc = :x", "cccc", ":w cccc ="),
            ("attribute_exists pk", "pk", "attribute_exists pk"),
            ("attribute_exists(pk,)", ")", ",)"),
            ("begins_with(a :v)", ":v", "a :v)"),
            ("a IN :v", ":v", "IN :v"),
            ("a IN ()", ")", "()"),
            ("a BETWEEN :v OR :w", "OR", ":v OR :w"),
            ("NOT", "<EOF>", "NOT"),
            ("a[x] = :v", "x", "[x]"),
            ("a[1 = :v", "=", "1 = :v"),
            ("a = :v !", "!", ":v !"),
            ("a ! b", "!", "a ! b"),
            ("size(a) =", "<EOF>", "="),
            ("l[00] = :v", "0", "00]"),
            ("l[01] = :v", "1", "01]"),
            ("a = é", "é", "= é"),
            ("a =\u{a0}:v", "\u{a0}", "=\u{a0}:v"),
            ("a = 😀 b", "😀", "= 😀 b"),
            ("a = 5", "5", "= 5"),
            ("a", "<EOF>", "a"),
            ("a AND b = :v", "AND", "a AND b"),
            ("(a) AND b = :v", "AND", ") AND b"),
            ("a = b = c", "=", "b = c"),
            ("(a = :v) = :w", "=", ") = :w"),
            ("a = (b = :v)", "=", "b = :v"),
            ("()", ")", "()"),
            ("a  =\n\t:v  x", "x", ":v  x"),
            ("a = :", ":", "= :"),
            ("   ", "<EOF>", "   "),
        ],
    );
    check(Filter, &[("a =", "<EOF>", "=")]);
}

#[test]
fn key_conditions_do_as_conditions() {
    check(
        KeyCondition,
        &[
            ("pk =", "<EOF>", "="),
            ("pk = :pk AND", "<EOF>", "AND"),
            ("pk = :pk x", "x", ":pk x"),
            ("pk = :pk :w", ":w", ":pk :w"),
            ("pk :pk", ":pk", "pk :pk"),
            ("= :pk", "=", "= :pk"),
            ("pk = :pk)", ")", ":pk)"),
            ("pk = :pk AND begins_with(sk", "<EOF>", "sk"),
        ],
    );
}

#[test]
fn updates_do_as_conditions() {
    check(
        Update,
        &[
            ("SET a =", "<EOF>", "="),
            ("SET", "<EOF>", "SET"),
            ("SET a = :v x", "x", ":v x"),
            ("SET a :v", ":v", "a :v"),
            ("ADD a", "<EOF>", "a"),
            ("REMOVE a :v", ":v", "a :v"),
            ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
            ("REMOVE l[00]", "0", "00]"),
            ("REMOVE l[007]", "0", "007"),
            ("REMOVE l[01]", "1", "01]"),
            ("SET a = b + c + d", "+", "c + d"),
            ("SET a = (b + c) + d", "+", ") + d"),
            ("SET a = b + (c - d)", "<EOF>", ")"),
            ("SET a = :v,", "<EOF>", ","),
            ("ADD a b", "b", "a b"),
            ("  ", "<EOF>", "  "),
        ],
    );
}

#[test]
fn projections_do_as_conditions() {
    check(
        Projection,
        &[
            ("a,", "<EOF>", ","),
            ("a b", "b", "a b"),
            ("a,,b", ",", ",,b"),
            (" ", "<EOF>", " "),
            (":v", ":v", ":v"),
        ],
    );
}

#[test]
fn the_empty_and_the_large_are_not_parsed() {
    for kind in [Condition, Filter, KeyCondition, Projection, Update] {
        assert_eq!(refusal(kind, ""), format!("Invalid {kind}: The expression can not be empty;"));
        let large = format!("a{}", " ".repeat(4_096));
        let sentence =
            format!("Invalid {kind}: Expression size has exceeded the maximum allowed size;");
        assert_eq!(refusal(kind, &large), sentence);
    }
    let largest = format!("a{}", " ".repeat(4_095));
    assert!(refusal(Projection, &largest).starts_with("accepted"));
    let error = parse_projection(&format!("{largest} "), &mut values()).expect_err("too large");
    assert!(error.with_figure().ends_with("allowed size; expression size: 4097"));
}

#[test]
fn deep_nesting_is_refused_before_it_exhausts_the_stack() {
    let many = "The expression contains too many operators; operator count: 301";
    let redundant = "The expression has redundant parentheses;";
    for (text, sentence) in [
        (format!("{}a = :v{}", "(".repeat(2_000), ")".repeat(2_000)), redundant),
        (format!("{}a = :v{}", "(NOT ".repeat(600), ")".repeat(600)), many),
        (format!("{}a = :v", "NOT ".repeat(1_000)), many),
        (format!("{}a{} = :v", "size(".repeat(600), ")".repeat(600)), many),
        (["a = :v"; 301].join(" OR "), many),
    ] {
        assert_eq!(refusal(Condition, &text), format!("Invalid {Condition}: {sentence}"));
    }
    let text = format!("SET a = {}b{}", "(".repeat(2_000), ")".repeat(2_000));
    assert_eq!(refusal(Update, &text), format!("Invalid {Update}: {redundant}"));
}

#[test]
fn in_utf16_half_a_character_is_a_token() {
    let told = |text: &str| {
        let error = parse_condition(Condition, text, &mut values()).expect_err(text);
        error.in_halves().to_string()
    };
    for (text, token, near) in [
        ("a = \u{1F600} b", "?", "= ??"),
        ("a \u{1F600}", "?", "a ??"),
        ("a = = \u{1F600}", "=", "= = ?"),
        ("\u{1F600}", "?", "??"),
        ("a = é \u{1F600}", "é", "= é ?"),
        ("a = é", "é", "= é"),
    ] {
        let sentence = format!(
            "Invalid ConditionExpression: Syntax error; token: \"{token}\", near: \"{near}\""
        );
        assert_eq!(told(text), sentence);
    }
}
