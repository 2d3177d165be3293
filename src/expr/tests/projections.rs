//! aws-facts 4.8: what projections may ask for and what they return.

use super::*;
use ExpressionKind::Projection;

#[test]
fn paths_must_keep_apart() {
    check_refusals(
        Projection,
        &[
            (
                "a, a.b",
                "Two document paths overlap with each other; must remove or rewrite one of these \
                 paths; path one: [a], path two: [a, b]",
            ),
            (
                "#n, b, n",
                "Two document paths overlap with each other; must remove or rewrite one of these \
                 paths; path one: [n], path two: [n]",
            ),
            (
                "a.b[0].c, a.b[0]",
                "Two document paths overlap with each other; must remove or rewrite one of these \
                 paths; path one: [a, b, [0], c], path two: [a, b, [0]]",
            ),
            (
                "a[0], a.b",
                "Two document paths conflict with each other; must remove or rewrite one of \
                 these paths; path one: [a, [0]], path two: [a, b]",
            ),
            (
                "#x",
                "An expression attribute name used in the document path is not defined; \
                 attribute name: #x",
            ),
            ("a, b.size", "Attribute name is a reserved keyword; reserved keyword: size"),
        ],
    );
}

#[test]
fn parts_come_back_compacted_and_merged() {
    let item = item(
        r#"{"a":{"S":"a"},"b":{"N":"1"},"a.b":{"S":"dot"},
            "l":{"L":[{"S":"l0"},{"S":"l1"},{"S":"l2"}]},
            "lm":{"L":[{"M":{"a":{"N":"1"},"b":{"N":"2"},"c":{"N":"3"}}},{"M":{"a":{"N":"4"}}}]},
            "m":{"M":{"x":{"M":{"y":{"N":"1"},"z":{"N":"2"}}},"w":{"N":"3"}}}}"#,
    );
    for (text_of, expected) in [
        ("b, a", r#"{"a":{"S":"a"},"b":{"N":"1"}}"#),
        ("l[2], l[0]", r#"{"l":{"L":[{"S":"l0"},{"S":"l2"}]}}"#),
        ("lm[0].a, lm[0].b", r#"{"lm":{"L":[{"M":{"a":{"N":"1"},"b":{"N":"2"}}}]}}"#),
        ("lm[1].a, lm[0].c", r#"{"lm":{"L":[{"M":{"c":{"N":"3"}}},{"M":{"a":{"N":"4"}}}]}}"#),
        ("m.x.z, m.w", r#"{"m":{"M":{"w":{"N":"3"},"x":{"M":{"z":{"N":"2"}}}}}}"#),
        ("m.nope, l[7], nope, a.b", "{}"),
        ("l.x, m[0]", "{}"),
        ("#dot", r#"{"a.b":{"S":"dot"}}"#),
        ("m", r#"{"m":{"M":{"w":{"N":"3"},"x":{"M":{"y":{"N":"1"},"z":{"N":"2"}}}}}}"#),
    ] {
        let projection = parse_projection(text_of, &mut values()).expect(text_of);
        assert_eq!(text(&projection.apply(&item)), expected, "{text_of}");
    }
}
