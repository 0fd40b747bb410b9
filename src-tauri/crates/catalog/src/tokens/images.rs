//! What an image counts as, by each maker's published rule.
//!
//! | maker | rule | size unknown |
//! |---|---|---|
//! | OpenAI, tiles | 85 + 170 per 512-pixel tile, after fitting into 2048² and a short side of 768; `low`: 85. GPT-5 and later 70 + 140, o1 and o3 75 + 150, GPT-4o mini 2833 + 5667 | 1024² |
//! | OpenAI, patches | 32-pixel patches, at most 1536, by a factor: GPT-4.1 mini and GPT-5 mini 1.62, nanos 2.46, o4-mini 1.72 | 1024² |
//! | Anthropic | width × height / 750, after fitting into 1568² and 1600 tokens | 1600, the most |
//! | Google | 258 per 768-pixel tile; a small one is one tile | 1032, four tiles |
//! | others | 1000 | 1000 |
//!
//! The defaults are high rather than low, since budgets reserve by them; the provider's own count corrects it.

use crate::provider::ProviderKind;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// How closely a model shall look, as OpenAI's dialects say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// A small copy of fixed cost.
    Low,
    /// All of it; also what `auto` costs at most.
    #[default]
    High,
}

/// Anthropic's own limits.
const CLAUDE_MOST: u64 = 1_600;
const CLAUDE_SIDE: f64 = 1_568.0;
/// OpenAI's where nothing is known of the image.
const UNKNOWN: ImageSize = ImageSize { width: 1024, height: 1024 };
const ANY: u64 = 1_000;

/// About how many input tokens an image is.
pub fn image_tokens(kind: ProviderKind, model: &str, size: Option<ImageSize>, detail: Detail) -> u64 {
    let bare = super::bare(model);
    if bare.contains("claude") || matches!(kind, ProviderKind::Anthropic | ProviderKind::AnthropicCompatible) {
        return size.map_or(CLAUDE_MOST, claude);
    }
    if bare.starts_with("gemini") || kind == ProviderKind::Google {
        return size.map_or(4 * 258, gemini);
    }
    if super::openai(model).is_some() || matches!(kind, ProviderKind::OpenAi | ProviderKind::Azure) {
        return openai(bare, size.unwrap_or(UNKNOWN), detail);
    }
    ANY
}

fn claude(size: ImageSize) -> u64 {
    let (width, height) = fitted(size, CLAUDE_SIDE);
    ((width * height / 750.0).ceil() as u64).min(CLAUDE_MOST)
}

fn gemini(size: ImageSize) -> u64 {
    if size.width.max(size.height) <= 384 {
        return 258;
    }
    258 * u64::from(size.width.div_ceil(768)).min(16) * u64::from(size.height.div_ceil(768)).min(16)
}

fn openai(model: &str, size: ImageSize, detail: Detail) -> u64 {
    if let Some(hundredths) = patch_factor(model) {
        let patches = u64::from(size.width.div_ceil(32)) * u64::from(size.height.div_ceil(32));
        return (patches.min(1_536) * hundredths).div_ceil(100);
    }
    let (base, tile) = match model {
        _ if model.starts_with("gpt-4o-mini") => (2_833, 5_667),
        _ if model.starts_with("o1") || model.starts_with("o3") => (75, 150),
        _ if model.starts_with("gpt-4") => (85, 170),
        _ => (70, 140),
    };
    match detail {
        Detail::Low => base,
        Detail::High => base + tile * tiles(size),
    }
}

/// In hundredths.
fn patch_factor(model: &str) -> Option<u64> {
    let newer = model.starts_with("gpt-4.1") || model.starts_with("gpt-5");
    match model {
        _ if newer && model.contains("-mini") => Some(162),
        _ if newer && model.contains("-nano") => Some(246),
        _ if model.starts_with("o4-mini") => Some(172),
        _ => None,
    }
}

fn tiles(size: ImageSize) -> u64 {
    let (width, height) = fitted(size, 2_048.0);
    let scale = (768.0 / width.min(height).max(1.0)).min(1.0);
    ((width * scale / 512.0).ceil() * (height * scale / 512.0).ceil()) as u64
}

/// The size with its longer side no longer than this.
fn fitted(size: ImageSize, side: f64) -> (f64, f64) {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let scale = (side / width.max(height).max(1.0)).min(1.0);
    (width * scale, height * scale)
}
