//! Pages of lists, with opaque cursors.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Code, Error, api::Page};

/// Rows unless told.
const USUAL: u32 = 50;
/// Rows at most.
const MOST: u32 = 200;

/// How many rows were asked for.
///
/// # Errors
/// `invalid_request`, beyond 200 or for none.
pub(crate) fn limit(asked: Option<u32>) -> Result<u32, Error> {
    match asked {
        None => Ok(USUAL),
        Some(rows) if (1..=MOST).contains(&rows) => Ok(rows),
        Some(rows) => {
            Err(Error::new(Code::InvalidRequest, format!("limit must be between 1 and {MOST}, not {rows}")).with("field", "limit"))
        }
    }
}

/// A cursor that says where the next page begins.
pub(crate) fn cursor(position: &str) -> String {
    URL_SAFE_NO_PAD.encode(position)
}

/// Where the page begins.
///
/// # Errors
/// `invalid_request`, for a cursor that was not made here.
pub(crate) fn position<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>, Error> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let read = text.and_then(|text| text.parse().ok());
    read.map(Some).ok_or_else(|| {
        Error::new(Code::InvalidRequest, "The cursor is not one that this API gave out; start again without it").with("field", "cursor")
    })
}

/// A page of rows of which one more than `limit` was read, where there are more.
pub(crate) fn page<T>(mut rows: Vec<T>, limit: u32, position: impl FnOnce(&T) -> String) -> Page<T> {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| has_more).map(|last| cursor(&position(last)));
    Page { data: rows, next_cursor, has_more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_the_next_until_the_last() {
        let first = page(vec![9_u32, 8, 7], 2, ToString::to_string);
        assert_eq!((first.data.as_slice(), first.has_more), ([9, 8].as_slice(), true));
        assert_eq!(position::<u32>(first.next_cursor.as_deref()).unwrap(), Some(8));
        let last = page(vec![7_u32], 2, ToString::to_string);
        assert_eq!((last.next_cursor, last.has_more), (None, false));
    }

    #[test]
    fn a_made_up_cursor_and_a_limit_out_of_range_are_refused() {
        assert_eq!(position::<u32>(Some("!")).unwrap_err().code, Code::InvalidRequest);
        assert_eq!(position::<u32>(Some(&cursor("x"))).unwrap_err().code, Code::InvalidRequest);
        assert!(limit(Some(0)).is_err());
        assert!(limit(Some(201)).is_err());
        assert_eq!(limit(None).unwrap(), 50);
    }
}
