//! The shapes that window, management API and command line share.
//!
//! TypeScript types are generated from these into `ui/src/bindings/`; the
//! OpenAPI document takes its schemas from them. Times are RFC 3339 in UTC.

pub mod apps;
pub mod bundle;
pub mod configs;
pub mod events;
pub mod health;
pub mod models;
pub mod providers;
pub mod rules;
pub mod settings;
pub mod status;
pub mod traffic;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Declares DTOs with the derives that every one of them needs.
macro_rules! dto {
    ($($(#[$meta:meta])* pub $kind:ident $name:ident $(<$param:ident>)? $body:tt)*) => {$(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
        #[ts(export_to = "types.ts")]
        $(#[$meta])*
        pub $kind $name $(<$param>)? $body
    )*};
}
pub(crate) use dto;

dto! {
    /// No input.
    #[derive(Default)]
    pub struct Empty {}

    /// A config, by slug without the `@`.
    pub struct BySlug {
        /// Slug without the `@`.
        pub slug: String,
    }

    /// A thing, by its name.
    pub struct ByName {
        /// Its name.
        pub name: String,
    }

    /// A thing, by its id.
    pub struct ById {
        /// Its id.
        pub id: String,
    }

    /// Nothing to say but that it was done.
    pub struct Done {
        /// Always true.
        pub ok: bool,
    }

    /// Which page of a list.
    #[derive(Default)]
    pub struct PageQuery {
        /// Rows wanted, at most 200; 50 unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub limit: Option<u32>,
        /// `next_cursor` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cursor: Option<String>,
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export_to = "types.ts")]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Ask with this for the page after; null on the last one.
    pub next_cursor: Option<String>,
    /// Are there more?
    pub has_more: bool,
}

impl<T> Page<T> {
    /// A list that is one page.
    pub fn whole(data: Vec<T>) -> Self {
        Self { data, next_cursor: None, has_more: false }
    }
}

impl Done {
    /// It was done.
    pub const OK: Self = Self { ok: true };
}
