//! Models between the API's shape and the catalogue's.

mod import;
mod ops;

use catalog::{Capabilities, Capability, Modalities, Modality, Mode, Model, Override, Price, Tier};

use crate::{
    Code, Error,
    api::models::{LongInputPrice, Model as ModelDto, Price as PriceDto, PutModel},
};

/// What the user said of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Say {
    /// Nothing.
    Nothing,
    /// Something over what the catalogue knows.
    Over,
    /// All that is known: no catalogue has the model.
    Alone,
}

/// As the API shows it.
pub(crate) fn shown(model: &Model, say: Say) -> ModelDto {
    let price_source = match (&model.price_source, &model.price_date) {
        (Some(source), Some(date)) => Some(format!("{source}, {date}")),
        (Some(source), None) => Some(source.clone()),
        (None, _) => None,
    };
    ModelDto {
        name: model.name.clone(),
        context: model.context,
        max_output: model.max_output,
        tier: model.tier.map(word),
        price: model.price.map(shown_price),
        capabilities: Some(capabilities(model.capabilities)),
        mode: Some(word(model.mode)),
        modalities: model.modalities.map(modalities),
        enabled: Some(model.enabled),
        overridden: (say != Say::Nothing).then_some(true),
        added: (say == Say::Alone).then_some(true),
        price_source,
    }
}

/// As a bundle carries it: what was said, nothing that was looked up.
pub(crate) fn exported(own: &Override) -> ModelDto {
    ModelDto {
        name: own.name.clone(),
        context: own.context,
        max_output: own.max_output,
        tier: own.tier.map(word),
        price: own.price.map(shown_price),
        capabilities: own.capabilities.map(capabilities),
        mode: own.mode.map(word),
        modalities: own.modalities.map(modalities),
        enabled: own.enabled,
        overridden: None,
        added: None,
        price_source: None,
    }
}

/// Reads a model that somebody wrote.
pub(crate) fn read(dto: &ModelDto) -> Result<Override, Error> {
    let facts = PutModel {
        provider: String::new(),
        model: dto.name.clone(),
        context: dto.context,
        max_output: dto.max_output,
        tier: dto.tier.clone(),
        price: dto.price.clone(),
        capabilities: dto.capabilities.clone(),
        mode: dto.mode.clone(),
        modalities: dto.modalities.clone(),
        enabled: dto.enabled,
    };
    said(&facts)
}

/// Reads a list of models, each name once.
pub(crate) fn read_all(dtos: &[ModelDto]) -> Result<Vec<Override>, Error> {
    let models: Vec<Override> = dtos.iter().map(read).collect::<Result<_, _>>()?;
    for (index, model) in models.iter().enumerate() {
        if models[..index].iter().any(|other| other.name == model.name) {
            return Err(Error::new(Code::InvalidRequest, format!("The model {:?} is listed twice", model.name)));
        }
    }
    Ok(models)
}

/// What is said beyond what is known anyway. A model that is not known stays, even where nothing more is said of it.
pub(crate) fn beyond(own: Vec<Override>, known: &[Model]) -> Vec<Override> {
    let of = |name: &str| known.iter().find(|model| model.name == name);
    own.into_iter()
        .map(|own| (of(&own.name).is_some(), own.clone().beyond(of(&own.name))))
        .filter(|(known, own)| !(*known && own.is_empty()))
        .map(|(_, own)| own)
        .collect()
}

/// Reads the facts that are given.
pub(crate) fn said(facts: &PutModel) -> Result<Override, Error> {
    let name = facts.model.trim();
    let refuse = |field: &'static str, why: String| Error::new(Code::InvalidRequest, format!("{name}: {why}")).with("field", field);
    if name.is_empty() || name.len() > 256 || name.chars().any(char::is_control) {
        return Err(Error::new(Code::InvalidRequest, format!("{:?} is not a model's name", facts.model)).with("field", "model"));
    }
    for (field, tokens) in [("context", facts.context), ("max_output", facts.max_output)] {
        if tokens.is_some_and(|tokens| !(1..=1_000_000_000).contains(&tokens)) {
            return Err(refuse(field, format!("{field} is between 1 and 1000000000 tokens")));
        }
    }
    let tier = known::<Tier>(facts.tier.as_ref())
        .map_err(|tier| refuse("tier", format!("there is no tier {tier:?}; economy, standard, premium and frontier are known")))?;
    let mode = known::<Mode>(facts.mode.as_ref())
        .map_err(|mode| refuse("mode", format!("there is no mode {mode:?}; chat and embedding are known")))?;
    let capabilities = all_known::<Capability>(facts.capabilities.as_ref()).map_err(|name| {
        refuse("capabilities", format!("there is no capability {name:?}; tools, vision, json_schema and streaming are known"))
    })?;
    let modalities = all_known::<Modality>(facts.modalities.as_ref())
        .map_err(|name| refuse("modalities", format!("there is no input {name:?}; text, image, audio, video and document are known")))?;
    Ok(Override {
        name: name.to_owned(),
        mode,
        context: facts.context,
        max_output: facts.max_output,
        tier,
        price: facts.price.as_ref().map(read_price).transpose().map_err(|why| refuse("price", why))?,
        capabilities: capabilities.map(Capabilities::from),
        modalities: modalities.map(Modalities::from),
        enabled: facts.enabled,
    })
}

fn read_price(dto: &PriceDto) -> Result<Price, String> {
    let price =
        Price::from_usd_per_million(dto.input, dto.cached_input, dto.output)?.with_cache_write(dto.cache_write, dto.cache_write_1h)?;
    let Some(above) = &dto.above else { return Ok(price) };
    let long = Price::from_usd_per_million(above.input, above.cached_input, above.output)?;
    Ok(price.with_above(above.tokens, long.with_cache_write(above.cache_write, above.cache_write_1h)?))
}

fn shown_price(price: Price) -> PriceDto {
    let usd = |picos: u64| picos as f64 / 1e6;
    let above = price.above.map(|above| LongInputPrice {
        tokens: above.tokens,
        input: usd(above.input),
        cached_input: above.cached_input.map(usd),
        cache_write: above.cache_write.map(usd),
        cache_write_1h: above.cache_write_1h.map(usd),
        output: usd(above.output),
    });
    PriceDto {
        input: usd(price.input),
        cached_input: price.cached_input.map(usd),
        cache_write: price.cache_write.map(usd),
        cache_write_1h: price.cache_write_1h.map(usd),
        output: usd(price.output),
        above,
    }
}

fn capabilities(all: Capabilities) -> Vec<String> {
    Vec::<Capability>::from(all).into_iter().map(word).collect()
}

fn modalities(all: Modalities) -> Vec<String> {
    Vec::<Modality>::from(all).into_iter().map(word).collect()
}

/// Its word in JSON.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// What the word stands for; `Err` with the word that stands for nothing.
fn known<T: serde::de::DeserializeOwned>(word: Option<&String>) -> Result<Option<T>, String> {
    word.map(|word| serde_json::from_value(serde_json::Value::from(word.as_str())).map_err(|_| word.clone())).transpose()
}

fn all_known<T: serde::de::DeserializeOwned>(words: Option<&Vec<String>>) -> Result<Option<Vec<T>>, String> {
    let read = |words: &Vec<String>| {
        words.iter().map(|word| serde_json::from_value(serde_json::Value::from(word.as_str())).map_err(|_| word.clone())).collect()
    };
    words.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dto(json: serde_json::Value) -> ModelDto {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_model_of_a_bundle_comes_out_as_it_went_in() {
        let written = dto(serde_json::json!({
            "name": "m1", "context": 128_000, "max_output": 4096, "tier": "standard", "mode": "embedding",
            "price": {"input": 1.0, "cached_input": 0.5, "cache_write": 1.25, "cache_write_1h": 2.0, "output": 2.0,
                "above": {"tokens": 200_000, "input": 2.0, "cache_write": 2.5, "output": 3.0}},
            "capabilities": ["tools", "streaming"], "modalities": ["text", "document"], "enabled": false
        }));
        assert_eq!(exported(&read(&written).unwrap()), written);
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        for (facts, field, known) in [
            (serde_json::json!({"tier": "best"}), "tier", "frontier"),
            (serde_json::json!({"mode": "song"}), "mode", "embedding"),
            (serde_json::json!({"capabilities": ["tools", "fly"]}), "capabilities", "vision"),
            (serde_json::json!({"modalities": ["smell"]}), "modalities", "audio"),
            (serde_json::json!({"price": {"input": -1.0, "output": 2.0}}), "price", "between 0"),
            (serde_json::json!({"price": {"input": 1.0, "cache_write": 1e9, "output": 2.0}}), "price", "between 0"),
            (serde_json::json!({"context": 0}), "context", "between 1"),
        ] {
            let mut model = facts.clone();
            model["name"] = "m1".into();
            let refused = read(&dto(model)).unwrap_err();
            assert!(refused.message.contains(known), "{}", refused.message);
            assert_eq!(refused.details.get("field").and_then(serde_json::Value::as_str), Some(field), "{facts}");
        }
        assert!(read(&dto(serde_json::json!({"name": "\u{7}"}))).is_err());
        assert!(read_all(&[dto(serde_json::json!({"name": "a"})), dto(serde_json::json!({"name": "a"}))]).is_err());
    }

    #[test]
    fn a_model_that_comes_back_as_it_was_shown_says_nothing_of_its_own() {
        let known = catalog::builtin::models(catalog::ProviderKind::Anthropic);
        let shown: Vec<ModelDto> = known.iter().map(|model| shown(model, Say::Nothing)).collect();
        assert_eq!(beyond(read_all(&shown).unwrap(), known), []);
        let mine = vec![Override::of("mine"), Override { enabled: Some(false), ..Override::of(&known[0].name) }];
        assert_eq!(beyond(mine.clone(), known), mine);
    }
}
