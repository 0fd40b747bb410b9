//! Models: which there are, and what the user says of them.

use catalog::Override;

use crate::{
    Caller, Code, Control, Error,
    api::{
        Done, Empty, Page,
        events::UiEvent,
        models::{ByModel, Model, ModelRow, PutModel},
    },
    models,
    wanted::{Wanted, put},
};

impl Control {
    /// Models of enabled providers, for pickers.
    ///
    /// # Errors
    /// None.
    pub async fn list_models(&self, _: &Caller, _: Empty) -> Result<Page<ModelRow>, Error> {
        let world = self.setup.world();
        let rows = world.catalogue.models().map(|(provider, model)| {
            let say = world.providers.get(provider).map_or(models::Say::Nothing, |provider| provider.say(&model.name));
            ModelRow { id: format!("{provider}/{}", model.name), provider: provider.to_owned(), model: models::shown(model, say) }
        });
        Ok(Page::whole(rows.collect()))
    }

    /// Puts the user's own facts over a model's, field by field; a model that is not listed yet is added. A fact that is
    /// what the catalogue says anyway is not kept, so that a later catalogue can say otherwise.
    ///
    /// # Errors
    /// `not_found` for the provider, `invalid_request`.
    pub async fn put_model(&self, caller: &Caller, input: PutModel) -> Result<Model, Error> {
        let shown = self
            .change(caller, "model.put", move |change| {
                let mut provider = change.world.provider(&input.provider)?.clone();
                let said = models::said(&input)?;
                let known = provider.known.iter().find(|model| model.name == said.name);
                let place = provider.own_models.iter().position(|own| own.name == said.name);
                let before = place.map_or_else(|| Override::of(&said.name), |place| provider.own_models[place].clone());
                let own = before.and(said).beyond(known);
                let model = own.over(known);
                let overridden = known.is_none() || !own.is_empty();
                match (place, overridden) {
                    (Some(place), true) => provider.own_models[place] = own,
                    (Some(place), false) => drop(provider.own_models.remove(place)),
                    (None, true) => provider.own_models.push(own),
                    (None, false) => {}
                }
                put(change, &Wanted::of(&provider))?;
                Ok(models::shown(&model, provider.say(&model.name)))
            })
            .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(shown)
    }

    /// Takes back all that the user said of a model; one that only the user knows is gone then.
    ///
    /// # Errors
    /// `not_found` for the provider, and where nothing was said of the model.
    pub async fn delete_model(&self, caller: &Caller, input: ByModel) -> Result<Done, Error> {
        self.change(caller, "model.delete", move |change| {
            let mut provider = change.world.provider(&input.provider)?.clone();
            let count = provider.own_models.len();
            provider.own_models.retain(|own| own.name != input.model);
            if provider.own_models.len() == count {
                let message = format!("Nothing of {}/{} is yours: it is as the catalogue says", input.provider, input.model);
                return Err(Error::new(Code::NotFound, message));
            }
            put(change, &Wanted::of(&provider))
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(Done::OK)
    }
}
