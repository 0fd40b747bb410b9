//! Models: what is known of each, what a person says of it, and lists of prices.

use super::dto;

dto! {
    /// A model of a provider.
    #[serde(deny_unknown_fields)]
    pub struct Model {
        /// Its name at that provider.
        pub name: String,
        /// Context length in tokens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub context: Option<u64>,
        /// Output limit in tokens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub max_output: Option<u64>,
        /// `economy`, `standard`, `premium` or `frontier`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub tier: Option<String>,
        /// Absent where it is unknown; never zero for unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub price: Option<Price>,
        /// `tools`, `vision`, `json_schema`, `streaming`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub capabilities: Option<Vec<String>>,
        /// What it is called for: `chat` or `embedding`; `chat` unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub mode: Option<String>,
        /// What it reads: `text`, `image`, `audio`, `video`, `document`; absent where that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub modalities: Option<Vec<String>>,
        /// May it be called?
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub enabled: Option<bool>,
        /// Changed by the user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub overridden: Option<bool>,
        /// Added by the user: no catalogue knows it, so it is gone when that is taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub added: Option<bool>,
        /// Where the price is from, and of when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub price_source: Option<String>,
    }

    /// USD per million tokens.
    #[serde(deny_unknown_fields)]
    pub struct Price {
        /// Read.
        pub input: f64,
        /// Read from the provider's cache.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cached_input: Option<f64>,
        /// Written to the provider's cache, for the usual few minutes; the input price where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cache_write: Option<f64>,
        /// Written to the provider's cache for an hour; the price of the usual write where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cache_write_1h: Option<f64>,
        /// Written.
        pub output: f64,
        /// What holds instead, for all tokens of a call, where its input is long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub above: Option<LongInputPrice>,
    }

    /// USD per million tokens of a call with a long input.
    #[serde(deny_unknown_fields)]
    pub struct LongInputPrice {
        /// It holds for inputs of more tokens than this.
        pub tokens: u64,
        /// Read.
        pub input: f64,
        /// Read from the provider's cache.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cached_input: Option<f64>,
        /// Written to the provider's cache, for the usual few minutes; the input price where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cache_write: Option<f64>,
        /// Written to the provider's cache for an hour; the price of the usual write where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cache_write_1h: Option<f64>,
        /// Written.
        pub output: f64,
    }

    /// A model with its provider, for pickers.
    pub struct ModelRow {
        /// `provider/model`.
        pub id: String,
        /// Provider.
        pub provider: String,
        /// The model.
        pub model: Model,
    }

    /// Facts of a model to override; absent ones stay as they are.
    pub struct PutModel {
        /// The provider.
        pub provider: String,
        /// The model's name there; it may contain slashes.
        pub model: String,
        /// Context length in tokens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub context: Option<u64>,
        /// Output limit in tokens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub max_output: Option<u64>,
        /// `economy`, `standard`, `premium` or `frontier`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub tier: Option<String>,
        /// USD per million tokens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub price: Option<Price>,
        /// `tools`, `vision`, `json_schema`, `streaming`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub capabilities: Option<Vec<String>>,
        /// What it is called for: `chat` or `embedding`; `chat` unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub mode: Option<String>,
        /// What it reads: `text`, `image`, `audio`, `video`, `document`; absent where that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub modalities: Option<Vec<String>>,
        /// May it be called?
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub enabled: Option<bool>,
    }

    /// A model of a provider.
    pub struct ByModel {
        /// The provider.
        pub provider: String,
        /// The model's name there; it may contain slashes.
        pub model: String,
    }

    /// A price list to import.
    pub struct ImportModels {
        /// The text of the file: LiteLLM's `model_prices_and_context_window.json`, or the `api.json` of models.dev.
        pub file: String,
        /// The day that its prices are of, `YYYY-MM-DD`; today unless told. The file's own day holds where it says one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub date: Option<String>,
        /// Only show what would change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub preview: Option<bool>,
    }

    /// What an import changes.
    pub struct ModelImport {
        /// `LiteLLM` or `models.dev`.
        pub source: String,
        /// The day of the list.
        pub date: String,
        /// Was it applied, or only shown?
        pub applied: bool,
        /// Models that were not known.
        pub new: u32,
        /// Models with another price.
        pub repriced: u32,
        /// Models with other limits or abilities.
        pub changed: u32,
        /// Models with nothing new.
        pub unchanged: u32,
        /// Models of which something newer is known; they stay as they are.
        pub older: u32,
        /// The models that are new or change, new prices first; at most 500.
        pub rows: Vec<ImportedModel>,
        /// How many more there are.
        pub rows_left_off: u32,
        /// Rows of the file that make no sense; at most 200.
        pub refused: Vec<RefusedModel>,
        /// How many rows make no sense.
        pub refused_count: u32,
        /// Rows of providers that Modelux does not know.
        pub unknown_provider: u32,
        /// Rows that are neither chat nor embeddings: pictures, speech, ranking.
        pub other_mode: u32,
        /// Rows that cannot be called: retired models, classes of prices.
        pub not_callable: u32,
    }

    /// A model that an import changes.
    pub struct ImportedModel {
        /// Its provider's kind.
        pub kind: String,
        /// Its name.
        pub model: String,
        /// `new`, `price` or `facts`.
        pub change: String,
        /// What is known now; absent where that is nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub before: Option<Price>,
        /// The list's price; absent where it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub after: Option<Price>,
        /// A price of yours, which goes on to hold.
        pub yours: bool,
    }

    /// A row of a price list that makes no sense.
    pub struct RefusedModel {
        /// Its name.
        pub name: String,
        /// Why, as the end of a sentence.
        pub reason: String,
    }

    /// What was forgotten.
    pub struct Forgotten {
        /// How many models.
        pub models: u32,
    }
}
