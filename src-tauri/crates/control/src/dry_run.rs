//! Deciding without calling anybody.

use std::{collections::BTreeMap, sync::Arc};

use proxy::Assumption;
use routing::{
    document::{Document, Reference},
    plan::Plan,
};
use serde_json::Value;

use crate::{
    Caller, Code, Control, Error,
    api::configs::{self, DryRun, DryRunResult},
    configs::slug_of,
    setup::{blocking, invalid_document},
};

impl Control {
    /// What would happen to a request, with a draft in place of the config's active version where one is given, and
    /// with calls that fail as assumed.
    ///
    /// # Errors
    /// `invalid_document` for the draft; `invalid_request`, `not_found` for the request.
    pub async fn dry_run(&self, _: &Caller, input: DryRun) -> Result<DryRunResult, Error> {
        let assumptions = input.assume.iter().flatten().map(assumed).collect::<Result<Vec<_>, _>>()?;
        let slug = input.slug.as_deref().map(slug_of);
        let mut request = input.request;
        if let (Some(slug), Some(fields)) = (&slug, request.as_object_mut()) {
            fields.entry("model").or_insert_with(|| Value::from(format!("@{slug}")));
        }
        let draft = match input.document {
            None => None,
            Some(document) => Some(self.compiled(document, slug, &request).await?),
        };
        self.live.dry_run(&request, &input.headers.unwrap_or_default(), draft, &assumptions).await
    }

    /// A draft, as the version that saving it would make.
    async fn compiled(&self, document: Value, slug: Option<String>, request: &Value) -> Result<Plan, Error> {
        let setup = Arc::clone(&self.setup);
        // The draft stands for the config that is asked for: a cycle through that one is a cycle.
        let asked = || request["model"].as_str().and_then(Reference::parse).map(|reference| reference.slug);
        let asked = slug.clone().or_else(asked);
        blocking(move || {
            let world = setup.world();
            let nothing = BTreeMap::new();
            let names = setup.names(&world, &nothing);
            let checked = Document::check(&document, &names, asked.as_deref());
            let document = checked.document.ok_or_else(|| invalid_document(&checked.diagnostics))?;
            let next = |slug: &String| world.configs.get(slug).map_or(1, |config| config.latest + 1);
            let config = slug.map(|slug| (Arc::from(slug.as_str()), next(&slug)));
            Ok(Plan::compile(&document, config, &names))
        })
        .await
    }
}

/// How the calls of a target would fail.
fn assumed(assumption: &configs::Assumption) -> Result<Assumption, Error> {
    if !assumption.target.contains('/') {
        let message = format!("{:?} is no target that calls can fail at; write provider/model, such as openai/gpt-4o", assumption.target);
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Assumption::read(&assumption.target, &assumption.outcome).map_err(|why| Error::new(Code::InvalidRequest, why))
}
