//! aws-facts 4.6 and 4.7: what updates may say, what they make of items, what they return.

use super::*;
use ExpressionKind::Update;

#[test]
fn what_cannot_be_meant_is_refused() {
    let overlap = "Two document paths overlap with each other; must remove or rewrite one of \
                   these paths; path one: [a, b], path two: [a]";
    let mut rows: Vec<(String, String)> = [
        ("SET a = :v REMOVE b SET c = :v", "The \"SET\" section can only be used once in an update expression;"),
        ("REMOVE a REMOVE b", "The \"REMOVE\" section can only be used once in an update expression;"),
        ("SET a.b = :v, a = :w", overlap),
        ("SET a.b = :v REMOVE a", overlap),
        (
            "SET a = b + :v",
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        (
            "SET a = :l - b",
            "Incorrect operand type for operator or function; operator or function: -, operand type: L",
        ),
        (
            "SET a = list_append(b, :ss)",
            "Incorrect operand type for operator or function; operator or function: list_append, operand type: SS",
        ),
        (
            "SET a = list_append(b, c) + :1",
            "Incorrect operand type for operator or function; operator or function: +, operand type: L",
        ),
        (
            "SET a = if_not_exists(:v, b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = list_append(b)",
            "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1",
        ),
        (
            "SET a = if_not_exists(b, c, d)",
            "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 3",
        ),
        ("SET a = foo(b)", "Invalid function name; function: foo"),
        (
            "SET a = size(b)",
            "The function is not allowed in an update expression; function: size",
        ),
        ("SET status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        (
            "SET a = :undefined",
            "An expression attribute value used in expression is not defined; attribute value: :undefined",
        ),
        ("SET a = ((b + :1))", "The expression has redundant parentheses;"),
    ]
    .map(|(text, sentence)| (text.to_owned(), sentence.to_owned()))
    .to_vec();
    for (value, kind) in [
        (":v", "STRING"),
        (":b", "Binary"),
        (":true", "BOOL"),
        (":null", "NULL"),
        (":l", "LIST"),
        (":m", "MAP"),
    ] {
        for section in ["ADD", "DELETE"] {
            rows.push((
                format!("{section} a {value}"),
                format!(
                    "Incorrect operand type for operator or function; operator: {section}, \
                     operand type: {kind}, typeSet: ALLOWED_FOR_ADD_OPERAND"
                ),
            ));
        }
    }
    rows.push((
        "DELETE a :1".to_owned(),
        "Incorrect operand type for operator or function; operator: DELETE, operand type: \
         NUMBER, typeSet: ALLOWED_FOR_ADD_OPERAND"
            .to_owned(),
    ));
    let rows: Vec<_> =
        rows.iter().map(|(text, sentence)| (text.as_str(), sentence.as_str())).collect();
    check_refusals(Update, &rows);
}

fn apply(before: &str, update: &str) -> Result<String, String> {
    let update = parse_update(update, &mut values()).map_err(|error| error.to_string())?;
    let before = item(before);
    let after = update.apply(&before).map_err(|error| {
        assert!(error.at_runtime() && error.always_bare());
        error.to_string()
    });
    // Of a part of the item it makes the same, or says the same, and leaves the rest as it is.
    let (stored, names) = (Stored::from(before), update.attributes());
    let part = update.apply(&stored.part(&names).expect("an item"));
    let edited = part.map(|part| stored.with(&names, &part).expect("an item"));
    let edited = edited.map_err(|error| error.to_string());
    let after = after.map(|after| text(&after));
    assert_eq!(edited.map(|item| item.text().clone()), after.clone().map(Into::into));
    after
}

#[test]
fn every_clause_reads_the_item_as_it_was() {
    let abc = r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]},"a":{"S":"old"},"n":{"N":"1"}}"#;
    for (before, update, after) in [
        (r#"{"a":{"S":"old"}}"#, "SET a = :v, b = a", r#"{"a":{"S":"v"},"b":{"S":"old"}}"#),
        (r#"{"n":{"N":"1"}}"#, "SET n = :7, s = n + :1", r#"{"n":{"N":"7"},"s":{"N":"2"}}"#),
        (r#"{"n":{"N":"1"}}"#, "SET n = (:1 - n)", r#"{"n":{"N":"0"}}"#),
        (r#"{"n":{"N":"1"}}"#, "SET n = (n) + (:7)", r#"{"n":{"N":"8"}}"#),
        ("{}", "SET n = if_not_exists(n, :7) - :1", r#"{"n":{"N":"6"}}"#),
        (r#"{"n":{"N":"1"}}"#, "SET n = if_not_exists(n, :7)", r#"{"n":{"N":"1"}}"#),
        (
            "{}",
            "SET l = list_append(if_not_exists(l, :l), :l)",
            r#"{"l":{"L":[{"S":"new"},{"S":"new"}]}}"#,
        ),
        (r#"{"a":{"S":"x"}}"#, "REMOVE a, b", "{}"),
        (
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]}}"#,
            "REMOVE l[0], l[1]",
            r#"{"l":{"L":[{"S":"c"}]}}"#,
        ),
        (
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]}}"#,
            "SET l[11] = :w, l[10] = :v",
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"v"},{"S":"w"}]}}"#,
        ),
        (
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]}}"#,
            "SET l[10] = :v REMOVE l[3]",
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"v"}]}}"#,
        ),
        (
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]}}"#,
            "SET l[10] = :7 ADD l[3] :1",
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"N":"1"},{"N":"7"}]}}"#,
        ),
        (
            r#"{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"}]}}"#,
            "REMOVE l[0] SET l[1] = :v, l[9] = :w",
            r#"{"l":{"L":[{"S":"v"},{"S":"c"},{"S":"w"}]}}"#,
        ),
        (
            r#"{"ls":{"L":[{"SS":["a"]},{"S":"x"},{"S":"y"}]}}"#,
            "DELETE ls[0] :ss SET ls[1] = :v",
            r#"{"ls":{"L":[{"S":"v"},{"S":"y"}]}}"#,
        ),
        (
            r#"{"l":{"L":[{"SS":["a"]},{"SS":["b"]}]}}"#,
            "DELETE l[0] :ss, l[1] :ss",
            r#"{"l":{"L":[]}}"#,
        ),
        ("{}", "ADD n :7, s :ss", r#"{"n":{"N":"7"},"s":{"SS":["a","b"]}}"#),
        (r#"{"n":{"N":"-7"}}"#, "ADD n :7", r#"{"n":{"N":"0"}}"#),
        (r#"{"s":{"SS":["b","c"]}}"#, "ADD s :ss", r#"{"s":{"SS":["a","b","c"]}}"#),
        (r#"{"s":{"SS":["b","c"]}}"#, "DELETE s :ss", r#"{"s":{"SS":["c"]}}"#),
        (r#"{"s":{"NS":["1.0"]}}"#, "DELETE s :ns", "{}"),
        (r#"{"s":{"BS":["Ag=="]}}"#, "ADD s :bs", r#"{"s":{"BS":["AQ==","Ag=="]}}"#),
        ("{}", "DELETE s :ss", "{}"),
        (
            r#"{"m":{"M":{}}}"#,
            "SET m.x = :v, m.y = :w",
            r#"{"m":{"M":{"x":{"S":"v"},"y":{"S":"w"}}}}"#,
        ),
        (r#"{"m":{"M":{"x":{"N":"1"}}}}"#, "REMOVE m.x, m.z", r#"{"m":{"M":{}}}"#),
        ("{}", "SET #dot = :v", r#"{"a.b":{"S":"v"}}"#),
        ("{}", "set a = :v remove b", r#"{"a":{"S":"v"}}"#),
    ] {
        assert_eq!(apply(before, update).as_deref(), Ok(after), "{update}");
    }
    assert_eq!(apply(abc, "SET a = a").as_deref().map(str::len), Ok(text(&item(abc)).len()));
}

#[test]
fn what_does_not_fit_the_item_changes_nothing() {
    let before = r#"{"s":{"S":"x"},"m":{"M":{}},"n":{"N":"1"},"ns":{"NS":["1"]},
        "lm":{"L":[{"M":{}}]},"top":{"N":"9.9999999999999999999999999999999999999E125"}}"#;
    let path = "The document path provided in the update expression is invalid for update";
    let missing = "The provided expression refers to an attribute that does not exist in the item";
    let kind = "An operand in the update expression has an incorrect data type";
    for (update, sentence) in [
        ("SET zz.y = :v", path),
        ("SET m.nope.y = :v", path),
        ("SET s.y = :v", path),
        ("SET m[0] = :v", path),
        ("SET lm[9].y = :v", path),
        ("SET lm.y = :v", path),
        ("REMOVE zz.y", path),
        ("ADD zz.y :1", path),
        ("DELETE s.y :ss", path),
        ("REMOVE m.a.b", path),
        ("SET a = nope", missing),
        ("SET a = nope + :1", missing),
        ("SET a = m.nope", missing),
        ("SET a = list_append(nope, :l)", missing),
        ("SET a = if_not_exists(b, c)", missing),
        ("SET a = s + :1", kind),
        ("SET a = list_append(s, :l)", kind),
        ("ADD s :1", kind),
        ("ADD n :ss", kind),
        ("ADD ns :ss", kind),
        ("DELETE ns :ss", kind),
        ("DELETE n :ns", kind),
        ("SET zz.y = :v ADD s :1", kind),
        ("SET a = nope DELETE n :ns", kind),
        (
            "SET top = top + top",
            "Number overflow. Attempting to store a number with magnitude larger than supported \
             range",
        ),
    ] {
        assert_eq!(apply(before, update), Err(sentence.to_owned()), "{update}");
    }
}

#[test]
fn results_too_deep_are_refused() {
    let nest = |levels: usize| {
        let inner = format!("{}{{\"S\":\"x\"}}{}", "{\"L\":[".repeat(levels), "]}".repeat(levels));
        placeholders(&[], &format!("{{\":v\":{inner}}}"))
    };
    let before = item(r#"{"m":{"M":{}}}"#);
    for (levels, update, fits) in
        [(31, "SET a = :v", true), (30, "SET m.a = :v", true), (31, "SET m.a = :v", false)]
    {
        let after = parse_update(update, &mut nest(levels)).expect(update).apply(&before);
        let sentence = "Nesting Levels have exceeded supported limits".to_owned();
        let expected = if fits { None } else { Some(sentence) };
        assert_eq!(after.err().map(|error| error.to_string()), expected, "{update} {levels}");
    }
}

#[test]
fn fragments_hold_what_was_touched() {
    let before = r#"{"p":{"M":{"c":{"S":"old"},"d":{"S":"d"}}},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]},"n":{"N":"1"}}"#;
    for (update, old, new) in [
        ("SET p.c = :v", r#"{"p":{"M":{"c":{"S":"old"}}}}"#, r#"{"p":{"M":{"c":{"S":"v"}}}}"#),
        ("REMOVE p.c", r#"{"p":{"M":{"c":{"S":"old"}}}}"#, "{}"),
        ("SET a = :v ADD n :1", r#"{"n":{"N":"1"}}"#, r#"{"a":{"S":"v"},"n":{"N":"2"}}"#),
        (
            "SET l[2] = :v, l[0] = :w",
            r#"{"l":{"L":[{"S":"0"},{"S":"2"}]}}"#,
            r#"{"l":{"L":[{"S":"w"},{"S":"v"}]}}"#,
        ),
        ("SET l[9] = :v", "{}", r#"{"l":{"L":[{"S":"v"}]}}"#),
    ] {
        let update = parse_update(update, &mut values()).expect(update);
        assert_eq!(text(&update.old_fragment(&item(before))), old);
        assert_eq!(update.new_fragment(&item(before)).map(|part| text(&part)), Ok(new.to_owned()));
    }
}

#[test]
fn updates_know_the_keys_they_touch() {
    let update = parse_update("SET a.b = :v REMOVE c", &mut values()).expect("valid");
    assert!(update.touches("a") && update.touches("c") && !update.touches("b"));
    assert!(update.check_keys(&["pk"]).is_ok());
    assert_eq!(
        update.check_keys(&["c", "a"]).map_err(|error| error.to_string()),
        Err("One or more parameter values were invalid: Cannot update attribute a. This \
             attribute is part of the key"
            .to_owned())
    );
}

#[test]
fn requests_are_charged_by_what_they_say() {
    for (update, charge) in [
        ("REMOVE abc", 3 + 1 + 3),
        ("REMOVE a.bc[10]", 3 + 1 + 1 + (4 + 2) + (4 + 2)),
        ("SET a = :v", 3 + 19 + 1 + 1),
        ("SET #s = :v", 3 + 19 + 6 + 1),
        ("ADD a :7 DELETE b :ss", 3 + (19 + 1 + 2) + (1 + 1)),
        ("SET a = b.c", 3 + 19 + 1 + 1 + (14 + 1) + (14 + 1)),
        ("SET a = b + :7", 3 + 19 + 1 + 34 + (1 + 14 + 1) + 2),
        ("SET a = (b - :7)", 3 + 19 + 1 + 37 + (1 + 14 + 1) + 2),
        ("SET a = if_not_exists(b, :7)", 3 + 19 + 1 + 39 + (1 + 14 + 1) + 2),
        ("SET a = list_append(b, :l)", 3 + 19 + 1 + 37 + (1 + 14 + 1) + (3 + 1 + 3)),
    ] {
        assert_eq!(parse_update(update, &mut values()).expect(update).charge(), charge, "{update}");
    }
}
