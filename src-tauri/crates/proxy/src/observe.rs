//! What is known of a target before it is called: from the catalogue, and from what was learned.

use routing::{facts::Facts, learned, target::ModelTarget, world::Observed};

use crate::{learned::LearnedBook, snapshot::Snapshot};

/// Looks a target up. `config` is the slug of the config that asks.
pub fn observe(
    snapshot: &Snapshot,
    book: &LearnedBook,
    (facts, input): (&Facts<'_>, &dyn Fn(&ModelTarget) -> u64),
    target: &ModelTarget,
    config: Option<&str>,
) -> Observed {
    let Some(model) = snapshot.catalogue.lookup(target.provider(), target.model()) else {
        return Observed::default();
    };
    let cost = model.price.is_some().then(|| {
        let learned = config.and_then(|config| book.get(config, target.name()));
        let output = learned::expected_output(learned.as_ref(), facts.max_tokens);
        model.estimate_cost(input(target), learned.map_or(0.0, |learned| learned.cached_share()), output)
    });
    let cost_nanos = cost.flatten().and_then(|cost| u64::try_from(cost.total.0).ok());
    Observed { tier: model.tier, context: model.context, can: model.capabilities, cost_nanos }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catalog::{Catalogue, Model, Price, ProviderKind, ProviderModels, Tier};

    use super::*;

    fn snapshot() -> Snapshot {
        let price = Price::from_usd_per_million(1.0, Some(0.5), 2.0).unwrap();
        let model = Model { tier: Some(Tier::Premium), context: Some(8_000), price: Some(price), ..Model::named("x") };
        let models = vec![model, Model::named("free")];
        let provider = ProviderModels { name: "a".to_owned(), kind: ProviderKind::OpenAiCompatible, enabled: true, models };
        Snapshot { catalogue: Arc::new(Catalogue::new([provider])), ..Snapshot::default() }
    }

    fn observed(book: &LearnedBook, facts: &Facts<'_>, model: &str) -> Observed {
        observe(&snapshot(), book, (facts, &|_| facts.input_tokens), &ModelTarget::new("a", model, None), Some("production"))
    }

    #[test]
    fn the_estimate_takes_what_was_learned_then_the_callers_limit_then_256() {
        let book = LearnedBook::default();
        let facts = Facts { input_tokens: 1_000, ..Facts::default() };
        let cost = |facts: &Facts<'_>| observed(&book, facts, "x").cost_nanos;
        assert_eq!(cost(&facts), Some(1_000_000 + 256 * 2_000));
        assert_eq!(cost(&Facts { max_tokens: Some(10), ..facts }), Some(1_000_000 + 10 * 2_000));
        book.lesson("production", "a/x").record(1_000, 500, 100);
        assert_eq!(cost(&facts), Some(750_000 + 100 * 2_000), "half of the input comes from the cache");
    }

    #[test]
    fn what_the_catalogue_lacks_is_unknown_and_not_free() {
        let facts = Facts::default();
        let known = observed(&LearnedBook::default(), &facts, "x");
        assert_eq!((known.tier, known.context), (Some(Tier::Premium), Some(8_000)));
        assert_eq!(observed(&LearnedBook::default(), &facts, "free").cost_nanos, None);
        assert_eq!(observed(&LearnedBook::default(), &facts, "never-heard-of"), Observed::default());
    }
}
