//! aws-facts 4.3 to 4.5: what conditions may say and when they hold.

use super::*;
use ExpressionKind::Condition;

#[test]
fn what_cannot_be_meant_is_refused() {
    check_refusals(
        Condition,
        &[
            ("foo(pk)", "Invalid function name; function: foo"),
            ("foo(pk, :v)", "Invalid function name; function: foo"),
            ("SIZE(pk) = :1", "Invalid function name; function: SIZE"),
            ("((a = :v))", "The expression has redundant parentheses;"),
            ("a = :v AND ((b = :w))", "The expression has redundant parentheses;"),
            ("a = ((:v))", "The expression has redundant parentheses;"),
            ("a.data = :v", "Attribute name is a reserved keyword; reserved keyword: data"),
            ("Status = :v", "Attribute name is a reserved keyword; reserved keyword: Status"),
            (
                "#x = :v",
                "An expression attribute name used in the document path is not defined; \
                 attribute name: #x",
            ),
            (
                "a = :undefined",
                "An expression attribute value used in expression is not defined; \
                 attribute value: :undefined",
            ),
            (
                "a < :true",
                "Incorrect operand type for operator or function; operator or function: <, \
                 operand type: BOOL",
            ),
            (
                ":ss >= a",
                "Incorrect operand type for operator or function; operator or function: >=, \
                 operand type: SS",
            ),
            (
                "begins_with(a, :1)",
                "Incorrect operand type for operator or function; operator or function: \
                 begins_with, operand type: N",
            ),
            (
                "a BETWEEN :null AND :1",
                "Incorrect operand type for operator or function; operator or function: BETWEEN, \
                 operand type: NULL",
            ),
            (
                "contains(a, a)",
                "The first operand must be distinct from the remaining operands for this \
                 operator or function; operator: contains, first operand: [a]",
            ),
            (
                "a.b[0] = a.b[0]",
                "The first operand must be distinct from the remaining operands for this \
                 operator or function; operator: =, first operand: [a, b, [0]]",
            ),
            (
                "a BETWEEN :v AND :1",
                "The BETWEEN operator requires same data type for lower and upper bounds; \
                 lower bound operand: AttributeValue: {S:v}, upper bound operand: \
                 AttributeValue: {N:1}",
            ),
            (
                "a BETWEEN :w AND :v",
                "The BETWEEN operator requires upper bound to be greater than or equal to lower \
                 bound; lower bound operand: AttributeValue: {S:w}, upper bound operand: \
                 AttributeValue: {S:v}",
            ),
            (
                "attribute_exists(:v)",
                "Operator or function requires a document path; operator or function: \
                 attribute_exists",
            ),
            (
                "attribute_exists(a, b)",
                "Incorrect number of operands for operator or function; operator or function: \
                 attribute_exists, number of operands: 2",
            ),
            (
                "attribute_type(a, :v)",
                "Invalid attribute type name found; type: v, valid types: \
                 {N,BS,L,B,NULL,M,S,SS,NS,BOOL}",
            ),
            (
                "size(:1) = :1",
                "Incorrect operand type for operator or function; operator or function: size, \
                 operand type: N",
            ),
            (
                "size(a)",
                "The function is not allowed to be used this way in an expression; function: size",
            ),
            (
                "contains(a, :v) = :true",
                "The function is not allowed to be used this way in an expression; function: \
                 contains",
            ),
            (
                "if_not_exists(a, :v) = :v",
                "The function is not allowed in a condition expression; function: if_not_exists",
            ),
            (
                "a[2147483648] = :v",
                "List index is not within the allowable range; index: [2147483648]",
            ),
        ],
    );
    let many = format!("a IN ({})", [":v"; 101].join(", "));
    let sentence = "The IN operator is provided with too many operands; number of operands: 101";
    check_refusals(Condition, &[(&many, sentence)]);
}

#[test]
fn of_several_faults_the_first_stage_is_named_and_in_it_the_first_written() {
    for (text, part) in [
        ("status = :undefined AND ((a = :v)) =", "Syntax error; token: \"=\""),
        ("status = :v AND ((a = :v))", "redundant parentheses"),
        ("a = :undefined AND foo(status)", "function: foo"),
        ("#x = :v AND status = :v", "reserved keyword: status"),
        ("a < :true AND #x = :v", "operand type: BOOL"),
        ("#x = :v AND a < :true", "attribute name: #x"),
        ("#x < :true", "attribute name: #x"),
    ] {
        assert!(refusal(Condition, text).contains(part), "{text}: {}", refusal(Condition, text));
    }
}

#[test]
fn functions_names_and_keywords_are_told_apart() {
    for text in [
        "not a = :v and (b = :w Or c in (:v))",
        "(a = :v) AND (b = :w)",
        "a = (:v)",
        "(a) = :v",
        "contains = :v",
        "begins_with.contains[0] = :v",
        "a . b [ 0 ] = :v",
        "_a = :v",
        "size(#s) > :1",
        "#dot = :v",
        "a BETWEEN :v AND :w AND b = :v",
        "a BETWEEN size(b) AND :7",
        "size(s) IN (:1, size(t))",
        "attribute_type(a, :undefined)",
    ] {
        let mut some = values();
        let undefined = text.contains(":undefined");
        assert_eq!(parse_condition(Condition, text, &mut some).is_err(), undefined, "{text}");
    }
}

#[test]
fn conditions_hold_as_the_service_decides() {
    let item = item(
        r#"{"n":{"N":"5"},"n2":{"N":"5.0"},"s":{"S":"a😀b"},"b":{"B":"AQIDAA=="},
            "ss":{"SS":["b","a"]},"ns":{"NS":["1.0","2"]},"bs":{"BS":["AQ=="]},
            "l":{"L":[{"S":"x"},{"M":{"k":{"N":"1.0"}}}]},"m":{"M":{"k":{"N":"1"}}},
            "t":{"BOOL":true},"z":{"NULL":true}}"#,
    );
    let values = r#"{":5":{"N":"5"},":4":{"N":"4.99"},":1":{"N":"1"},":01":{"N":"1.0"},":4u":{"N":"4"},
        ":a":{"S":"a"},":A":{"S":"A"},":none":{"S":""},":num":{"S":"5"},":b":{"B":"AgM="},":b1":{"B":"AQ=="},
        ":ss":{"SS":["a","b"]},":m":{"M":{"k":{"N":"1"}}},":x":{"S":"x"},":N":{"S":"N"},":NULL":{"S":"NULL"},
        ":true":{"BOOL":true},":null":{"NULL":true},":2":{"N":"2"},":11":{"N":"11"}}"#;
    for (text, expected) in [
        ("n = :5", true),
        ("n = n2", true),
        ("n = :num", false),
        ("n <> :num", true),
        ("n < :num", false),
        ("n > :4", true),
        ("n >= :5 AND n <= :5", true),
        ("n BETWEEN :4 AND :5", true),
        ("n BETWEEN :a AND :x", false),
        (":5 BETWEEN :4 AND n", true),
        ("nope = :5", false),
        ("nope <> :5", true),
        ("nope <> nothing", true),
        ("NOT nope = :5", true),
        ("nope < :5 OR n = :5", true),
        ("n IN (:4, n2)", true),
        ("nope IN (:4)", false),
        ("n IN (nope, :4)", false),
        ("n = :4 AND n = :4 OR n = :5", true),
        ("NOT n = :4 AND n = :5", true),
        ("NOT (n = :4 OR n = :5)", false),
        ("NOT NOT n = :5", true),
        ("size(s) = :4u", true),
        ("size(b) = :4u", true),
        ("size(ss) = :2", true),
        ("size(l) = :2", true),
        ("size(m) = :1", true),
        ("size(n) = :1", false),
        ("size(n) <> :1", true),
        ("size(nope) < :5", false),
        ("contains(s, :a)", true),
        ("contains(s, :A)", false),
        ("contains(s, :none)", true),
        ("contains(b, :b)", true),
        ("contains(b, :a)", false),
        ("contains(ss, :a)", true),
        ("contains(ss, :x)", false),
        ("contains(ns, :1)", true),
        ("contains(ns, :01)", true),
        ("contains(ns, :11)", false),
        ("contains(bs, :b1)", true),
        ("contains(l, :x)", true),
        ("contains(l, :m)", true),
        ("contains(l, :1)", false),
        ("contains(n, :5)", false),
        ("contains(nope, :5)", false),
        ("begins_with(s, :a)", true),
        ("begins_with(s, :A)", false),
        ("begins_with(b, :b1)", true),
        ("begins_with(n, :a)", false),
        ("ss = :ss", true),
        ("m = :m", true),
        ("l[1] = :m", true),
        ("l[1].k = :1", true),
        ("l[2] = :1", false),
        ("l.k = :1", false),
        ("m[0] = :1", false),
        ("s.k = :1", false),
        ("t = :true", true),
        ("z = :null", true),
        ("t < :a", false),
        ("attribute_exists(l[1].k)", true),
        ("attribute_exists(l[9])", false),
        ("attribute_not_exists(z)", false),
        ("attribute_not_exists(nope.x)", true),
        ("attribute_type(n, :N)", true),
        ("attribute_type(z, :NULL)", true),
        ("attribute_type(s, :N)", false),
        ("attribute_type(nope, :N)", false),
    ] {
        let mut some = placeholders(&[], values);
        let condition = parse_condition(Condition, text, &mut some).expect(text);
        assert_eq!(condition.holds(&item), expected, "{text}");
    }
}

#[test]
fn spelling_does_not_make_conditions_differ() {
    let parse = |text| parse_condition(Condition, text, &mut values()).expect(text);
    assert_eq!(parse("#n = :v AND(b=:w)"), parse("n  =  :v AND b = :w"));
    assert_ne!(parse("a = :v"), parse("a = :w"));
    let paths: Vec<_> = parse("a = b.c AND size(d) IN (e, :v)").paths().cloned().collect();
    let shown: Vec<_> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["[a]", "[b, c]", "[d]", "[e]"]);
}

#[test]
fn filters_on_keys_are_refused() {
    let parse = |text| parse_condition(ExpressionKind::Filter, text, &mut values()).expect(text);
    let query = |text| parse(text).check_names_no_key(&["pk", "sk"]);
    assert!(query("a = :v AND b.pk = :v").is_ok());
    assert_eq!(
        query("a = :v AND sk > :v").map_err(|error| error.to_string()),
        Err("Filter Expression can only contain non-primary key attributes: Primary key \
             attribute: sk"
            .to_owned())
    );
    let scalars = |text| parse(text).check_keys_are_scalars(&["pk", "sk"], &["gk", "sk"]);
    assert!(scalars("sk > :v AND gk = :w").is_ok());
    assert_eq!(
        scalars("gk[0] = :v").map_err(|error| error.to_string()),
        Err("Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
             allowed: IndexKey: gk"
            .to_owned())
    );
    assert!(scalars("sk.a = :v").is_err_and(|error| error.to_string().ends_with(": Key: sk")));
}
