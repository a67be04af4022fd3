//! An example of a body, made of the schema's own examples.

use serde_json::{Map, Value, json};

/// Deeper than this nothing of ours is; a schema that holds itself ends here.
const DEEPEST: u8 = 8;

/// A value of the schema: what is required, and whatever has an example.
pub(super) fn of(document: &Value, schema: &Value) -> Value {
    value(document, schema, DEEPEST)
}

fn value(document: &Value, schema: &Value, depth: u8) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(example) = schema.get("example").or_else(|| schema.get("default")) {
        return example.clone();
    }
    if let Some(example) = schema.get("examples").and_then(|examples| examples.get(0)) {
        return example.clone();
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let named = document.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
        return value(document, named, depth - 1);
    }
    if let Some(first) = schema.get("enum").or_else(|| schema.get("oneOf")).and_then(|list| list.get(0)) {
        return if schema.get("enum").is_some() { first.clone() } else { value(document, first, depth - 1) };
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => object(document, schema, depth),
        Some("array") => json!([value(document, &schema["items"], depth - 1)]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("string") => json!("…"),
        _ => Value::Null,
    }
}

fn object(document: &Value, schema: &Value, depth: u8) -> Value {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let shown =
        fields.filter(|(name, field)| required.contains(&name.as_str()) || field.get("example").is_some());
    let shown = shown.map(|(name, field)| (name.clone(), value(document, field, depth - 1)));
    Value::Object(shown.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_holds_what_is_required_and_what_has_an_example() {
        let document =
            json!({ "components": { "schemas": { "Kind": { "type": "string", "enum": ["a", "b"] } } } });
        let schema = json!({
            "type": "object",
            "required": ["kind", "many"],
            "properties": {
                "kind": { "$ref": "#/components/schemas/Kind" },
                "many": { "type": "array", "items": { "type": "integer", "minimum": 3 } },
                "name": { "type": "string", "example": "Ada" },
                "note": { "type": ["string", "null"] },
            },
        });
        assert_eq!(of(&document, &schema), json!({ "kind": "a", "many": [3], "name": "Ada" }));
    }
}
