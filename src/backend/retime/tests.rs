use super::*;
use crate::{clock::ManualClock, wire::profile};

const DAY: u64 = 86_400;
const RECORDED: u64 = 1_700_000_000;

/// Answers with its text, as the service does.
#[derive(Debug)]
struct Says(&'static str);

impl Backend for Says {
    fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        let mut response = Response::ok(self.0);
        profile::complete(
            &mut response,
            "application/x-amz-json-1.0",
            "id",
            profile::date(UNIX_EPOCH),
        );
        Box::pin(std::future::ready(Ok(response)))
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

async fn ask(backend: &impl Backend, operation: Operation) -> String {
    let response = backend.call(Request::of(operation, "{}")).await.expect("an answer");
    let header =
        |name: &http::HeaderName| response.headers[name].to_str().expect("ASCII").to_owned();
    assert_eq!(header(&X_AMZ_CRC32), crc32(&response.body).to_string());
    assert_eq!(header(&header::CONTENT_LENGTH), response.body.len().to_string());
    String::from_utf8(response.body.to_vec()).expect("UTF-8")
}

#[tokio::test]
async fn what_the_service_told_is_as_far_from_now_as_from_the_recording() {
    let clock = Arc::new(ManualClock::at(at(RECORDED + 10 * DAY)));
    let says = Says(r#"{"Table":{"CreationDateTime":1.699913600123E9,"ItemCount":1700000000}}"#);
    let backend = Retime::shifted(says, at(RECORDED), clock.clone());
    clock.advance(Duration::from_secs(60));
    let expected = r#"{"Table":{"CreationDateTime":1.700777600123E9,"ItemCount":1700000000}}"#;
    assert_eq!(ask(&backend, Operation::DescribeTable).await, expected);
}

#[tokio::test]
async fn items_are_left_alone() {
    let text = r#"{"Item":{"CreationDateTime":{"N":"1700000000"},"EndTime":{"M":{"StartTime":{"S":"1.7E9"}}}}}"#;
    let clock = Arc::new(ManualClock::at(at(RECORDED + DAY)));
    let backend = Retime::shifted(Says(text), at(RECORDED), clock);
    assert_eq!(ask(&backend, Operation::GetItem).await, text);
}

#[tokio::test]
async fn live_a_table_is_made_when_it_is_asked_for_and_stays_as_old() {
    let clock = Arc::new(ManualClock::at(at(RECORDED + DAY)));
    let says = Says(r#"{"CreationDateTime":1.7E9,"LastUpdateDateTime":1.700000001E9}"#);
    let backend = Retime::live(says, at(RECORDED), clock.clone());
    clock.advance(Duration::from_secs(60));
    let made = r#"{"CreationDateTime":1.70008646E9,"LastUpdateDateTime":1.700086401E9}"#;
    assert_eq!(ask(&backend, Operation::CreateTable).await, made);
    clock.advance(Duration::from_secs(60));
    assert_eq!(ask(&backend, Operation::DescribeTable).await, made);
}
