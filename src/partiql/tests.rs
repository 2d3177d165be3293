use super::*;
use crate::value::{AttributeValue, Type};

fn refused(text: &str) -> String {
    let parsed = Parsed::of(text).and_then(|parsed| parsed.bind(&[]));
    match parsed {
        Ok(statement) => panic!("{text}: {statement:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_statement_is_told_as_the_service_tells_it() {
    // aws-facts 10.4.
    for (detail, texts) in [
        (
            "Unexpected term",
            &[
                "SELECT",
                "SELECT * FROM",
                "SELECT * FROM;",
                ";",
                "FOO (",
                "FOO = FROM",
                "FOO = SELECT",
                "NOT",
                "-",
                "CASE",
                "EXISTS (",
                "[1,]",
                "FOO(1,)",
                "* FROM \"T\"",
                "SELECT * FROM \"T\" WHERE",
                "SELECT * FROM \"T\" WHERE NOT",
                "SELECT * FROM \"T\" WHERE (",
            ][..],
        ),
        (
            "Unexpected keyword",
            &[
                "SELECT * FROM WHERE a = 1",
                "INSERT",
                "WHERE",
                "VALUE {'a': 1}",
                "ORDER BY a",
                "LIMIT 1",
                "EXISTS",
            ],
        ),
        (
            "Unexpected operator",
            &["AND", "FOO = AND", "pk = LIKE", "pk = IN", "pk = BETWEEN 1 AND 2", "pk = IS"],
        ),
        (
            "Missing right-hand side expression of infix operator",
            &[
                "1 +",
                "FOO =",
                "FOO AND",
                "SELECT * FROM \"T\" WHERE pk = 'a' AND",
                "n <",
                "FOO BETWEEN",
            ],
        ),
        ("Expected AND keyword", &["FOO BETWEEN 1", "x NOT BETWEEN 1"]),
        ("Expected expression after AND", &["FOO BETWEEN 1 AND"]),
        ("Expected type name", &["FOO IS", "FOO IS BAR", "x IS DOUBLE", "x IS NUMBER", "x IS SET"]),
        ("Expected RIGHT_BRACKET", &["[1, 2", "[1 2]", "FOO[0", "FOO IN [1"]),
        ("Expected RIGHT_CURLY", &["{'a': 1", "{'a': 1 'b': 2}"]),
        ("Expected COLON", &["{'a' 1}"]),
        ("Expected RIGHT_PAREN", &["(FOO", "(FOO BAR)", "FOO(1", "FOO(1 2)"]),
        ("Expected RIGHT_DOUBLE_ANGLE_BRACKET", &["<<1", "<<1 2>>"]),
        ("Expected END keyword", &["CASE WHEN 1 THEN 2"]),
        ("Expected THEN keyword", &["CASE WHEN 1"]),
        ("Expected a WHEN clause in CASE", &["CASE 1"]),
        (
            "Expected identifier for simple path",
            &["UPDATE", "SET", "REMOVE", "DELETE FROM", "DELETE FROM;", "DELETE FROM WHERE a = 1"],
        ),
        ("Expected FROM after DELETE", &["DELETE"]),
        (
            "Expected data manipulation",
            &["SLECT * FROM \"T\"", "FROM \"T\"", "FROM \"T\" WHERE a = 1"],
        ),
        (
            "Unexpected token after expression",
            &[
                "INSRT INTO \"T\"",
                "FOO BAR",
                "FOO, BAR",
                "SELECT * FROM \"T\" WHERE a = 1 b",
                "SELECT * FROM \"T\" ORDER BY a WHERE a = 1",
                "SELECT * FROM \"T\" WHERE a = 1 WHERE b = 1",
                "INSERT INTO \"T\" t VALUE {'a': 1}",
                "UPDATE \"T\" REMOVE a, b WHERE c = 1",
                "SELECT * FROM \"T\" WHERE a = X'616263'",
                "1.2.3",
                "UPDATE \"T\" SET a = 1 WHERE b = 1 SET c = 1",
            ],
        ),
        (
            "Unexpected token after semicolon. (Only one query is allowed.)",
            &["FOO;;", "FOO; ;", "FOO; BAR"],
        ),
        ("Invalid path dot component", &["FOO.", "FOO..BAR", "m.inner", "m.Value"]),
        ("Expected '='", &["UPDATE \"T\" SET a"]),
        (
            "Expected identifier or an expression but found unexpected keyword 'from' in a select list.",
            &["SELECT FROM \"T\""],
        ),
        ("", &["'a", "\"a", "/* a", "`a", "#", "é", "SELECT 5e"]),
    ] {
        for text in texts {
            let expected = format!("Statement wasn't well formed, can't be processed: {detail}");
            assert_eq!(refused(text), expected, "{text}");
        }
    }
}

#[test]
fn an_expression_is_no_operation() {
    // aws-facts 10.5.
    for (kind, texts) in [
        ("Id", &["FOO", "(FOO)", "FOO;"][..]),
        ("Path", &["FOO.BAR", "FOO[0]", "FOO.*"]),
        ("Lit", &["1", "'a'", "true"]),
        ("Missing", &["MISSING"]),
        ("List", &["[1, 2]", "[]"]),
        ("Struct", &["{'a': 1}"]),
        ("Bag", &["<<1>>"]),
        ("IsType", &["FOO IS NULL"]),
        ("SearchedCase", &["CASE WHEN 1 THEN 2 END"]),
        ("SimpleCase", &["CASE 1 WHEN 1 THEN 2 END"]),
    ] {
        for text in texts {
            assert_eq!(refused(text), format!("Unsupported operation: {kind}"), "{text}");
        }
    }
    let parameter = Parsed::of("?").and_then(|parsed| parsed.bind(&[AttributeValue::Null]));
    assert_eq!(parameter, Err(Error::Operation("Parameter")));
    for text in ["FOO = 1", "FOO(1)", "FOO IS NOT MISSING", "1 + 2", "NOT FOO", "EXISTS(FOO)"] {
        assert_eq!(refused(text), Error::Exists.to_string(), "{text}");
    }
    for text in ["SET a = 1", "REMOVE a"] {
        assert_eq!(refused(text), Error::SingleTable.to_string(), "{text}");
    }
}

#[test]
fn conditions_are_refused_by_rank() {
    // aws-facts 10.7.
    for (filter, sentence) in [
        ("FOO(a)", "Unrecognized function: foo at 1:25:3"),
        ("EXISTS(a)", "Unrecognized function: exists at 1:25:6"),
        ("EXISTS(SELECT * FROM \"T\")", "Unsupported token in expression: SELECT at 1:32:6"),
        ("a = MISSING", "MISSING must be compared using IS operator"),
        (
            "a IS INT",
            "Unsupported data type for IS operator: IntegerType. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] at 1:25:1",
        ),
        ("a < true AND a = MISSING", "MISSING must be compared using IS operator"),
        (
            "a < true AND b = b",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [b]",
        ),
        (
            "a < true",
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
        ),
        (
            "contains(a, 'b') < 1",
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
        ),
        (
            "size(a) AND b = 1",
            "Incorrect operand type for operator or function; operator or function: AND, operand type: N",
        ),
        ("size(a)", "WHERE clause must contain an expression that resolves to a boolean"),
        ("size(a) + 1 = 2", "Unsupported operator in Condition Expression. Operator: +"),
        (
            "a BETWEEN 'b' AND 'a'",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
        ),
        (
            "m.a = m.a",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [m, a]",
        ),
        (
            "attribute_type(a, 'X')",
            "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}",
        ),
        (
            "attribute_exists('a')",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "a = 1e126",
            "Number overflow. Attempting to store a number with magnitude larger than supported range under root",
        ),
        ("a = `1`", "Ion Literals are not supported: INT under key root at 1:29:3"),
    ] {
        assert_eq!(refused(&format!("SELECT * FROM \"T\" WHERE {filter}")), sentence, "{filter}");
    }
}

#[test]
fn three_hundred_operators_are_the_most() {
    // aws-facts 10.7.
    let with =
        |count: usize| format!("SELECT * FROM \"T\" WHERE pk = 'a'{}", " AND x = 1".repeat(count));
    assert!(Parsed::of(&with(149)).and_then(|parsed| parsed.bind(&[])).is_ok());
    let sentence = "The expression contains too many operators; operator count: 301";
    assert_eq!(refused(&with(150)), sentence);
}

#[test]
fn values_are_refused_where_they_stand() {
    // aws-facts 10.8.
    let overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range under";
    let deep = format!("{{'a': {}1{}}}", "[".repeat(32), "]".repeat(32));
    for (item, sentence) in [
        ("{'x': 1e126}", format!("{overflow} root.x")),
        ("{'x': {'y': [1, {'z': 1e126}]}}", format!("{overflow} root.x.y[1].z")),
        ("{'x': <<1, 1e126>>}", format!("{overflow} root.x")),
        (
            "{'x': 1e2147483646}",
            "Number underflow. Attempting to store a number with magnitude smaller than supported range under root.x".into(),
        ),
        ("{'': 1}", "Path component cannot be an empty string".into()),
        ("{'x': <<>>}", "Empty bags are not supported".into()),
        (
            "{'x': <<1, 1>>}",
            "One or more parameter values were invalid: Input collection [1, 1] contains duplicates! under root.x".into(),
        ),
        (
            "{'x': <<'x', 'x'>>}",
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates.".into(),
        ),
        (
            "{'x': <<1, 'a'>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags".into(),
        ),
        (
            "{'x': <<'a', 1>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags at 1:36:1".into(),
        ),
        (
            "{'x': <<1, NULL>>}",
            "One or more parameter values were invalid: Numeric sets may not contain null under root.x".into(),
        ),
        ("{'x': foo(1)}", "Unsupported data type: foo under key root.x at 1:29:3".into()),
        ("{'x': [foo(1)]}", "Unsupported data type: Call under key root.x[0] at 1:30:3".into()),
        (
            &deep,
            format!("Nesting Levels have exceeded supported limits under root.a{}", "[0]".repeat(31)),
        ),
    ] {
        let text = format!("INSERT INTO \"T\" VALUE {item}");
        assert_eq!(refused(&text), sentence, "{item}");
    }
    let fits = format!("INSERT INTO \"T\" VALUE {{'a': {}1{}}}", "[".repeat(31), "]".repeat(31));
    assert!(Parsed::of(&fits).and_then(|parsed| parsed.bind(&[])).is_ok());
}

#[test]
fn a_deep_statement_fails_as_the_service_does() {
    // aws-facts 10.5.
    assert_eq!(Parsed::of(&"(".repeat(8000)).err(), Some(Error::TooDeep));
    assert_eq!(Parsed::of(&"NOT ".repeat(2000)).err(), Some(Error::TooDeep));
    assert_eq!(Parsed::of(&"+".repeat(8000)).err(), Some(Error::TooDeep));
    assert_eq!(Parsed::of(&"a = ".repeat(2000)).err(), Some(Error::TooDeep));
    for deepest in [
        format!("{}a = 1{}", "NOT (".repeat(40), ")".repeat(40)),
        "a = 1 OR ".repeat(1000) + "a = 1",
    ] {
        let text = format!("SELECT * FROM t WHERE {deepest}");
        let bound = Parsed::of(&text).map(|parsed| parsed.bind(&[]));
        assert!(bound.is_ok(), "{bound:?}");
    }
}

fn access(filter: &str) -> Result<Access, Error> {
    let parsed = Parsed::of(&format!("SELECT * FROM \"T\" WHERE {filter}"))?;
    let statement = parsed.bind(&[])?;
    let keys = Keys {
        hash: KeyAttribute { name: "pk", kind: Type::S },
        range: Some(KeyAttribute { name: "sk", kind: Type::N }),
    };
    Access::of(statement.filter(), &keys, |_, _, _| Ok(()))
}

#[test]
fn keys_are_read_where_every_branch_pins_a_partition() {
    // aws-facts 10.10.
    let parts = |filter: &str| match access(filter) {
        Ok(Access::Parts(parts)) => parts.len(),
        other => panic!("{filter}: {other:?}"),
    };
    for (filter, count) in [
        ("pk = 'a'", 1),
        ("'a' = pk AND sk > 1 AND x = 1", 1),
        ("pk IN ['a']", 1),
        ("pk IN ('a', 'b', 'a') AND sk = 1", 2),
        ("pk = 'a' OR pk = 'b'", 2),
        ("pk = 'a' AND sk < 1 OR pk = 'a' AND sk >= 1", 2),
        // Two conditions on the sort key: one partition, whatever they are.
        ("pk = 'a' AND sk > 1 AND sk < 9 OR pk = 'a' AND sk = 3", 1),
        ("pk = 'a' AND sk <> 1 OR pk = 'a' AND sk = 3", 1),
    ] {
        assert_eq!(parts(filter), count, "{filter}");
    }
    for filter in [
        "pk = 'a' AND pk = 'a'",
        "x = 1",
        "pk > 'a'",
        "pk = 'a' OR x = 1",
        "NOT pk = 'a'",
        "pk = x",
    ] {
        assert_eq!(access(filter), Ok(Access::Scan), "{filter}");
    }
    for filter in [
        "pk = 'a' OR pk = 'a'",
        "pk = 'a' AND sk <= 1 OR pk = 'a' AND sk >= 1.0",
        "pk = 'a' AND sk BETWEEN 1 AND 3 OR pk = 'a' AND sk = 2",
        "pk = 'a' OR pk = 'a' AND sk = 2",
    ] {
        assert_eq!(access(filter), Err(Error::Overlap), "{filter}");
    }
    for (filter, sentence) in [
        ("pk = true", "Key value must be of type S, N, or B. Key name: pk, Key type: BOOL"),
        (
            "pk = 1",
            "Key attribute's data type should match its data type in table's schema: Key pk",
        ),
        (
            "pk = 'a' AND sk = 'b'",
            "Key attribute's data type should match its data type in table's schema: Key sk",
        ),
    ] {
        assert_eq!(access(filter).expect_err(filter).to_string(), sentence, "{filter}");
    }
    // A branch without partition ends the checking.
    assert_eq!(access("x = 1 OR pk = 1"), Ok(Access::Scan));
}
