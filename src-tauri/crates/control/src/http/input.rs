//! Makes one input out of path, query and body.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::answer::Refusal;
use crate::ops::Operation;

/// The fields that an operation takes, read once from its schema.
#[derive(Debug)]
pub(super) struct Shape {
    /// `None` where the schema lists no fields.
    fields: Vec<(String, Kind)>,
    /// Are fields refused that it does not know?
    strict_body: bool,
}

/// What a text in a path or a query stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Other,
}

impl Shape {
    /// Of the operation's input.
    pub fn of(operation: &Operation) -> Self {
        let mut generator: SchemaGenerator = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true).into_generator();
        let schema = (operation.input_schema)(&mut generator).to_value();
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flatten().map(|(name, schema)| (name.clone(), Kind::of(schema))).collect();
        // A PUT takes back what a GET gave, which says more than can be set.
        Self { fields, strict_body: operation.method == "POST" }
    }

    /// The input: path and query in the types that the operation wants, the body as it is.
    ///
    /// # Errors
    /// 400 naming the field: unknown, given twice, not of its type, or at odds with the path.
    pub fn assemble(&self, path: Vec<(String, String)>, query: Vec<(String, String)>, body: Map<String, Value>) -> Result<Value, Refusal> {
        if self.strict_body {
            body.keys().try_for_each(|name| self.kind(name, "field").map(drop))?;
        }
        let mut input = body;
        for (name, text) in query {
            let kind = self.kind(&name, "query parameter")?;
            // `limit=&cursor=` asks for nothing.
            if text.is_empty() {
                continue;
            }
            let value = kind.read(&name, &text)?;
            if input.insert(name.clone(), value).is_some() {
                return Err(Refusal::invalid(format!("`{name}` is given twice.")).with("field", name));
            }
        }
        for (name, text) in path {
            let value = self.kind(&name, "path parameter")?.read(&name, &text)?;
            match input.insert(name.clone(), value.clone()) {
                Some(other) if other != value => {
                    let message = format!("`{name}` is {value} in the path but {other} in the body.");
                    return Err(Refusal::invalid(message).with("field", name));
                }
                _ => {}
            }
        }
        Ok(Value::Object(input))
    }

    fn kind(&self, name: &str, what: &str) -> Result<Kind, Refusal> {
        if let Some((_, kind)) = self.fields.iter().find(|(field, _)| field == name) {
            return Ok(*kind);
        }
        let nearest = self.fields.iter().map(|(field, _)| field.as_str()).max_by(|a, b| {
            let closeness = |field| strsim::jaro_winkler(field, name);
            closeness(a).total_cmp(&closeness(b))
        });
        let hint = match nearest {
            Some(nearest) if strsim::jaro_winkler(nearest, name) > 0.8 => format!(" Did you mean `{nearest}`?"),
            Some(_) => format!(" Known are {}.", self.names()),
            None => " This route takes none.".to_owned(),
        };
        Err(Refusal::invalid(format!("There is no {what} `{name}` here.{hint}")).with("field", name))
    }

    fn names(&self) -> String {
        self.fields.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

impl Kind {
    fn of(schema: &Value) -> Self {
        let named = |name: &str| match name {
            "string" => Self::Text,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => Self::Other,
        };
        match schema.get("type") {
            Some(Value::String(name)) => named(name),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").map_or(Self::Other, named),
            _ => Self::Other,
        }
    }

    fn read(self, name: &str, text: &str) -> Result<Value, Refusal> {
        let (value, wanted) = match self {
            Self::Text => (Some(Value::from(text)), "text"),
            Self::Integer => (text.parse::<i64>().ok().map(Value::from), "a whole number"),
            Self::Number => (text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from), "a number"),
            Self::Boolean => (text.parse::<bool>().ok().map(Value::from), "true or false"),
            Self::Other => (serde_json::from_str(text).ok(), "JSON"),
        };
        value.ok_or_else(|| Refusal::invalid(format!("`{name}` must be {wanted}, not {text:?}.")).with("field", name))
    }
}
