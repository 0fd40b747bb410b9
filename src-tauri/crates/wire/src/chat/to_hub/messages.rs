//! The conversation.

use serde_json::{Map, Value};

use super::{array, cache, must, object, string};
use crate::hub::{Part, Prompt, Role, Source, Turn, Untranslatable};

/// Reads `messages`.
pub(super) fn read(value: Value, prompt: &mut Prompt) -> Result<(), Untranslatable> {
    let mut reader = Reader { prompt, last_function: String::new() };
    for (at, message) in array("messages", value)?.into_iter().enumerate() {
        let param = format!("messages[{at}]");
        reader.message(&param, object(&param, message)?)?;
    }
    Ok(())
}

struct Reader<'a> {
    prompt: &'a mut Prompt,
    /// Id of the last `function_call`, which have none of their own.
    last_function: String,
}

impl Reader<'_> {
    fn message(&mut self, param: &str, mut message: Map<String, Value>) -> Result<(), Untranslatable> {
        let role = message.remove("role").unwrap_or_default();
        let role = role.as_str().unwrap_or_default();
        if role != "function" && message.get("name").is_some_and(|name| !name.is_null()) {
            self.prompt.warnings.push(format!("`{param}.name` was left out: the target has no names of speakers"));
        }
        let cache = cache(&message);
        match role {
            "system" | "developer" => self.system(param, &mut message),
            "user" => {
                let mut parts = content(param, &mut message)?;
                mark(&mut parts, cache);
                self.turn(Role::User, parts);
                Ok(())
            }
            "assistant" => {
                let mut parts = self.assistant(param, message)?;
                mark(&mut parts, cache);
                self.turn(Role::Assistant, parts);
                Ok(())
            }
            "tool" => {
                let id = string(&format!("{param}.tool_call_id"), message.remove("tool_call_id").unwrap_or_default())?;
                self.tool_result(param, id, &mut message, cache)
            }
            "function" => self.tool_result(param, self.last_function.clone(), &mut message, cache),
            _ => Err(must(&format!("{param}.role"), "`system`, `developer`, `user`, `assistant` or `tool`")),
        }
    }

    fn system(&mut self, param: &str, message: &mut Map<String, Value>) -> Result<(), Untranslatable> {
        if !self.prompt.turns.is_empty() {
            let warning =
                format!("`{param}`, a system message amid the conversation, was moved to its front: the target takes none elsewhere");
            self.prompt.warnings.push(warning);
        }
        let mut parts = content(param, message)?;
        mark(&mut parts, cache(message));
        if let Some(at) = parts.iter().position(|part| !matches!(part, Part::Text { .. })) {
            return Err(Untranslatable::new(format!("{param}.content[{at}]"), "is no text, which is all that a system message may hold"));
        }
        self.prompt.system.extend(parts);
        Ok(())
    }

    fn assistant(&mut self, param: &str, mut message: Map<String, Value>) -> Result<Vec<Part>, Untranslatable> {
        if message.get("audio").is_some_and(|audio| !audio.is_null()) {
            return Err(Untranslatable::new(format!("{param}.audio"), "cannot be translated for this target; send its transcript as text"));
        }
        let mut parts = thoughts(&mut message);
        parts.extend(content(param, &mut message)?.into_iter().filter(|part| !is_empty(part)));
        if let Some(Value::String(refusal)) = message.remove("refusal").filter(|refusal| refusal != "") {
            parts.push(Part::Refusal(refusal));
        }
        if let Some(calls) = message.remove("tool_calls").filter(|calls| !calls.is_null()) {
            for (at, value) in array(&format!("{param}.tool_calls"), calls)?.into_iter().enumerate() {
                let param = format!("{param}.tool_calls[{at}]");
                parts.push(call(&param, object(&param, value)?, self.prompt.turns.len(), at)?);
            }
        }
        if let Some(value) = message.remove("function_call").filter(|call| !call.is_null()) {
            let param = format!("{param}.function_call");
            self.last_function = format!("call_{}_0", self.prompt.turns.len());
            parts.push(function(&param, object(&param, value)?, self.last_function.clone(), "arguments")?);
        }
        Ok(parts)
    }

    /// Results that follow each other are one turn.
    fn tool_result(&mut self, param: &str, id: String, message: &mut Map<String, Value>, cache: bool) -> Result<(), Untranslatable> {
        let parts = content(param, message)?;
        let result = Part::ToolResult { id, parts, is_error: false, cache };
        match self.prompt.turns.last_mut() {
            Some(Turn { role: Role::User, parts }) if matches!(parts.last(), Some(Part::ToolResult { .. })) => parts.push(result),
            _ => self.turn(Role::User, vec![result]),
        }
        Ok(())
    }

    fn turn(&mut self, role: Role, parts: Vec<Part>) {
        self.prompt.turns.push(Turn { role, parts });
    }
}

/// A caching mark on a message is one on its last part.
fn mark(parts: &mut [Part], marked: bool) {
    if let Some(Part::Text { cache, .. } | Part::Image { cache, .. } | Part::Document { cache, .. } | Part::ToolCall { cache, .. }) =
        parts.last_mut()
    {
        *cache |= marked;
    }
}

fn is_empty(part: &Part) -> bool {
    matches!(part, Part::Text { text, .. } if text.is_empty())
}

/// What the model thought before: `reasoning_details`, which has proof of it, else the plain text.
fn thoughts(message: &mut Map<String, Value>) -> Vec<Part> {
    let details = message.remove("reasoning_details");
    let plain = ["reasoning_content", "reasoning"].into_iter().find_map(|name| match message.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    });
    let details = merged(details.iter().filter_map(Value::as_array).flatten());
    if details.is_empty() {
        return plain.map(|text| Part::Thinking { text, signature: None, hidden: None }).into_iter().collect();
    }
    details
}

/// Details by their `index` and type: a client that gathers a stream's deltas may keep each of them.
fn merged<'a>(details: impl Iterator<Item = &'a Value>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut last: Option<(u64, &Value)> = None;
    for detail in details {
        let text = |name: &str| detail.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let (more, signed, hidden) = (text("text").or_else(|| text("summary")).unwrap_or_default(), text("signature"), text("data"));
        if more.is_empty() && signed.is_none() && hidden.is_none() {
            continue;
        }
        let place = detail.get("index").and_then(Value::as_u64).map(|index| (index, &detail["type"]));
        let goes_on = place.is_some() && place == last && hidden.is_none();
        last = place;
        match parts.last_mut() {
            Some(Part::Thinking { text, signature, hidden: None }) if goes_on => {
                text.push_str(&more);
                *signature = signed.or(signature.take());
            }
            _ => parts.push(Part::Thinking { text: more, signature: signed, hidden }),
        }
    }
    parts
}

fn call(param: &str, mut call: Map<String, Value>, turn: usize, at: usize) -> Result<Part, Untranslatable> {
    let id = match call.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => id,
        _ => format!("call_{turn}_{at}"),
    };
    let (place, input) = if call.contains_key("custom") { ("custom", "input") } else { ("function", "arguments") };
    let param = format!("{param}.{place}");
    let value = call.remove(place).unwrap_or_default();
    function(&param, object(&param, value)?, id, input)
}

fn function(param: &str, mut function: Map<String, Value>, id: String, input: &str) -> Result<Part, Untranslatable> {
    let name = string(&format!("{param}.name"), function.remove("name").unwrap_or_default())?;
    let arguments = match function.remove(input) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        // Some clients send the object itself.
        Some(value) => value.to_string(),
    };
    Ok(Part::ToolCall { id, name, arguments, custom: input == "input", cache: false })
}

/// `content`: a string, parts, or nothing.
fn content(param: &str, message: &mut Map<String, Value>) -> Result<Vec<Part>, Untranslatable> {
    let param = format!("{param}.content");
    match message.remove("content") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Part::text(text)]),
        Some(value) => {
            let parts = array(&param, value).map_err(|_| must(&param, "a string or an array of parts"))?;
            parts.into_iter().enumerate().map(|(at, value)| part(&format!("{param}[{at}]"), value)).collect()
        }
    }
}

fn part(param: &str, value: Value) -> Result<Part, Untranslatable> {
    if let Value::String(text) = value {
        return Ok(Part::text(text));
    }
    let mut part = object(param, value)?;
    let cache = cache(&part);
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut take = |name: &str| part.remove(name).unwrap_or_default();
    match kind.as_str() {
        "text" => Ok(Part::Text { text: string(&format!("{param}.text"), take("text"))?, cache }),
        "image_url" => image(&format!("{param}.image_url"), take("image_url"), cache),
        "file" => file(&format!("{param}.file"), take("file"), cache),
        "refusal" => Ok(Part::Refusal(string(&format!("{param}.refusal"), take("refusal"))?)),
        "input_audio" => {
            let param = format!("{param}.input_audio");
            let mut audio = object(&param, take("input_audio"))?;
            let mut text = |name: &str| string(&format!("{param}.{name}"), audio.remove(name).unwrap_or_default());
            Ok(Part::Audio { data: text("data")?, format: text("format")? })
        }
        _ => Err(Untranslatable::new(param, format!("is of type `{kind}`, which cannot be translated for this target; leave it out"))),
    }
}

fn image(param: &str, value: Value, cache: bool) -> Result<Part, Untranslatable> {
    let (url, detail) = match value {
        Value::String(url) => (url, None),
        value => {
            let mut image = object(param, value)?;
            let detail = image.remove("detail").and_then(|detail| detail.as_str().map(str::to_owned));
            (string(&format!("{param}.url"), image.remove("url").unwrap_or_default())?, detail)
        }
    };
    let source = if url.starts_with("data:") {
        inline(&url).ok_or_else(|| must(&format!("{param}.url"), "an https address or `data:image/…;base64,…`"))?
    } else {
        Source::Url(url)
    };
    Ok(Part::Image { source, detail, cache })
}

fn file(param: &str, value: Value, cache: bool) -> Result<Part, Untranslatable> {
    let mut file = object(param, value)?;
    let name = file.remove("filename").and_then(|name| name.as_str().map(str::to_owned));
    let source = match (file.remove("file_data"), file.remove("file_id")) {
        // OpenAI takes the bare base64 of a PDF as well.
        (Some(Value::String(data)), _) if !data.starts_with("data:") => Source::Base64 { media_type: "application/pdf".to_owned(), data },
        (Some(Value::String(data)), _) => {
            inline(&data).ok_or_else(|| must(&format!("{param}.file_data"), "`data:application/pdf;base64,…`"))?
        }
        (_, Some(Value::String(id))) => Source::File(id),
        _ => return Err(must(param, "given `file_data` or `file_id`")),
    };
    Ok(Part::Document { source, name, cache })
}

/// `data:image/png;base64,…`
fn inline(url: &str) -> Option<Source> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let (media_type, _) = head.strip_suffix(";base64")?.split_once(';').unwrap_or((head.strip_suffix(";base64")?, ""));
    Some(Source::Base64 { media_type: media_type.to_owned(), data: data.to_owned() })
}
