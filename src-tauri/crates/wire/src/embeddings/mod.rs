//! The dialect of OpenAI's `POST /embeddings`. Never translated.

mod facts;

use crate::json::{Kind, Scanner};
use crate::reply::{Malformed, ReplyFacts};
use crate::{Dialect, SyntaxError, chat};

pub(crate) use facts::GRAMMAR;

/// Reads an answer: vectors are content.
pub(crate) fn read_reply(body: &[u8]) -> Result<ReplyFacts, Malformed> {
    if body.trim_ascii().is_empty() {
        return Err(Malformed::Empty);
    }
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
    let shape = |why: &str| Malformed::Shape { dialect: Dialect::OpenAiEmbeddings, why: why.to_owned() };
    let mut scan = Scanner::new(text);
    if scan.kind()? != Kind::Object {
        scan.skip()?;
        scan.end()?;
        return Err(shape("it is no object"));
    }
    let mut facts = chat::read_envelope(text)?;
    if facts.error.is_some() {
        return Ok(facts);
    }
    let vectors = vectors(&mut scan)?.ok_or_else(|| shape("`data` is missing"))?;
    if vectors == 0 {
        return Err(shape("`data` is empty"));
    }
    facts.has_content = true;
    Ok(facts)
}

/// Length of `data`.
fn vectors(scan: &mut Scanner<'_>) -> Result<Option<u32>, SyntaxError> {
    let mut vectors = None;
    scan.object(|scan, key| {
        if &*key.decode() != "data" || scan.kind()? != Kind::Array {
            return scan.skip();
        }
        let mut count = 0;
        scan.array(|scan| {
            count += 1;
            scan.skip()
        })?;
        vectors = Some(count);
        Ok(())
    })?;
    Ok(vectors)
}

#[cfg(test)]
mod tests;
