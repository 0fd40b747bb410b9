//! Deciding without calling anybody.

use std::{collections::BTreeMap, sync::Arc};

use routing::{
    document::{Document, Reference},
    plan::Plan,
};

use crate::{
    Caller, Control, Error,
    api::configs::{DryRun, DryRunResult},
    setup::{blocking, invalid_document},
};

impl Control {
    /// What would happen to a request, with a draft in place of the config's active version where one is given.
    ///
    /// # Errors
    /// `invalid_document` for the draft; `invalid_request`, `not_found` for the request.
    pub async fn dry_run(&self, _: &Caller, input: DryRun) -> Result<DryRunResult, Error> {
        let draft = match input.document {
            None => None,
            Some(document) => {
                let setup = Arc::clone(&self.setup);
                // The draft stands for the config that is asked for: a cycle through that one is a cycle.
                let asked = input.request["model"].as_str().and_then(Reference::parse).map(|reference| reference.slug);
                let draft = blocking(move || {
                    let world = setup.world();
                    let nothing = BTreeMap::new();
                    let names = setup.names(&world, &nothing);
                    let checked = Document::check(&document, &names, asked.as_deref());
                    let document = checked.document.ok_or_else(|| invalid_document(&checked.diagnostics))?;
                    Ok(Plan::compile(&document, None, &names))
                });
                Some(draft.await?)
            }
        };
        self.live.dry_run(&input.request, &input.headers.unwrap_or_default(), draft).await
    }
}
