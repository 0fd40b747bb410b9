//! Trace, price and budget of a request: one small JSON document, compressed against a dictionary of typical ones.
//!
//! ```text
//! blob = dictionary number (1 byte) · length (4 bytes, little endian) · zstd frame of {"trace":…,"price":…,"budget":…}
//! ```

use std::{io::Write, sync::LazyLock};

use routing::trace::Envelope;
use serde::Deserialize;
use serde_json::value::RawValue;
use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
};

use super::{redact::redact, requests};
use crate::{error::StoreError, record::RequestRecord};

pub(super) const TABLE: &str = "
CREATE TABLE details (
  key  INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
";

/// Typical documents, most typical last. Old rows need it as it is: a better one is a new number.
const DICTIONARY: &[u8] = include_bytes!("details.v1.dict");
const NUMBER: u8 = 1;
const HEADER: usize = 5;
/// Small documents spend most of zstd's time on its tables, which the negative levels do without: about a tenth of the recorder's time.
const LEVEL: i32 = -4;

static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

/// Writes details, reusing its buffers.
pub(super) struct Encoder {
    compressor: Compressor<'static>,
    plain: Vec<u8>,
    packed: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> std::io::Result<Self> {
        let compressor = Compressor::with_prepared_dictionary(&ENCODER)?;
        Ok(Self { compressor, plain: Vec::with_capacity(4_096), packed: Vec::with_capacity(4_096) })
    }

    /// The blob for the record, valid until the next call.
    pub(super) fn encode(&mut self, record: &RequestRecord) -> std::io::Result<&[u8]> {
        self.plain.clear();
        write_plain(&mut self.plain, record)?;
        // Upstreams like to repeat the key in their errors, and a reason may quote those.
        let plain = redact(&self.plain);
        let length = u32::try_from(plain.len()).map_err(std::io::Error::other)?;
        let bound = HEADER + zstd::zstd_safe::compress_bound(plain.len());
        self.packed.resize(bound, 0);
        self.packed[0] = NUMBER;
        self.packed[1..HEADER].copy_from_slice(&length.to_le_bytes());
        let written = self.compressor.compress_to_buffer(&plain, &mut self.packed[HEADER..])?;
        Ok(&self.packed[..HEADER + written])
    }
}

fn write_plain(out: &mut Vec<u8>, record: &RequestRecord) -> std::io::Result<()> {
    let request_id = requests::request_id(record);
    let envelope = Envelope {
        request_id: &request_id,
        resolved: record.resolved.unwrap_or_default(),
        total_us: record.total_us,
        overhead_us: record.overhead_us,
    };
    out.write_all(b"{\"trace\":")?;
    serde_json::to_writer(&mut *out, &record.trace.with(envelope))?;
    for (name, json) in [("price", record.price.as_deref()), ("budget", record.budget.as_deref())] {
        if let Some(json) = json {
            write!(out, ",\"{name}\":{json}")?;
        }
    }
    out.write_all(b"}")
}

/// What a blob holds, each part as JSON.
#[derive(Debug, Deserialize)]
pub(super) struct Details {
    pub trace: Box<RawValue>,
    pub price: Option<Box<RawValue>>,
    pub budget: Option<Box<RawValue>>,
}

/// Reads a blob.
pub(super) fn decode(blob: &[u8]) -> Result<Details, StoreError> {
    let unreadable = |why: &str| StoreError::Database(format!("the trace cannot be read: {why}"));
    let Some((header, frame)) = blob.split_at_checked(HEADER) else { return Err(unreadable("too short")) };
    let [NUMBER, length @ ..] = header else { return Err(unreadable("unknown dictionary")) };
    let length = length.try_into().map(u32::from_le_bytes).map_err(|_| unreadable("too short"))?;
    let mut decompressor = Decompressor::with_prepared_dictionary(&DECODER).map_err(|error| unreadable(&error.to_string()))?;
    let plain = decompressor.decompress(frame, length as usize).map_err(|error| unreadable(&error.to_string()))?;
    serde_json::from_slice(&plain).map_err(|error| unreadable(&error.to_string()))
}
