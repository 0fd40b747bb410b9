//! What is known of a model.

use serde::{Deserialize, Serialize};

use crate::money::{Cost, Price, TokenCounts};

/// How good a model is, in four steps. Ordered: a higher tier is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Small and cheap: classification, extraction, short answers.
    Economy,
    /// Good enough for most work.
    Standard,
    /// A provider's main model for hard work.
    Premium,
    /// The best that there is today.
    Frontier,
}

/// One thing that a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Calls tools.
    Tools,
    /// Reads images.
    Vision,
    /// Answers by a JSON schema.
    JsonSchema,
    /// Streams its answer.
    Streaming,
}

/// What a model can do. In JSON: a list of [`Capability`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Capability>", into = "Vec<Capability>")]
pub struct Capabilities {
    /// Calls tools.
    pub tools: bool,
    /// Reads images.
    pub vision: bool,
    /// Answers by a JSON schema.
    pub json_schema: bool,
    /// Streams its answer.
    pub streaming: bool,
}

impl Capabilities {
    /// Everything: what a model is taken to be able to do while nothing is said about it.
    pub const ALL: Capabilities = Capabilities { tools: true, vision: true, json_schema: true, streaming: true };
    /// Nothing: embeddings.
    pub const NONE: Capabilities = Capabilities { tools: false, vision: false, json_schema: false, streaming: false };

    fn all() -> Capabilities {
        Capabilities::ALL
    }
}

impl From<Vec<Capability>> for Capabilities {
    fn from(list: Vec<Capability>) -> Capabilities {
        let mut all = Capabilities::NONE;
        for capability in list {
            match capability {
                Capability::Tools => all.tools = true,
                Capability::Vision => all.vision = true,
                Capability::JsonSchema => all.json_schema = true,
                Capability::Streaming => all.streaming = true,
            }
        }
        all
    }
}

impl From<Capabilities> for Vec<Capability> {
    fn from(all: Capabilities) -> Vec<Capability> {
        [
            (all.tools, Capability::Tools),
            (all.vision, Capability::Vision),
            (all.json_schema, Capability::JsonSchema),
            (all.streaming, Capability::Streaming),
        ]
        .into_iter()
        .filter_map(|(can, capability)| can.then_some(capability))
        .collect()
    }
}

/// What a model is called for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Answers messages.
    #[default]
    Chat,
    /// Turns texts into vectors.
    Embedding,
}

/// One form of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Text.
    Text,
    /// Images.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Documents, such as PDF.
    Document,
}

/// The forms of input that a model takes. In JSON: a list of [`Modality`] names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Modality>", into = "Vec<Modality>")]
pub struct Modalities {
    /// Text.
    pub text: bool,
    /// Images.
    pub image: bool,
    /// Sound.
    pub audio: bool,
    /// Moving pictures.
    pub video: bool,
    /// Documents, such as PDF.
    pub document: bool,
}

impl From<Vec<Modality>> for Modalities {
    fn from(list: Vec<Modality>) -> Modalities {
        let mut all = Modalities::default();
        for modality in list {
            match modality {
                Modality::Text => all.text = true,
                Modality::Image => all.image = true,
                Modality::Audio => all.audio = true,
                Modality::Video => all.video = true,
                Modality::Document => all.document = true,
            }
        }
        all
    }
}

impl From<Modalities> for Vec<Modality> {
    fn from(all: Modalities) -> Vec<Modality> {
        [
            (all.text, Modality::Text),
            (all.image, Modality::Image),
            (all.audio, Modality::Audio),
            (all.video, Modality::Video),
            (all.document, Modality::Document),
        ]
        .into_iter()
        .filter_map(|(takes, modality)| takes.then_some(modality))
        .collect()
    }
}

/// A model of one provider. What is `None` is not known, and is never taken as zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The name that the provider knows it by.
    pub name: String,
    /// What it is called for.
    #[serde(default, skip_serializing_if = "is_chat")]
    pub mode: Mode,
    /// Input tokens that fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Output tokens at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u64>,
    /// How good it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What it can do; everything, where the list is left out.
    #[serde(default = "Capabilities::all")]
    pub capabilities: Capabilities,
    /// The forms of input that it takes; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modalities: Option<Modalities>,
    /// Where the price comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_source: Option<String>,
    /// The day of the price, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_date: Option<String>,
    /// Whether callers may use it.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
}

impl Model {
    /// A model of which nothing but its name is known.
    pub fn named(name: impl Into<String>) -> Model {
        Model {
            name: name.into(),
            mode: Mode::Chat,
            context: None,
            max_output: None,
            tier: None,
            price: None,
            capabilities: Capabilities::ALL,
            modalities: None,
            price_source: None,
            price_date: None,
            enabled: true,
        }
    }

    /// What a call is expected to cost; `None` where the price is not known. `cached_share` is the
    /// share of input tokens that come from the provider's cache, on [0, 1].
    pub fn estimate_cost(&self, input_tokens: u64, cached_share: f64, expected_output: u64) -> Option<Cost> {
        let cached = (input_tokens as f64 * cached_share.clamp(0.0, 1.0)).round() as u64;
        let tokens = TokenCounts { input: input_tokens, cached_input: cached, output: expected_output, ..TokenCounts::default() };
        self.price.map(|price| price.cost(tokens))
    }
}

fn yes() -> bool {
    true
}

fn is_chat(mode: &Mode) -> bool {
    *mode == Mode::Chat
}

fn is_true(value: &bool) -> bool {
    *value
}

#[cfg(test)]
mod tests;
