//! Tokens by script, in one pass over the bytes of UTF-8.
//!
//! A character's weight hangs on its first byte alone, so that each byte is one look into a table:
//!
//! | characters | first byte | tokens |
//! |---|---|---|
//! | Latin letters, and a single space | ASCII | 1 per 1.15 × `chars_per_token`, which counts its marks, too |
//! | digits | ASCII | 1 per 2.5 |
//! | marks and signs | ASCII | 1 per 1.7, after another one 1 per 8 |
//! | white space after white space | ASCII | 1 per 12 |
//! | Latin with accents, Greek, Cyrillic, Hebrew, Arabic | C2–DF | 1 per 3 |
//! | Indic, Thai, Georgian, signs | E0–E2 | 1 per 1.6 |
//! | Chinese, Japanese, Korean | E3–ED, EF | 1 per 1.3 |
//! | emoji, rare Chinese | F0–F4 | 2 |

/// The kinds of bytes, as indexes of a table of weights.
const LETTER: u8 = 0;
const DIGIT: u8 = 1;
const MARK: u8 = 2;
const SPACE: u8 = 3;
const ALPHABET: u8 = 4;
const SYLLABLE: u8 = 5;
const IDEOGRAPH: u8 = 6;
const EMOJI: u8 = 7;
const INSIDE: u8 = 8;

const KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut kinds = [INSIDE; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            0..=0x7F => MARK,
            0x80..=0xBF => INSIDE,
            0xC0..=0xDF => ALPHABET,
            0xE0..=0xE2 => SYLLABLE,
            0xE3..=0xEF => IDEOGRAPH,
            0xF0..=0xFF => EMOJI,
        };
        byte += 1;
    }
    kinds
}

/// About how many thousandths of a token these bytes are.
pub(super) fn thousandths(bytes: &[u8], chars_per_token: f32) -> u64 {
    let mut counts = [0u64; 9];
    let (mut runs, mut marks) = (0, 0);
    let mut before = LETTER;
    for byte in bytes {
        let kind = KINDS[usize::from(*byte)];
        counts[usize::from(kind)] += 1;
        runs += u64::from(kind == SPACE && before == SPACE);
        marks += u64::from(kind == MARK && before == MARK);
        before = kind;
    }
    let count = |kind: u8| counts[usize::from(kind)];
    let letters = (count(LETTER) + count(SPACE) - runs) as f64 * 1_000.0 / (1.15 * f64::from(chars_per_token));
    // A model that needs more tokens for English needs more for the rest, too.
    let scale = 4.0 / f64::from(chars_per_token);
    let rest = count(DIGIT) * 400
        + (count(MARK) - marks) * 588
        + marks * 125
        + runs * 83
        + count(ALPHABET) * 333
        + count(SYLLABLE) * 625
        + count(IDEOGRAPH) * 770
        + count(EMOJI) * 2_000;
    (letters + rest as f64 * scale).ceil() as u64
}
