//! What a model of Anthropic's takes, by its name. Each refuses with a 400 what it does not take.
//!
//! | from version | |
//! |---|---|
//! | 3.7 | thinking |
//! | 4.1 | temperature or `top_p`, not both |
//! | 4.5 | `output_config.format` and strict tools |
//! | 4.6 | adaptive thinking and effort; the older budget is deprecated |
//! | 4.7 | no budget, no sampling parameters |
//!
//! Sources: Anthropic's migration guide and its pages on structured outputs, adaptive thinking and effort.

/// A model, as far as its name tells. Names that are none of Anthropic's are taken for an older one that takes
/// what every server of this dialect does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claude {
    version: (u32, u32),
}

impl Claude {
    /// Reads `claude-opus-4-6`, `claude-sonnet-4-20250514`, `claude-3-7-sonnet-latest`, `anthropic.claude-opus-4-6-v1:0`,
    /// `claude-opus-4.6` …
    pub(crate) fn of(model: &str) -> Claude {
        let model = model.to_ascii_lowercase();
        let words = model.find("claude").map_or("", |at| &model[at..]);
        // A date is no version, nor is Bedrock's `v1`.
        let number = |word: &str| word.parse::<u32>().ok().filter(|number| *number < 100);
        let mut numbers = words.split(['-', '.', '@', ':']).skip(1).skip_while(|word| number(word).is_none()).map_while(number);
        let major = numbers.next().unwrap_or(0);
        Claude { version: (major, numbers.next().unwrap_or(0)) }
    }

    /// Of a name that tells no version, nobody knows.
    pub(crate) fn thinks(self) -> bool {
        self.version == (0, 0) || self.version >= (3, 7)
    }

    pub(crate) fn takes_one_of_temperature_and_top_p(self) -> bool {
        self.version >= (4, 1)
    }

    pub(crate) fn takes_schema(self) -> bool {
        self.version >= (4, 5)
    }

    pub(crate) fn thinks_by_effort(self) -> bool {
        self.version >= (4, 6)
    }

    pub(crate) fn refuses_sampling(self) -> bool {
        self.version >= (4, 7)
    }

    /// Adaptive thinking says nothing of its thoughts by default.
    pub(crate) fn hides_thoughts(self) -> bool {
        self.version >= (4, 7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_every_form_of_the_name() {
        let cases = [
            ("claude-opus-4-6", (4, 6)),
            ("claude-opus-4-8-20260528", (4, 8)),
            ("claude-sonnet-4-20250514", (4, 0)),
            ("claude-3-7-sonnet-latest", (3, 7)),
            ("claude-sonnet-5", (5, 0)),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", (4, 5)),
            ("anthropic/claude-opus-4.6", (4, 6)),
            ("claude-3-haiku@20240307", (3, 0)),
            ("claude-haiku-4-5@20251001", (4, 5)),
            ("claude", (0, 0)),
            ("kimi-k2-5", (0, 0)),
        ];
        for (name, version) in cases {
            assert_eq!(Claude::of(name).version, version, "{name}");
        }
    }
}
