//! Writes every answer down as the SDK received it, before it is parsed.

use std::{fs::OpenOptions, io::Write as _};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::FinalizerInterceptorContextRef,
    },
    error::BoxError,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Appends to the file at `path`, one line an answer: operation, status, x-amz-crc32 (`-` when
/// absent), whether it is right, body in base64.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) path: String,
}

impl Intercept for Trace {
    fn name(&self) -> &'static str {
        "trace of bodies"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(answer) = context.response() else { return Ok(()) };
        let operation = config.load::<Metadata>().map_or("-", Metadata::name);
        let body = answer.body().bytes().unwrap_or_default();
        let sent = answer.headers().get("x-amz-crc32").unwrap_or("-");
        let right = if sent == crc32fast::hash(body).to_string() { "yes" } else { "no" };
        let body = STANDARD.encode(body);
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        writeln!(file, "{operation} {} {sent} {right} {body}", answer.status())?;
        Ok(())
    }
}
