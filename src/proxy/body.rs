//! The body of an answer, which may be told to break off.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

/// The body of an answer.
#[derive(Debug)]
pub(super) enum AnswerBody {
    Whole(Full<Bytes>),
    Cut(Cut),
}

/// A body of which only the first half is sent.
#[derive(Debug)]
pub(super) struct Cut {
    half: Option<Bytes>,
    announced: u64,
    flushed: bool,
}

impl AnswerBody {
    /// All of it.
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }

    /// Half of it, announced as all.
    pub(super) fn cut(bytes: &Bytes) -> Self {
        let half = Some(bytes.slice(..bytes.len() / 2));
        Self::Cut(Cut { half, announced: bytes.len() as u64, flushed: false })
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let cut = match self.get_mut() {
            Self::Whole(body) => {
                let frame = Pin::new(body).poll_frame(context);
                return frame.map(|frame| frame.map(|frame| frame.map_err(never)));
            }
            Self::Cut(cut) => cut,
        };
        if let Some(half) = cut.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // hyper throws away what it has not sent when a body fails: it gets one turn to send it.
        if !cut.flushed {
            cut.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Cut(cut) => SizeHint::with_exact(cut.announced),
        }
    }
}

fn never(error: Infallible) -> io::Error {
    match error {}
}
