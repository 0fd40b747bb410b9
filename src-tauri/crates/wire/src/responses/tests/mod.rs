//! The dialect as a whole: one rich request and one rich answer, through the form between dialects and back.
