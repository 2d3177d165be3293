use super::*;
use crate::emulator::table::policy::Owner;

const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/t";

/// What a policy of one statement says of alice's GetItem with these values of condition keys.
fn says(statement: &str, context: &[(&'static str, &[&str])]) -> Verdict {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#);
    let document = Document::read(&text, Owner::Table).unwrap();
    let mut known = Context::default();
    for (key, values) in context {
        known.set(key, values.iter().map(|value| (*value).to_owned()).collect());
    }
    document.judge(&Asked {
        principal: &Principal::of("alice", "000000000000"),
        action: "dynamodb:GetItem",
        resource: TABLE,
        context: &known,
    })
}

#[test]
fn a_statement_is_about_principals_actions_and_resources_or_all_others() {
    use Verdict::{Denied, Silent};
    let alice = r#"{"AWS":"arn:aws:iam::000000000000:user/alice"}"#;
    let bob = r#"{"AWS":["arn:aws:iam::000000000000:user/bob"]}"#;
    for (principal, action, resource, verdict) in [
        (
            format!(r#""Principal":{alice}"#),
            r#""Action":"dynamodb:GetItem""#,
            r#""Resource":"*""#,
            Denied,
        ),
        (format!(r#""Principal":{bob}"#), r#""Action":"*""#, r#""Resource":"*""#, Silent),
        (format!(r#""NotPrincipal":{bob}"#), r#""Action":"*""#, r#""Resource":"*""#, Denied),
        (format!(r#""NotPrincipal":{alice}"#), r#""Action":"*""#, r#""Resource":"*""#, Silent),
        (r#""Principal":"*""#.into(), r#""Action":["dynamodb:get*"]"#, r#""Resource":"*""#, Denied),
        (r#""Principal":"*""#.into(), r#""Action":"dynamodb:Put*""#, r#""Resource":"*""#, Silent),
        (
            r#""Principal":"*""#.into(),
            r#""NotAction":"dynamodb:Put*""#,
            r#""Resource":"*""#,
            Denied,
        ),
        (
            r#""Principal":"*""#.into(),
            r#""NotAction":"dynamodb:Get*""#,
            r#""Resource":"*""#,
            Silent,
        ),
        (
            r#""Principal":{"AWS":"000000000000"}"#.into(),
            r#""Action":"*""#,
            r#""Resource":"*:table/t""#,
            Denied,
        ),
        (
            r#""Principal":{"AWS":"111122223333"}"#.into(),
            r#""Action":"*""#,
            r#""Resource":"*""#,
            Silent,
        ),
        (
            r#""Principal":{"AWS":"arn:aws:iam::000000000000:root"}"#.into(),
            r#""Action":"*""#,
            r#""Resource":"*/index/*""#,
            Silent,
        ),
        (r#""Principal":"*""#.into(), r#""Action":"*""#, r#""NotResource":"*/index/*""#, Denied),
    ] {
        let statement = format!(r#""Effect":"Deny",{principal},{action},{resource}"#);
        assert_eq!(says(&statement, &[]), verdict, "{statement}");
    }
}

#[test]
fn conditions_are_about_what_is_known_of_a_request() {
    let known: &[(&'static str, &[&str])] = &[
        ("dynamodb:LeadingKeys", &["alice", "bob"]),
        ("aws:username", &["alice"]),
        ("aws:SourceIp", &["10.1.2.3"]),
        ("aws:EpochTime", &["1700000000"]),
        ("aws:CurrentTime", &["2023-11-14T22:13:20.000Z"]),
        ("dynamodb:Select", &["COUNT"]),
    ];
    for (condition, holds) in [
        (r#""StringEquals":{"dynamodb:select":"COUNT"}"#, true),
        (r#""StringEquals":{"dynamodb:Select":["ALL_ATTRIBUTES","COUNT"]}"#, true),
        (r#""StringNotEquals":{"dynamodb:Select":"COUNT"}"#, false),
        (r#""ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["alice","bob","eve"]}"#, true),
        (r#""ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["alice"]}"#, false),
        (r#""ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["${aws:username}"]}"#, false),
        (r#""ForAnyValue:StringEquals":{"dynamodb:LeadingKeys":["${aws:username}"]}"#, true),
        (r#""ForAnyValue:StringNotEquals":{"dynamodb:LeadingKeys":["alice"]}"#, true),
        (r#""ForAnyValue:StringLike":{"dynamodb:LeadingKeys":["e*"]}"#, false),
        (r#""ForAllValues:StringLike":{"dynamodb:Attributes":["e*"]}"#, true),
        (r#""ForAnyValue:StringLike":{"dynamodb:Attributes":["*"]}"#, false),
        (r#""StringEquals":{"aws:PrincipalTag/team":"a"}"#, false),
        (r#""StringNotEquals":{"aws:PrincipalTag/team":"a"}"#, true),
        (r#""StringEqualsIfExists":{"aws:PrincipalTag/team":"a"}"#, true),
        (r#""Null":{"aws:PrincipalTag/team":"true"}"#, true),
        (r#""Null":{"aws:username":"true"}"#, false),
        (r#""Null":{"aws:username":false}"#, true),
        (r#""IpAddress":{"aws:SourceIp":["192.168.0.0/16","10.0.0.0/8"]}"#, true),
        (r#""IpAddress":{"aws:SourceIp":"10.1.2.4"}"#, false),
        (r#""NotIpAddress":{"aws:SourceIp":"10.1.2.0/24"}"#, false),
        (r#""NumericLessThan":{"aws:EpochTime":1700000001}"#, true),
        (r#""NumericGreaterThanEquals":{"aws:EpochTime":"1700000001"}"#, false),
        (r#""DateGreaterThan":{"aws:CurrentTime":"2023-01-01T00:00:00Z"}"#, true),
        (r#""DateLessThan":{"aws:CurrentTime":"2023-01-01T00:00:00Z"}"#, false),
        (r#""StringEquals":{"dynamodb:Select":"COUNT","aws:username":"bob"}"#, false),
        (r#""Sideways":{"aws:username":"alice"}"#, false),
    ] {
        let statement = format!(
            r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{{condition}}}"#
        );
        let verdict = if holds { Verdict::Denied } else { Verdict::Silent };
        assert_eq!(says(&statement, known), verdict, "{condition}");
    }
}

#[test]
fn a_key_of_twelve_digits_is_an_account_of_its_own() {
    let other = Principal::of("111122223333", "000000000000");
    assert_eq!(other.account, "111122223333");
    assert_eq!(other.arn, "arn:aws:iam::111122223333:root");
    let user = Principal::of("AKIDEXAMPLE", "000000000000");
    assert_eq!(user.arn, "arn:aws:iam::000000000000:user/AKIDEXAMPLE");
}
