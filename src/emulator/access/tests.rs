use http::HeaderValue;

use crate::{
    emulator::{Emulator, Settings, op::tests::with_table_and},
    wire::{Operation, Request, json::write_string},
};

const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/table";

fn enforcing() -> Emulator {
    with_table_and(Settings { enforce_policies: true, ..Settings::default() }).0
}

/// The answer's error, or nothing, to whoever has the key.
fn ask(emulator: &Emulator, key: &str, operation: Operation, body: &str) -> String {
    let mut request = Request::of(operation, body.to_owned());
    let signed = request.headers["authorization"].to_str().unwrap();
    let (before, rest) = signed.split_once("Credential=").unwrap();
    let (_, after) = rest.split_once('/').unwrap();
    let signed = format!("{before}Credential={key}/{after}");
    request.headers.insert("authorization", HeaderValue::from_str(&signed).unwrap());
    let answer = emulator.call(&request);
    match answer.error_type() {
        Some(kind) => format!("{kind}: {}", answer.error_message().unwrap_or_default()),
        None => String::new(),
    }
}

fn put_policy(emulator: &Emulator, statements: &str) {
    let mut policy = Vec::new();
    write_string(&mut policy, &format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#));
    let policy = String::from_utf8(policy).unwrap();
    let body = format!(r#"{{"ResourceArn":"{TABLE}","Policy":{policy}}}"#);
    assert_eq!(ask(emulator, "admin", Operation::PutResourcePolicy, &body), "");
}

fn refused(who: &str, action: &str, resource: &str) -> String {
    format!(
        "AccessDeniedException: User: arn:aws:iam::000000000000:user/{who} is not authorized to perform: dynamodb:{action} on resource: {resource} with an explicit deny in a resource-based policy"
    )
}

const GET: &str = r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;
const PUT: &str = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;

#[test]
fn what_a_policy_denies_is_refused_to_whom_it_names_and_nothing_else_is() {
    let emulator = enforcing();
    assert_eq!(ask(&emulator, "alice", Operation::GetItem, GET), "");
    put_policy(
        &emulator,
        &format!(
            r#"{{"Effect":"Deny","Principal":{{"AWS":"arn:aws:iam::000000000000:user/alice"}},"Action":"dynamodb:Get*","Resource":"{TABLE}"}}"#
        ),
    );
    assert_eq!(
        ask(&emulator, "alice", Operation::GetItem, GET),
        refused("alice", "GetItem", TABLE)
    );
    assert_eq!(ask(&emulator, "bob", Operation::GetItem, GET), "");
    assert_eq!(ask(&emulator, "alice", Operation::PutItem, PUT), "");
    let by_arn = GET.replace(r#":"table""#, &format!(r#":"{TABLE}""#));
    assert_eq!(
        ask(&emulator, "alice", Operation::GetItem, &by_arn),
        refused("alice", "GetItem", TABLE)
    );
    let within = format!(r#"{{"TransactItems":[{{"Get":{GET}}}]}}"#);
    assert_eq!(
        ask(&emulator, "alice", Operation::TransactGetItems, &within),
        refused("alice", "GetItem", TABLE)
    );
}

#[test]
fn nobody_is_refused_anything_where_policies_are_not_enforced() {
    let (emulator, _) = with_table_and(Settings::default());
    put_policy(
        &emulator,
        &format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"dynamodb:GetItem","Resource":"{TABLE}"}}"#
        ),
    );
    assert_eq!(ask(&emulator, "alice", Operation::GetItem, GET), "");
}

#[test]
fn every_way_to_a_table_is_an_action_that_can_be_denied() {
    let keys = r#"{"pk":{"S":"a"},"sk":{"N":"1"}}"#;
    let index = format!("{TABLE}/index/gsi");
    for (operation, body, action, resource) in [
        (Operation::BatchGetItem, format!(r#"{{"RequestItems":{{"table":{{"Keys":[{keys}]}}}}}}"#), "BatchGetItem", TABLE),
        (Operation::BatchWriteItem, format!(r#"{{"RequestItems":{{"table":[{{"DeleteRequest":{{"Key":{keys}}}}}]}}}}"#), "BatchWriteItem", TABLE),
        (Operation::TransactWriteItems, format!(r#"{{"TransactItems":[{{"ConditionCheck":{{"TableName":"table","Key":{keys},"ConditionExpression":"attribute_exists(pk)"}}}}]}}"#), "ConditionCheckItem", TABLE),
        (Operation::Scan, r#"{"TableName":"table","IndexName":"gsi"}"#.into(), "Scan", &*index),
        (Operation::ExecuteStatement, r#"{"Statement":"SELECT * FROM \"table\".\"gsi\""}"#.into(), "PartiQLSelect", &*index),
        (Operation::ExecuteStatement, r#"{"Statement":"DELETE FROM \"table\" WHERE pk=? AND sk=?","Parameters":[{"S":"a"},{"N":"1"}]}"#.into(), "PartiQLDelete", TABLE),
        (Operation::DescribeTable, r#"{"TableName":"table"}"#.into(), "DescribeTable", TABLE),
        (Operation::ListTagsOfResource, format!(r#"{{"ResourceArn":"{TABLE}"}}"#), "ListTagsOfResource", TABLE),
        (Operation::DeleteTable, r#"{"TableName":"table"}"#.into(), "DeleteTable", TABLE),
    ] {
        let emulator = enforcing();
        put_policy(&emulator, &format!(r#"{{"Effect":"Deny","Principal":"*","Action":"dynamodb:{action}","Resource":"{TABLE}*"}}"#));
        assert_eq!(ask(&emulator, "bob", operation, &body), refused("bob", action, resource), "{body}");
        assert_eq!(ask(&emulator, "bob", Operation::DescribeContinuousBackups, r#"{"TableName":"table"}"#), "");
    }
}

#[test]
fn another_account_may_do_only_what_a_policy_allows() {
    let emulator = enforcing();
    let who = "111122223333";
    let by_arn = GET.replace(r#":"table""#, &format!(r#":"{TABLE}""#));
    let silent = format!(
        "AccessDeniedException: User: arn:aws:iam::{who}:root is not authorized to perform: dynamodb:GetItem on resource: {TABLE} because no resource-based policy allows the dynamodb:GetItem action"
    );
    assert_eq!(ask(&emulator, who, Operation::GetItem, &by_arn), silent);
    put_policy(
        &emulator,
        &format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":"dynamodb:GetItem","Resource":"{TABLE}"}}"#
        ),
    );
    assert_eq!(ask(&emulator, who, Operation::GetItem, &by_arn), "");
    assert!(
        ask(&emulator, who, Operation::PutItem, PUT).contains("no resource-based policy allows")
    );
    assert_eq!(
        ask(&emulator, "444455556666", Operation::GetItem, &by_arn),
        silent.replace(who, "444455556666")
    );
}

#[test]
fn a_caller_can_be_kept_to_keys_attributes_and_what_is_selected() {
    let emulator = enforcing();
    put_policy(
        &emulator,
        &format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":["dynamodb:GetItem","dynamodb:Query","dynamodb:BatchWriteItem"],"Resource":"{TABLE}","Condition":{{"ForAnyValue:StringNotEquals":{{"dynamodb:LeadingKeys":"${{aws:username}}"}}}}}},
               {{"Effect":"Deny","Principal":"*","Action":"dynamodb:UpdateItem","Resource":"{TABLE}","Condition":{{"ForAnyValue:StringEquals":{{"dynamodb:Attributes":"secret"}}}}}},
               {{"Effect":"Deny","Principal":"*","Action":"dynamodb:Scan","Resource":"{TABLE}","Condition":{{"StringEquals":{{"dynamodb:Select":"ALL_ATTRIBUTES"}}}}}}"#
        ),
    );
    let may = |who: &str, operation, body: &str| {
        let answer = ask(&emulator, who, operation, body);
        assert!(answer.is_empty() || answer.contains("explicit deny"), "{answer}");
        answer.is_empty()
    };
    let query = r##"{"TableName":"table","KeyConditionExpression":"sk > :n AND #p = :p","ExpressionAttributeNames":{"#p":"pk"},"ExpressionAttributeValues":{":p":{"S":"a"},":n":{"N":"0"}}}"##;
    let old = r#"{"TableName":"table","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}}}"#;
    let batch = r#"{"RequestItems":{"table":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"3"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"},"sk":{"N":"4"}}}}]}}"#;
    for (operation, body) in [
        (Operation::GetItem, GET),
        (Operation::Query, query),
        (Operation::Query, old),
        (Operation::BatchWriteItem, batch),
    ] {
        assert!(may("a", operation, body), "{body}");
        assert!(!may("b", operation, body), "{body}");
    }
    let update = |more: &str| {
        format!(r#"{{"TableName":"table","Key":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}}}},{more}}}"#)
    };
    let secret = r##""UpdateExpression":"REMOVE #s","ExpressionAttributeNames":{"#s":"secret"}"##;
    assert!(!may("a", Operation::UpdateItem, &update(secret)));
    let harmless = r#""UpdateExpression":"REMOVE harmless""#;
    assert!(may("a", Operation::UpdateItem, &update(harmless)));
    assert!(!may("a", Operation::Scan, r#"{"TableName":"table"}"#));
    assert!(may("a", Operation::Scan, r#"{"TableName":"table","Select":"COUNT"}"#));
}

#[test]
fn a_streams_own_policy_is_for_its_readers() {
    let emulator = enforcing();
    let on = r#"{"TableName":"table","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}"#;
    assert_eq!(ask(&emulator, "admin", Operation::UpdateTable, on), "");
    let answer = emulator.call(&Request::of(Operation::DescribeTable, r#"{"TableName":"table"}"#));
    let answer = String::from_utf8(answer.body.to_vec()).unwrap();
    let (_, rest) = answer.split_once(r#""LatestStreamArn":""#).unwrap();
    let stream = rest.split('"').next().unwrap();
    let describe = format!(r#"{{"StreamArn":"{stream}"}}"#);
    assert_eq!(ask(&emulator, "alice", Operation::DescribeStream, &describe), "");
    let policy = format!(
        r#"{{"ResourceArn":"{stream}","Policy":"{{\"Statement\":{{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"dynamodb:Describe*\",\"Resource\":\"*\"}}}}"}}"#
    );
    assert_eq!(ask(&emulator, "admin", Operation::PutResourcePolicy, &policy), "");
    let answer = ask(&emulator, "alice", Operation::DescribeStream, &describe);
    assert_eq!(answer, refused("alice", "DescribeStream", stream));
    assert_eq!(ask(&emulator, "alice", Operation::DescribeTable, r#"{"TableName":"table"}"#), "");
}
