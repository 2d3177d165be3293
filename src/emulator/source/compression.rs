//! Objects that are compressed.

use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

/// How objects are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// With gzip.
    Gzip,
    /// With Zstandard.
    Zstd,
}

impl Compression {
    /// By the word on the wire; one that is not sent is NONE.
    pub(in crate::emulator) fn named(word: Option<&str>) -> Self {
        match word {
            Some("GZIP") => Self::Gzip,
            Some("ZSTD") => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// The text of an object. An object that is empty has none, however it should be compressed: a
/// marker without content among objects that are compressed was no error (aws-service-facts 7.3,
/// the root of an export).
pub(super) fn unpack(compression: Compression, object: &Bytes) -> io::Result<Bytes> {
    if object.is_empty() {
        return Ok(Bytes::new());
    }
    let mut text = Vec::new();
    match compression {
        Compression::None => return Ok(object.clone()),
        Compression::Gzip => {
            MultiGzDecoder::new(&**object).read_to_end(&mut text)?;
        }
        Compression::Zstd => {
            let mut rest: &[u8] = object;
            // Frames may follow each other (RFC 8878, section 3).
            while !rest.is_empty() {
                let frame = StreamingDecoder::new(&mut rest).map_err(io::Error::other);
                frame?.read_to_end(&mut text)?;
            }
        }
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression as Level, write::GzEncoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Level::default());
        packed.write_all(text.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    }

    fn zstd(text: &str) -> Vec<u8> {
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    }

    #[test]
    fn parts_that_were_compressed_one_by_one_are_one_text() {
        for (compression, parts) in [
            (Compression::Gzip, [gzip("one "), gzip("two")]),
            (Compression::Zstd, [zstd("one "), zstd("two")]),
            (Compression::None, [b"one ".to_vec(), b"two".to_vec()]),
        ] {
            let text = unpack(compression, &parts.concat().into()).expect("text");
            assert_eq!(text, "one two", "{compression:?}");
        }
    }

    #[test]
    fn what_is_not_compressed_or_cut_off_is_an_error() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            assert!(unpack(compression, &"plain".into()).is_err(), "{compression:?}");
            assert_eq!(unpack(compression, &Bytes::new()).expect("nothing"), "");
        }
        let (gzip, zstd) = (gzip("a long enough text"), zstd("a long enough text"));
        for (compression, packed) in [(Compression::Gzip, gzip), (Compression::Zstd, zstd)] {
            let cut = packed[..packed.len() - 3].to_vec();
            assert!(unpack(compression, &cut.into()).is_err(), "{compression:?}");
        }
    }
}
