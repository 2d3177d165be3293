//! What is asked before an operation's own rules apply, in the service's order
//! (aws-facts 2.2): JSON, target, authentication, a body, members.

use bytes::Bytes;

use super::{Emulator, bulk, expiry, group, kinesis, op, table::policy::Principal};
use crate::wire::{Fault, Request, sigv4};

/// Who calls, and for where.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The region: of all that the caller creates, and all there is for it.
    pub(super) region: String,
    /// Whom policies know as the caller, if they are enforced.
    pub(super) principal: Option<Principal>,
}

/// Answers a request with the body of a success.
pub(super) fn enter(emulator: &Emulator, request: &Request) -> Result<Bytes, Fault> {
    let empty = request.body().is_empty();
    let json = request.json();
    if json.is_err() && !empty {
        return Err(Fault::bare("SerializationException"));
    }
    let handler = request.target.operation().and_then(op::handler);
    let Some(handler) = handler else { return Err(Fault::bare("UnknownOperationException")) };
    let scope = sigv4::authenticate(request)?;
    let Ok(json) = json else { return Err(Fault::bare("SerializationException")) };
    let settings = &emulator.settings;
    let enforced = settings.enforce_policies;
    let principal = enforced.then(|| Principal::of(&scope.access_key, &settings.account));
    let region = match &*scope.region {
        "" => settings.region.clone(),
        _ if settings.one_region => settings.region.clone(),
        _ => scope.region.into_owned(),
    };
    group::apply(emulator)?;
    bulk::advance(emulator)?;
    expiry::expire(emulator)?;
    let answer = (handler.serve)(emulator, &Caller { region, principal }, json.root());
    kinesis::deliver(emulator)?;
    answer
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use crate::{
        emulator::{Emulator, Settings},
        wire::{MADE_FOR, Operation, Request, X_AMZ_TARGET},
    };

    #[test]
    fn asks_in_the_services_order() {
        // aws-facts 2.2.
        let emulator = Emulator::default();
        let answer = |target: Option<&str>, signed: bool, body: &str| {
            let mut headers = match signed {
                true => Request::of(Operation::ListTables, "").headers,
                false => HeaderMap::new(),
            };
            headers.remove(X_AMZ_TARGET);
            if let Some(target) = target {
                headers.insert(X_AMZ_TARGET, target.parse().expect("header"));
            }
            let response = emulator.call(&Request::new(headers, body.to_owned().into()));
            (response.error_type().unwrap_or_default(), response.error_message())
        };
        let known = Some("DynamoDB_20120810.ListTables");
        let bare = |kind: &str| (kind.to_owned(), None);
        assert_eq!(answer(None, false, "{"), bare("SerializationException"));
        assert_eq!(answer(None, false, "{}"), bare("UnknownOperationException"));
        assert_eq!(answer(Some("X.Y"), true, ""), bare("UnknownOperationException"));
        assert_eq!(answer(known, false, "").0, "MissingAuthenticationTokenException");
        assert_eq!(answer(known, true, ""), bare("SerializationException"));
        assert_eq!(answer(known, true, "[]"), bare("SerializationException"));
        assert_eq!(answer(known, true, "{}").0, "");
    }

    #[test]
    fn where_there_is_one_region_a_table_is_there_for_whoever_signs_for_another() {
        let settings = Settings { one_region: true, ..Settings::default() };
        let emulator = Emulator::default().with_settings(settings);
        let create = r#"{"TableName":"here","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
        let created =
            emulator.call(&Request::of(Operation::CreateTable, create).signed_for("here-1"));
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/here";
        assert!(String::from_utf8_lossy(&created.body).contains(arn), "{created:?}");
        let listed = emulator.call(&Request::of(Operation::ListTables, "{}").signed_for("there-2"));
        assert_eq!(listed.body, r#"{"TableNames":["here"]}"#);
    }

    #[test]
    fn tables_are_of_the_region_they_are_signed_for_and_of_no_other() {
        let emulator = Emulator::default();
        let ask = |region: &str, operation: Operation, body: &str| {
            let body = body.replace("~", r#""TableName":"here""#);
            let mut request = Request::of(operation, body);
            let signed = request.headers["authorization"].to_str().expect("text");
            let signed = signed.replace(MADE_FOR, region).parse().expect("header");
            request.headers.insert("authorization", signed);
            String::from_utf8(emulator.call(&request).body.to_vec()).expect("text")
        };
        let create = r#"{~,"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}"#;
        let get = r#"{~,"Key":{"pk":{"S":"a"}}}"#;
        for region in ["eu-west-2", "eu-west-1"] {
            assert!(ask(region, Operation::GetItem, get).contains("ResourceNotFound"));
            assert_eq!(ask(region, Operation::ListTables, "{}"), r#"{"TableNames":[]}"#);
            let answer = ask(region, Operation::CreateTable, create);
            let arn = format!(r#""TableArn":"arn:aws:dynamodb:{region}:000000000000:table/here""#);
            assert!(answer.contains(&arn), "{answer}");
            let put = format!(r#"{{~,"Item":{{"pk":{{"S":"a"}},"in":{{"S":"{region}"}}}}}}"#);
            assert_eq!(ask(region, Operation::PutItem, &put), "{}");
        }
        for region in ["eu-west-2", "eu-west-1"] {
            assert!(ask(region, Operation::GetItem, get).contains(region));
            let streams = ask(region, Operation::ListStreams, "{}");
            assert_eq!(streams.matches("StreamArn").count(), 1, "{streams}");
            assert!(streams.contains(region), "{streams}");
        }
        ask("eu-west-2", Operation::DeleteTable, "{~}");
        assert_eq!(ask("eu-west-2", Operation::ListTables, "{}"), r#"{"TableNames":[]}"#);
        assert!(ask("eu-west-1", Operation::GetItem, get).contains("eu-west-1"));
    }
}
