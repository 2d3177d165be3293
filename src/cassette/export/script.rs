use std::fmt::Write as _;

use crate::{
    cassette::{Cassette, Interaction},
    wire::{Operation, Service},
};

/// A POSIX shell script that makes the calls of the cassette with the AWS CLI.
#[must_use]
pub fn script(cassette: &Cassette) -> String {
    // Version 1 of the CLI takes blobs in JSON as text and encodes them again; version 2 reads
    // base64, as the service has it.
    let mut out = String::from(
        "#!/bin/sh\n# Needs version 2 of the AWS CLI; ENDPOINT says whom to call. A call that is expected to fail\n\
         # does not end the script.\n: \"${ENDPOINT:?}\"\nexport AWS_PAGER=\n",
    );
    for interaction in &cassette.interactions {
        let expected = match interaction.to_response() {
            Some(response) => {
                let kind = response.error_type().unwrap_or_default();
                format!("{} {kind}", response.status.as_u16())
            }
            None => "no answer".to_owned(),
        };
        // Writing into a String cannot fail.
        let _ = write!(out, "\n# {}: {}\n", line(&interaction.id), line(&expected));
        match command(interaction) {
            Some(command) => (0..interaction.times).for_each(|_| out.push_str(&command)),
            None => out.push_str("# the AWS CLI cannot make this call\n"),
        }
    }
    out
}

fn command(interaction: &Interaction) -> Option<String> {
    let operation = interaction.target.operation()?;
    let request = interaction.to_request();
    request.json().ok()?;
    let body = std::str::from_utf8(request.body()).ok()?;
    let service = match operation.service() {
        Service::DynamoDb => "dynamodb",
        Service::Streams => "dynamodbstreams",
    };
    let quoted = body.replace('\'', "'\\''");
    let name = dashed(operation);
    Some(format!(
        "aws {service} {name} --cli-input-json '{quoted}' --endpoint-url \"${{ENDPOINT:?}}\"\n"
    ))
}

/// `put-item` of `PutItem`
fn dashed(operation: Operation) -> String {
    let mut name = String::new();
    for c in operation.name().chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// Without what would end a comment: ids hold table names as they were sent.
fn line(text: &str) -> String {
    text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
