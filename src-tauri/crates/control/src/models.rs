//! Models between the API's shape and the catalogue's.

use catalog::{Capabilities, Capability, Model, Price, Tier};

use crate::{
    Code, Error,
    api::providers::{LongInputPrice, Model as ModelDto, Price as PriceDto, PutModel},
};

/// What the user says of a price's source.
const OWN: &str = "set by you";

/// As the API shows it.
pub(crate) fn shown(model: &Model, overridden: bool) -> ModelDto {
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
        capabilities: Some(Vec::<Capability>::from(model.capabilities).into_iter().map(word).collect()),
        enabled: Some(model.enabled),
        overridden: overridden.then_some(true),
        price_source,
    }
}

/// As a bundle carries it: what was said, nothing that was looked up.
pub(crate) fn exported(model: &Model) -> ModelDto {
    let all = model.capabilities == Capabilities::ALL;
    ModelDto {
        enabled: (!model.enabled).then_some(false),
        overridden: None,
        price_source: None,
        capabilities: (!all).then(|| Vec::<Capability>::from(model.capabilities).into_iter().map(word).collect()),
        ..shown(model, false)
    }
}

/// Reads a model that somebody wrote.
pub(crate) fn read(dto: &ModelDto) -> Result<Model, Error> {
    let name = dto.name.trim();
    if name.is_empty() || name.len() > 256 || name.chars().any(char::is_control) {
        return Err(Error::new(Code::InvalidRequest, format!("{:?} is not a model's name", dto.name)));
    }
    let mut model = Model::named(name);
    apply(&mut model, &facts(dto))?;
    Ok(model)
}

/// Reads a list of models, each name once.
pub(crate) fn read_all(dtos: &[ModelDto]) -> Result<Vec<Model>, Error> {
    let models: Vec<Model> = dtos.iter().map(read).collect::<Result<_, _>>()?;
    for (index, model) in models.iter().enumerate() {
        if models[..index].iter().any(|other| other.name == model.name) {
            return Err(Error::new(Code::InvalidRequest, format!("The model {:?} is listed twice", model.name)));
        }
    }
    Ok(models)
}

/// Puts the facts that are given in place of the model's own.
pub(crate) fn apply(model: &mut Model, facts: &PutModel) -> Result<(), Error> {
    let at = |why: String| Error::new(Code::InvalidRequest, format!("{}: {why}", model.name));
    if let Some(tier) = &facts.tier {
        model.tier = Some(
            read_word::<Tier>(tier)
                .ok_or_else(|| at(format!("there is no tier {tier:?}; economy, standard, premium and frontier are known")))?,
        );
    }
    if let Some(price) = &facts.price {
        model.price = Some(read_price(price).map_err(at)?);
        model.price_source = Some(OWN.to_owned());
        model.price_date = None;
    }
    if let Some(capabilities) = &facts.capabilities {
        let read = |name: &String| {
            read_word::<Capability>(name)
                .ok_or_else(|| at(format!("there is no capability {name:?}; tools, vision, json_schema and streaming are known")))
        };
        model.capabilities = Capabilities::from(capabilities.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    model.context = facts.context.or(model.context);
    model.max_output = facts.max_output.or(model.max_output);
    model.enabled = facts.enabled.unwrap_or(model.enabled);
    Ok(())
}

fn facts(dto: &ModelDto) -> PutModel {
    PutModel {
        provider: String::new(),
        model: dto.name.clone(),
        context: dto.context,
        max_output: dto.max_output,
        tier: dto.tier.clone(),
        price: dto.price.clone(),
        capabilities: dto.capabilities.clone(),
        enabled: dto.enabled,
    }
}

fn read_price(dto: &PriceDto) -> Result<Price, String> {
    let price = Price::from_usd_per_million(dto.input, dto.cached_input, dto.output)?;
    match &dto.above {
        Some(above) => price.with_long_input(above.tokens, above.input, above.cached_input, above.output),
        None => Ok(price),
    }
}

fn shown_price(price: Price) -> PriceDto {
    let usd = |picos: u64| picos as f64 / 1e6;
    let above = price.above.map(|above| LongInputPrice {
        tokens: above.tokens,
        input: usd(above.input),
        cached_input: above.cached_input.map(usd),
        output: usd(above.output),
    });
    PriceDto { input: usd(price.input), cached_input: price.cached_input.map(usd), output: usd(price.output), above }
}

/// Its word in JSON.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn read_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
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
            "name": "m1", "context": 128_000, "max_output": 4096, "tier": "standard",
            "price": {"input": 1.0, "cached_input": 0.5, "output": 2.0, "above": {"tokens": 200_000, "input": 2.0, "output": 3.0}},
            "capabilities": ["tools", "streaming"]
        }));
        assert_eq!(exported(&read(&written).unwrap()), written);
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        let refused = read(&dto(serde_json::json!({"name": "m1", "tier": "best"}))).unwrap_err();
        assert!(refused.message.contains("frontier"), "{}", refused.message);
        assert!(read(&dto(serde_json::json!({"name": "m1", "price": {"input": -1.0, "output": 2.0}}))).is_err());
        assert!(read_all(&[dto(serde_json::json!({"name": "a"})), dto(serde_json::json!({"name": "a"}))]).is_err());
    }
}
