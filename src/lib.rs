//! dynatape: testing against Amazon DynamoDB without guessing.
//!
//! It sits between a DynamoDB client and whatever answers it. It can **emulate** DynamoDB,
//! **record** real traffic into cassettes, **replay** cassettes offline, and **diff** any two
//! answers, so that "our tests pass against the emulator" becomes a measured statement about the
//! real service.
//!
//! # How a request travels
//!
//! ```text
//!              +------------------------------------- cli: composes; nothing else does ---+
//! client -> proxy -> [ sessions, record, shadow ... ] -> backend { emulator | upstream | replay }
//!         wire::Request -----------------------------------------------> wire::Response
//!                          |                                     |
//!                       cassette                 emulator --> expr, value --> storage
//!
//! cassette --> conformance::play --> any backend --> diff --> outcome --> report
//! ```
//!
//! A client opens a connection; [`proxy`] reads HTTP off it. What is no call of the API (a health
//! check, a browser) is answered at its door. A call becomes a [`wire::Request`]: the operation
//! from the `X-Amz-Target` header, the headers, and the body, *byte for byte*: the bytes are
//! parsed beside, never instead, because a recorder that prints JSON again breaks the checksum
//! that SDKs verify.
//!
//! The request goes to a [`backend::Backend`], a thing with one method. The [`emulator`] is one,
//! a real endpoint ([`backend::upstream`]) is one, a cassette ([`backend::replay`]) is one. A
//! DynamoDB error is an *answer* like any other; `Err` means that there is none. What happens on
//! the way, such as recording ([`backend::record`]), asking somebody else about a miss
//! ([`backend::fallback`]) or about everything, to compare ([`backend::shadow`]), is a layer: a
//! backend with an `inner` one, or with one for each session ([`backend::sessions`]). Layers are stacked in one function, in `cli/compose.rs`.
//!
//! The [`wire::Response`] goes back the same way. An answer made here gets the headers the
//! service sends ([`wire::profile`]); one from an upstream keeps its own.
//!
//! What was recorded becomes a [`cassette`]: without anything secret or volatile, pretty-printed
//! without loss, replacing the old file whole or not at all. [`conformance`] plays a cassette at
//! any backend and compares each answer with the recorded one ([`diff`]); [`report`] shows what
//! that gave.
//!
//! # Which module may use which
//!
//! Downwards only; `tests/layering.rs` says so.
//!
//! | module | uses |
//! |---|---|
//! | [`wire`], [`storage`], [`clock`] | nothing of ours |
//! | [`value`] | `wire` |
//! | [`expr`] | `value` (and `wire` in its tests) |
//! | [`partiql`] | `value`, `expr` |
//! | [`cassette`] | `wire`, `value`, `expr`, `partiql` |
//! | [`diff`] | `wire` |
//! | [`backend`] | `wire`, `clock`, `cassette`, `diff` |
//! | [`emulator`] | `backend` (the trait), `wire`, `value`, `expr`, `partiql`, `storage`, `clock` |
//! | [`proxy`] | `wire`, `backend`, `clock` |
//! | [`conformance`] | `wire`, `backend`, `cassette`, `diff` |
//! | [`report`] | `diff`, `conformance`, `wire` (the JSON writer) |
//! | [`testing`], [`cli`] | everything |
//!
//! # In a test
//!
//! The emulator needs no server and no runtime:
//!
//! ```
//! use dynatape::{emulator::Emulator, wire::{Operation, Request}};
//!
//! let dynamodb = Emulator::default();
//! let answer = dynamodb.call(&Request::of(Operation::ListTables, "{}"));
//! assert_eq!(answer.body, r#"{"TableNames":[]}"#);
//! ```

pub mod backend;
pub mod cassette;
pub mod cli;
pub mod clock;
pub mod conformance;
pub mod diff;
pub mod emulator;
pub mod expr;
pub mod partiql;
pub mod proxy;
pub mod report;
pub mod storage;
pub mod testing;
pub mod value;
pub mod wire;
