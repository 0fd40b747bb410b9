//! Parts of a chat body that requests and answers share.

use std::ops::Range;

use super::answer::OURS;
use crate::SyntaxError;
use crate::json::{Kind, Scanner};

/// What one message holds.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// Characters of text, refusals and tool calls; reasoning that is sent back too.
    pub(super) chars: u64,
    /// Text, a tool call or a refusal that is not empty. Reasoning is no content.
    pub(super) has_content: bool,
    /// An image among the content parts.
    pub(super) has_images: bool,
    /// Thoughts that we made of another provider's.
    pub(super) has_ours: bool,
}

impl Message {
    fn text(&mut self, scan: &mut Scanner<'_>, is_content: bool) -> Result<(), SyntaxError> {
        if scan.kind()? != Kind::String {
            return scan.skip();
        }
        let text = scan.string()?;
        self.chars += text.chars();
        self.has_content |= is_content && !text.is_empty();
        Ok(())
    }

    /// `content`: a string, or an array of parts.
    fn content(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        if scan.kind()? != Kind::Array {
            return self.text(scan, true);
        }
        scan.array(|scan| match scan.kind()? {
            Kind::Object => self.part(scan),
            _ => self.text(scan, true),
        })
    }

    fn part(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| match &*key.decode() {
            "text" | "refusal" => self.text(scan, true),
            // Mistral streams `{"type":"thinking","thinking":[…]}`.
            "thinking" => {
                self.chars += scan.raw()?.chars().count() as u64;
                Ok(())
            }
            // Clients that write every field of a part write this one as `null`.
            "image_url" | "image" | "input_image" => {
                self.has_images |= scan.kind()? != Kind::Null;
                scan.skip()
            }
            _ => scan.skip(),
        })
    }

    fn tool_calls(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        if scan.kind()? != Kind::Array {
            return scan.skip();
        }
        scan.array(|scan| {
            self.has_content = true;
            match scan.kind()? {
                Kind::Object => self.tool_call(scan),
                _ => scan.skip(),
            }
        })
    }

    fn tool_call(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("function" | "custom", Kind::Object) => self.call(scan),
            _ => scan.skip(),
        })
    }

    fn call(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| match &*key.decode() {
            "name" | "arguments" | "input" => self.text(scan, true),
            _ => scan.skip(),
        })
    }

    fn function_call(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        match scan.kind()? {
            Kind::Object => self.call(scan),
            _ => scan.skip(),
        }
    }

    fn details(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        self.has_ours |= scan.raw()?.contains(OURS);
        Ok(())
    }

    fn audio(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        self.has_content |= scan.kind()? == Kind::Object;
        scan.skip()
    }
}

/// Where the members of such a message stand, and which of them are thoughts.
pub(super) fn thoughts(scan: &mut Scanner<'_>) -> Result<Vec<(Range<usize>, bool)>, SyntaxError> {
    let mut members = Vec::new();
    scan.object(|scan, key| {
        let is_thought = matches!(&*key.decode(), "reasoning_content" | "reasoning" | "reasoning_details");
        scan.skip()?;
        members.push((key.start..scan.pos(), is_thought));
        Ok::<_, SyntaxError>(())
    })?;
    Ok(members)
}

/// Reads one message, or one `delta` of a stream. The scanner stands at an object.
pub(super) fn message(scan: &mut Scanner<'_>) -> Result<Message, SyntaxError> {
    let mut message = Message::default();
    scan.object(|scan, key| match &*key.decode() {
        "content" => message.content(scan),
        "refusal" => message.text(scan, true),
        "reasoning_content" | "reasoning" => message.text(scan, false),
        "reasoning_details" => message.details(scan),
        "tool_calls" => message.tool_calls(scan),
        "function_call" => message.function_call(scan),
        "audio" => message.audio(scan),
        _ => scan.skip(),
    })?;
    Ok(message)
}
