//! What requests say of buckets, and of tokens that go with them: rules of the API's model, whose
//! order and wording on these operations is that of aws-service-facts 1.5 (pattern first).

use crate::emulator::{
    rule::{Limit, Rule},
    shape::Sent,
    source::{Compression, Place},
};

/// `S3BucketOwner`
pub(super) const OWNER: Rule =
    Rule::older("S3BucketOwner", &[Limit::Pattern("[0-9]{12}", is_account)]);
/// `S3KeyPrefix`
pub(super) const KEY_PREFIX: Rule = Rule::older("S3KeyPrefix", &[Limit::Longest(1024)]);
/// `InputCompressionType` (aws-service-facts 7.4)
pub(super) const COMPRESSION: Rule =
    Rule::older("InputCompressionType", &[Limit::OneOf(&["ZSTD", "NONE", "GZIP"])]);
/// `ClientToken`
pub(super) const TOKEN: Rule = Rule::older(
    "ClientToken",
    &[Limit::Pattern(r"^[^\$]+$", |text| !text.is_empty() && !text.contains('$'))],
);
/// The pattern of `S3Bucket` (aws-service-facts 1.5).
pub(super) const BUCKET: Limit = Limit::Pattern(r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$", is_bucket);

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_bucket(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() > 1
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

/// Where the objects are that a structure of this kind tells.
pub(super) fn place(sent: &Sent<'_>) -> Place {
    let text = |name| sent.text(name).map(|text| text.into_owned());
    Place {
        bucket: text("S3Bucket").unwrap_or_default(),
        owner: text("S3BucketOwner"),
        prefix: text("S3KeyPrefix").unwrap_or_default(),
    }
}

/// How the objects are compressed.
pub(super) fn compression(sent: &Sent<'_>) -> Compression {
    Compression::named(sent.text("InputCompressionType").as_deref())
}
