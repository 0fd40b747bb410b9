//! The filter language of the log.

use jiff::{Timestamp, tz::TimeZone};
use store::filter::Filter;

/// A filter is read the same each time; what is wrong with one is under a character that it has.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let now = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    match Filter::parse(text, &now) {
        Ok(filter) => assert_eq!(Filter::parse(text, &now).as_ref(), Ok(&filter)),
        Err(error) => {
            let characters = text.chars().count();
            assert!(error.column >= 1 && error.column <= characters + 1, "{error:?} of {characters} characters");
            assert!(error.length >= 1 && !error.message.is_empty(), "{error:?}");
        }
    }
}
