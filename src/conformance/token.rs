//! Idempotency tokens. A target that lives on remembers those of the last ten minutes: a tape or a
//! case played at it again would be told that its writes were made already, and make none.

use crate::{
    cassette::client_request_token,
    wire::{Request, json, profile},
};

/// The request with another token in place of its own: the same for the same token in one run,
/// another one in each run. Without a run, or a token, the request as it is.
pub(super) fn renew(request: Request, run: Option<u64>) -> Request {
    let (Some(run), Some(token)) = (run, client_request_token(&request)) else { return request };
    // One that is refused for its length is to be refused (the API model).
    if !(1..=36).contains(&token.len()) {
        return request;
    }
    let Ok(body) = request.json() else { return request };
    let Some(place) = body.root().get("ClientRequestToken") else { return request };
    let seed = token.bytes().fold(run, |seed, byte| {
        (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5)
    });
    // The service takes 36 characters (its model); the first of a request id are as good as any.
    let renewed: String = profile::request_id(seed).chars().take(26).collect();
    let span = place.span();
    let mut text = request.body()[..span.start].to_vec();
    json::write_string(&mut text, &renewed);
    text.extend_from_slice(&request.body()[span.end..]);
    request.with_body(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Operation;

    #[test]
    fn equal_tokens_stay_equal_in_a_run_and_differ_from_run_to_run() {
        let with = |token: &str, run| {
            let body = format!(r#"{{"A":1,"ClientRequestToken":"{token}","B":2}}"#);
            let renewed = renew(Request::of(Operation::TransactWriteItems, body), run);
            String::from_utf8(renewed.body().to_vec()).expect("text")
        };
        assert_eq!(with("a", Some(1)), with("a", Some(1)));
        assert_ne!(with("a", Some(1)), with("b", Some(1)));
        assert_ne!(with("a", Some(1)), with("a", Some(2)));
        assert!(with("a", Some(1)).starts_with(r#"{"A":1,"ClientRequestToken":""#));
        assert!(with("a", Some(1)).ends_with(r#"","B":2}"#));
        let long = "x".repeat(37);
        assert!(with(&long, Some(1)).contains(&long));
        assert_eq!(with("a", None), r#"{"A":1,"ClientRequestToken":"a","B":2}"#);
    }
}
