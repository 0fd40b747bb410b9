//! Deciding without calling anybody.

use std::{collections::BTreeMap, sync::Arc};

use routing::{document::Document, plan::Plan};

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
                let draft = blocking(move || {
                    let world = setup.world();
                    let names = setup.names(&world, &BTreeMap::new());
                    let checked = Document::check(&document, &names, None);
                    let document = checked.document.ok_or_else(|| invalid_document(&checked.diagnostics))?;
                    Ok(Plan::compile(&document, None, &names))
                });
                Some(draft.await?)
            }
        };
        self.live.dry_run(&input.request, &input.headers.unwrap_or_default(), draft).await
    }
}
