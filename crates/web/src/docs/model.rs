//! What the page shows, read out of the document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::example;

/// The operations of one tag.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) description: String,
    pub(super) operations: Vec<Operation>,
}

/// One method of one address.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: Vec<Piece>,
    pub(super) callers: Vec<Piece>,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    pub(super) problems: Vec<String>,
}

/// What is sent.
pub(super) struct Body {
    pub(super) kinds: String,
    pub(super) what: Vec<Word>,
    pub(super) example: Option<String>,
}

/// What comes back when it goes well.
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) description: Vec<Piece>,
    pub(super) what: Vec<Word>,
}

/// One schema with a name.
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) description: Vec<Piece>,
    pub(super) values: Vec<String>,
    pub(super) fields: Vec<Field>,
}

/// A parameter, or a field of an object.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) needed: bool,
    pub(super) what: Vec<Word>,
    pub(super) description: Vec<Piece>,
}

/// A word of a type, which may lead to a schema.
#[derive(Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) link: bool,
}

/// A piece of a description: prose, or code.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) code: bool,
}

/// Splits prose at its backticks.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(i, part)| Piece { text: part.replace('\n', " "), code: i % 2 == 1 }).collect()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn map<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// The operations by tag, in the order of the tags and of the paths.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    let mut by_tag: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, item) in map(document, "paths") {
        for (method, described) in item.as_object().into_iter().flatten() {
            let tag = list(described, "tags").next().and_then(Value::as_str).unwrap_or_default();
            by_tag.entry(tag.to_owned()).or_default().push(operation(document, path, method, described));
        }
    }
    let group = |tag: &Value| {
        let name = text(tag, "name");
        let operations = by_tag.remove(&name).unwrap_or_default();
        let anchor = name.to_lowercase().replace(' ', "-");
        Group { anchor, description: text(tag, "description"), operations, name }
    };
    list(document, "tags").map(group).collect()
}

fn operation(document: &Value, path: &str, method: &str, described: &Value) -> Operation {
    let parameters = list(described, "parameters").map(|parameter| Field {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        needed: parameter["required"] == true,
        what: words(&parameter["schema"]),
        description: pieces(&text(parameter, "description")),
    });
    let (mut answers, mut problems) = (Vec::new(), Vec::new());
    for (status, answer) in map(described, "responses") {
        if status.starts_with(['4', '5']) {
            let names = answer["description"].as_str().unwrap_or_default().split('`').skip(1).step_by(2);
            problems.extend(names.map(str::to_owned));
        } else {
            let what = map(answer, "content").next().map(|(kind, content)| said(kind, &content["schema"]));
            let (description, what) = (pieces(&text(answer, "description")), what.unwrap_or_default());
            answers.push(Answer { status: status.clone(), description, what });
        }
    }
    Operation {
        id: text(described, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(described, "summary"),
        description: pieces(&text(described, "description")),
        callers: pieces(&callers(described)),
        parameters: parameters.collect(),
        body: described.get("requestBody").map(|body| sent(document, body)),
        answers,
        problems,
    }
}

/// Who may call it, in words.
fn callers(described: &Value) -> String {
    let scopes = list(described, "security").filter_map(|one| one.get("api_key"));
    let scope = scopes.filter_map(|scopes| scopes.get(0)?.as_str()).next();
    match (scope, list(described, "security").any(|one| one.get("session").is_some())) {
        (Some(scope), _) => format!("A session, or an API key with the scope `{scope}`."),
        (None, true) => "A session.".into(),
        (None, false) => "Anybody.".into(),
    }
}

fn sent(document: &Value, body: &Value) -> Body {
    let kinds: Vec<&str> = map(body, "content").map(|(kind, _)| kind.as_str()).collect();
    let json = body["content"].get("application/json").map(|content| &content["schema"]);
    Body {
        kinds: kinds.join(", "),
        what: json.map(words).unwrap_or_default(),
        example: json.and_then(|schema| serde_json::to_string_pretty(&example::of(document, schema)).ok()),
    }
}

/// What an answer's body is.
fn said(kind: &str, schema: &Value) -> Vec<Word> {
    match kind {
        "application/json" => words(schema),
        "text/event-stream" => {
            let events = Word { text: "a stream of".into(), link: false };
            [vec![events], words(schema)].concat()
        }
        kind => vec![Word { text: kind.to_owned(), link: false }],
    }
}

/// A type in words.
fn words(schema: &Value) -> Vec<Word> {
    let plain = |text: &str| vec![Word { text: text.to_owned(), link: false }];
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next()) {
        return match name.split_once('_') {
            Some(("List", of)) => [plain("a list of"), linked(of)].concat(),
            Some(("Page", of)) => [plain("a page of"), linked(of)].concat(),
            _ => linked(name),
        };
    }
    let choices: Vec<&Value> = list(schema, "oneOf").collect();
    if !choices.is_empty() {
        let mut said: Vec<Vec<Word>> = choices.into_iter().map(words).collect();
        let last = said.pop().unwrap_or_default();
        return said.into_iter().flatten().chain(plain("or")).chain(last).collect();
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => [plain("array of"), words(&schema["items"])].concat(),
        Value::String(kind) => plain(kind),
        Value::Array(kinds) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            if kinds.contains(&"array") {
                return [plain("array of"), words(&schema["items"]), plain("or null")].concat();
            }
            plain(&kinds.join(" or "))
        }
        _ => plain("anything"),
    }
}

fn linked(name: &str) -> Vec<Word> {
    vec![Word { text: name.to_owned(), link: true }]
}

/// Every schema with a name of its own.
pub(super) fn shapes(document: &Value) -> Vec<Shape> {
    let named = map(&document["components"], "schemas");
    let own = named.filter(|(name, _)| !name.contains('_'));
    own.map(|(name, schema)| shape(name, schema)).collect()
}

fn shape(name: &str, schema: &Value) -> Shape {
    let needed: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let variants = list(schema, "oneOf").flat_map(|variant| map(variant, "properties"));
    let fields = map(schema, "properties").chain(variants).map(|(name, field)| Field {
        name: name.clone(),
        place: String::new(),
        needed: needed.contains(&name.as_str()),
        what: words(field),
        description: pieces(&describe(field)),
    });
    let mut values: Vec<String> = list(schema, "enum").filter_map(Value::as_str).map(str::to_owned).collect();
    values.extend(
        list(schema, "oneOf")
            .flat_map(|variant| list(variant, "enum"))
            .filter_map(Value::as_str)
            .map(str::to_owned),
    );
    values.extend(schema.get("pattern").and_then(Value::as_str).map(str::to_owned));
    Shape {
        name: name.to_owned(),
        description: pieces(&text(schema, "description")),
        values,
        fields: fields.collect(),
    }
}

/// A field's description, wherever the document has it, and its bounds.
fn describe(field: &Value) -> String {
    let own = text(field, "description");
    let own = if own.is_empty() {
        list(field, "oneOf")
            .map(|choice| text(choice, "description"))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    } else {
        own
    };
    let bound = |key: &str, word: &str| {
        let value = field.get(key).filter(|value| **value != 0)?;
        Some(format!("{word} {value}."))
    };
    let bounds = [
        bound("minimum", "At least"),
        bound("maximum", "At most"),
        bound("minLength", "Characters: at least"),
        bound("maxLength", "Characters: at most"),
        bound("minItems", "Items: at least"),
        bound("maxItems", "Items: at most"),
        field.get("default").map(|value| format!("Usual: `{value}`.")),
    ];
    std::iter::once(own)
        .chain(bounds.into_iter().flatten())
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(schema: Value) -> String {
        words(&schema).iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn types_are_said_in_words() {
        let image = json!({ "$ref": "#/components/schemas/Image" });
        assert_eq!(said(image.clone()), "Image");
        assert_eq!(said(json!({ "$ref": "#/components/schemas/Page_Image" })), "a page of Image");
        assert_eq!(said(json!({ "type": "array", "items": image })), "array of Image");
        assert_eq!(said(json!({ "oneOf": [image, { "type": "null" }] })), "Image or null");
        assert_eq!(said(json!({ "type": ["string", "null"] })), "string or null");
    }

    #[test]
    fn prose_is_told_from_code() {
        let pieces = pieces("Use `a`\nthen b");
        let seen: Vec<(&str, bool)> = pieces.iter().map(|piece| (piece.text.as_str(), piece.code)).collect();
        assert_eq!(seen, [("Use ", false), ("a", true), (" then b", false)]);
    }
}
