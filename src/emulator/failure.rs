//! What exports, imports and bulk operations fail of after they were begun.

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

    /// What S3 refuses (aws-service-facts 6.3, 7.3); `None` of what a bucket does not do that is
    /// not in S3. `ids` as for [`Failure::of_sdk`].
    pub(super) fn of_s3(error: &BucketError, ids: [String; 2]) -> Option<Self> {
        let (code, status) = match error {
            BucketError::NoBucket => ("S3NoSuchBucket", "404; Error Code: NoSuchBucket"),
            BucketError::Denied => ("S3AccessDenied", "403; Error Code: AccessDenied"),
            _ => return None,
        };
        Some(Self::of_sdk(code, &error.to_string(), status, ids))
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
