use super::*;

const INVALID: &str = "One or more parameter values were invalid: Invalid policy document:";

fn read(text: &str) -> Result<Document, String> {
    Document::read(text, Owner::Table).map_err(|error| error.to_string())
}

fn policy(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn statement(principal: &str, more: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":"dynamodb:GetItem","Resource":"*"{more}}}"#
    )
}

#[test]
fn what_is_no_policy_is_told_in_the_services_words() {
    for (text, complaint) in [
        ("", "This policy contains invalid Json"),
        ("[]", "This policy contains invalid Json"),
        ("null", "This text appears not to be a policy"),
        ("{}", "Syntax error at position (1,3)"),
        ("{\n}", "Syntax error at position (2,2)"),
        (r#"{"Statement":[{}]}"#, "Missing required field Effect"),
        (r#"{"Statement":[]}"#, "Could not parse the policy: Statement is empty!"),
        (
            r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*"}]}"#,
            "Missing required field Resource",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"123456789012","Action":"*","Resource":"*"}}"#,
            "Syntax error at position (1,58)",
        ),
    ] {
        assert_eq!(read(text).err(), Some(format!("{INVALID} {complaint}")), "{text}");
    }
}

#[test]
fn statements_are_told_apart_and_are_about_tables() {
    let one = statement(r#"{"AWS":"123456789012"}"#, r#","Sid":"a""#);
    assert_eq!(
        read(&policy(&format!("{one},{one}"))).err(),
        Some(format!("{INVALID} The Statement Ids in the policy are not unique"))
    );
    let streams = one.replace(
        r#""dynamodb:GetItem""#,
        r#"["dynamodb:GetRecords","dynamodb:GetItem","dynamodb:DescribeStream"]"#,
    );
    assert_eq!(
        read(&policy(&streams)).err(),
        Some(format!(
            r#"{INVALID} The following action names are invalid: "dynamodb:GetRecords", "dynamodb:DescribeStream""#
        ))
    );
    assert!(Document::read(&policy(&streams), Owner::Stream).is_ok());
}

#[test]
fn principals_are_accounts_or_somebody_in_one_and_not_all() {
    let of = |principal: &str, more: &str| read(&policy(&statement(principal, more))).err();
    assert_eq!(of(r#"{"AWS":["123456789012","arn:aws:iam::123456789012:role/x"]}"#, ""), None);
    assert_eq!(of(r#"{"Service":"kinesis.amazonaws.com"}"#, ""), None);
    let nobody = "One or more parameter values were invalid: Invalid principal in policy document.";
    assert_eq!(of(r#"{"AWS":"nobody"}"#, "").as_deref(), Some(nobody));
    for everybody in [r#""*""#, r#"{"AWS":"*"}"#] {
        let text = of(everybody, "").expect("refused");
        assert!(text.starts_with("Resource-based policy grants unbounded access"), "{text}");
        assert_eq!(of(everybody, r#","Condition":{"Bool":{"a":"true"}}"#), None);
    }
}

#[test]
fn the_size_is_that_of_what_is_sent() {
    let text = policy(&statement(r#"{"AWS":"123456789012"}"#, ""));
    let padded = |size: usize| format!("{text}{}", " ".repeat(size - text.len()));
    assert!(read(&padded(20_480)).is_ok());
    assert_eq!(
        read(&padded(20_481)).err().as_deref(),
        Some(
            "One or more parameter values were invalid: Maximum policy size of 20480 bytes exceeded"
        )
    );
}

#[test]
fn a_document_is_shown_in_the_services_form() {
    // aws-service-facts 12.3.
    let sent = r#"{ "Statement": {"Resource":["r"],"Action":["dynamodb:GetItem","dynamodb:getItem"],
        "Principal":{"AWS":["123456789012","123456789012"]},"Effect":"allow","Sid":"\u0061",
        "Condition":{"StringEquals":{"k":["v"]}}} }"#;
    let shown = r#"{"Version":"2008-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["dynamodb:GetItem","dynamodb:getItem"],"Resource":"r","Condition":{"StringEquals":{"k":"v"}}}]}"#;
    let (sent, again) = (read(sent).unwrap(), read(shown).unwrap());
    assert_eq!((sent.shown(), again.shown()), (shown.to_owned(), shown.to_owned()));
    assert!(!sent.equals(&again), "one names no version");
    assert!(read(&sent.print(false)).unwrap().equals(&sent));
}

#[test]
fn a_policy_can_lock_its_owner_out() {
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/t";
    let locks = |effect: &str, who: &str, action: &str, more: &str| {
        let text = format!(
            r#"{{"Effect":"{effect}","Principal":{who},"Action":"{action}","Resource":"{arn}"{more}}}"#
        );
        Document::read(&policy(&text), Owner::Table).unwrap().locks_out("123456789012", arn)
    };
    assert!(locks("Deny", r#""*""#, "dynamodb:*", ""));
    assert!(locks("Deny", r#"{"AWS":"123456789012"}"#, "dynamodb:PutResourcePolicy", ""));
    assert!(!locks("Deny", r#""*""#, "dynamodb:DeleteResourcePolicy", ""));
    assert!(!locks("Deny", r#"{"AWS":"210987654321"}"#, "*", ""));
    assert!(!locks("Allow", r#"{"AWS":"123456789012"}"#, "*", ""));
}

#[test]
fn a_change_is_seen_when_it_is_made() {
    let first = Policy::after(None, Some("a"), 10, 20);
    assert_eq!((first.seen(19), first.seen(20)), (None, Some(("a", 10))));
    let second = Policy::after(Some(&first), None, 10, 30);
    assert_eq!((second.revision, second.seen(29), second.seen(30)), (11, Some(("a", 10)), None));
    let mut json = Writer::new();
    json.object(|json| second.write(json));
    let json = crate::wire::json::Json::parse(json.into_bytes()).unwrap();
    assert_eq!(Policy::read(json.root()), Some(second));
}
