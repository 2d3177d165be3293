//! What exports, imports and bulk operations fail of after they were begun.

use std::error::Error as _;

use super::s3::BucketError;
use crate::wire::json::{Value, Writer};

/// Why something fails that had begun: FailureCode and FailureMessage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Box<str>,
    pub(super) message: Box<str>,
}

impl Failure {
    pub(super) fn new(code: &str, message: impl Into<Box<str>>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// What S3 refuses (aws-service-facts 6.3, 7.3), or what a bucket does not do that is not in
    /// S3. `ids` as for [`Failure::of_sdk`].
    pub(super) fn of_s3(error: &BucketError, ids: [String; 2]) -> Self {
        let (code, status) = match error {
            BucketError::NoBucket => ("S3NoSuchBucket", "404; Error Code: NoSuchBucket"),
            BucketError::Denied => ("S3AccessDenied", "403; Error Code: AccessDenied"),
            _ => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                return Self::own(&format!("{error}{}", cause.unwrap_or_default()));
            }
        };
        Self::of_sdk(code, &error.to_string(), status, ids)
    }

    /// What fails here and could not there.
    pub(super) fn own(text: &str) -> Self {
        Self::new("InternalServerError", format!("dynatape: {text}"))
    }

    /// A failure in the words of the SDK that the service asks S3 with. The ids are those of the
    /// request, the short one first.
    pub(super) fn of_sdk(
        code: &str,
        text: &str,
        status: &str,
        [request, extended]: [String; 2],
    ) -> Self {
        let message = format!(
            "{text} (Service: Amazon S3; Status Code: {status}; Request ID: {request}; S3 \
             Extended Request ID: {extended}; Proxy: null)"
        );
        Self::new(code, message)
    }

    /// Writes it among the members of a record.
    pub(super) fn write(&self, json: &mut Writer) {
        for (name, text) in [("Code", &self.code), ("Message", &self.message)] {
            json.key(name);
            json.string(text);
        }
    }

    /// Reads what [`Failure::write`] wrote, if it did.
    pub(super) fn read(record: Value<'_>) -> Option<Self> {
        let text = |name| record.get(name).and_then(Value::as_str);
        Some(Self::new(&text("Code")?, &*text("Message").unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::BucketError;
    use crate::emulator::{
        Settings,
        op::tests::{ask, with_table_and},
        s3::{Buckets, S3},
    };

    /// Buckets at a place that does not answer.
    #[derive(Debug)]
    struct Nowhere;

    fn nothing<T>() -> Result<T, BucketError> {
        Err(BucketError::Unusable { doing: "ask the bucket", cause: "no answer".into() })
    }

    impl Buckets for Nowhere {
        fn put(&self, _: &str, _: &str, _: Bytes) -> Result<(), BucketError> {
            nothing()
        }

        fn get(&self, _: &str, _: &str) -> Result<Bytes, BucketError> {
            nothing()
        }

        fn list(&self, _: &str, _: &str) -> Result<Vec<String>, BucketError> {
            nothing()
        }
    }

    #[test]
    fn a_bucket_that_does_not_answer_is_one_failure_whoever_asks_it() {
        let s3 = S3::Elsewhere(Arc::new(Nowhere));
        let (emulator, _) = with_table_and(Settings { s3, ..Settings::default() });
        ask(
            &emulator,
            "UpdateContinuousBackups",
            r#"{"TableName":"table","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#,
        );
        for (begin, body, describe, arn) in [
            (
                "ExportTableToPointInTime",
                r#"{"TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table","S3Bucket":"bucket"}"#,
                "DescribeExport",
                "ExportArn",
            ),
            (
                "ImportTable",
                r#"{"S3BucketSource":{"S3Bucket":"bucket"},"InputFormat":"DYNAMODB_JSON","TableCreationParameters":{"TableName":"users","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}}"#,
                "DescribeImport",
                "ImportArn",
            ),
        ] {
            let begun = ask(&emulator, begin, body);
            let (_, rest) = begun.split_once(&format!(r#""{arn}":""#)).expect("an ARN");
            let (found, _) = rest.split_once('"').expect("its end");
            let told = ask(&emulator, describe, &format!(r#"{{"{arn}":"{found}"}}"#));
            let failure = r#""FailureCode":"InternalServerError","FailureMessage":"dynatape: cannot ask the bucket: no answer""#;
            assert!(told.contains(failure), "{told}");
        }
    }
}
