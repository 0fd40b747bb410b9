//! An answer that has committed, and what strategies may see of it.

use std::{borrow::Cow, sync::OnceLock};

use routing::{
    response::{Response, ToolCall},
    target::ModelTarget,
};
use wire::{chat::Said, reply};

use crate::{
    call::{OpenCall, Spent},
    kept::Kept,
    upstream::{Committed, Whole},
};

/// An answer that has committed.
pub enum Reply {
    /// One JSON body, all of it here.
    Whole {
        /// The answer.
        whole: Box<Whole>,
        /// What it says, once somebody has looked.
        said: OnceLock<Box<Said>>,
        /// Who gave it.
        target: ModelTarget,
        /// What it came to.
        spent: Spent,
    },
    /// A stream whose first content is here; the call is still open.
    Stream {
        /// The stream.
        stream: Box<Committed>,
        /// The call, to be settled at the stream's end.
        call: Box<OpenCall>,
    },
    /// A stream that was held back and has ended.
    Kept {
        /// The stream.
        kept: Box<Kept>,
        /// Who gave it.
        target: ModelTarget,
        /// What it came to.
        spent: Spent,
    },
}

impl Reply {
    /// What may be known of it; `None` of a stream that is still under way.
    pub fn response(&self) -> Option<Response<'_>> {
        match self {
            Self::Whole { whole, said, spent, .. } => {
                Some(response(said.get_or_init(|| Box::new(reply::said(whole.way.to, &whole.body))), spent))
            }
            Self::Kept { kept, spent, .. } => Some(response(&kept.said, spent)),
            Self::Stream { .. } => None,
        }
    }

    /// The same answer with another text.
    pub fn with_text(self, text: &str) -> Self {
        match self {
            Self::Whole { mut whole, target, spent, .. } => {
                whole.body = reply::with_text(whole.way.to, &whole.body, text).into_bytes();
                Self::Whole { whole, said: OnceLock::new(), target, spent }
            }
            Self::Kept { kept, target, spent } => Self::Kept { kept: kept.with_text(text), target, spent },
            Self::Stream { .. } => self,
        }
    }
}

fn response<'r>(said: &'r Said, spent: &Spent) -> Response<'r> {
    let tool_calls = said.tool_calls.iter().map(|call| ToolCall { name: call.name.clone(), arguments: call.arguments.clone() });
    Response {
        text: Cow::Borrowed(said.text()),
        finish_reason: said.finish_reason.as_deref().map(Cow::Borrowed),
        tool_calls: tool_calls.collect(),
        output_tokens: Some(spent.usage.output),
        latency_ms: spent.took.as_secs_f64() * 1_000.0,
        cost_usd: spent.cost.map(|cost| cost.total.as_usd_f64()),
        logprob_mean: said.logprob_mean(),
    }
}
