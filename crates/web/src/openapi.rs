//! The API's document (OpenAPI 3.1), made from the routes themselves.
//!
//! What can go wrong follows from what an operation is: one with a body can be sent a bad one, one that needs a session can be asked
//! without. That is added here once, for all; what is particular to an operation stands at it as `x-problems`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::api::events::EventView;
use crate::problem::{KINDS, MEDIA_TYPE, ProblemKind, ProblemView};

/// What the document says before its routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Covershots",
        description = "Professional headshots and video thumbnails from ordinary photos.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This installation.")),
    components(schemas(ProblemView, EventView)),
    tags(
        (name = "Account", description = "One person's place in the installation."),
        (name = "Sessions", description = "Signing in and out, for people in browsers."),
        (name = "API keys", description = "For programs in a person's name."),
        (name = "Consents", description = "What a person allows. Without it no photo is taken and none is sent anywhere."),
        (name = "Photos", description = "Pictures that come in."),
        (name = "Styles", description = "What there is to choose from."),
        (name = "Generations", description = "Asking for pictures."),
        (name = "Images", description = "Pictures that come out."),
        (name = "Events", description = "Watching while it happens."),
        (name = "Credits", description = "What there is to spend, and where it went."),
        (name = "Payments", description = "Buying credits, where they are sold."),
        (name = "Hooks", description = "Messages of the services that vouch for people and take their money."),
        (name = "Webhooks", description = "Being told when it has happened."),
        (name = "Admin", description = "For those who run the installation."),
    ),
)]
pub(crate) struct Head;

/// What is said before the routes, with how callers show who they are.
pub(crate) fn head(cookie: &str) -> utoipa::openapi::OpenApi {
    let mut document = Head::openapi();
    let session = ApiKey::Cookie(ApiKeyValue::with_description(
        cookie,
        "A session, as signing in sets it. For people in browsers.",
    ));
    let key = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, shown once when it is made. It reaches as far as its scopes."))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    components.add_security_scheme("api_key", SecurityScheme::Http(key));
    document
}

/// Adds to every operation what can go wrong with it, and says bytes and lists as programs expect them.
pub(crate) fn complete(mut document: Value) -> Value {
    refer(&mut document);
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return document };
    for (path, item) in paths {
        let Some(operations) = item.as_object_mut() else { continue };
        for (method, operation) in operations {
            let Some(operation) = operation.as_object_mut() else { continue };
            let problems = problems(path, method, operation);
            add(operation, &problems);
            operation.remove("x-problems");
            operation.values_mut().for_each(as_bytes);
        }
    }
    document
}

/// Items of lists and pages are the schemas of their names, not copies of them.
fn refer(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else {
        return;
    };
    let names: BTreeSet<String> = schemas.keys().cloned().collect();
    for (name, schema) in schemas {
        let of = name.strip_prefix("List_").or_else(|| name.strip_prefix("Page_"));
        if let Some(of) = of.filter(|&of| names.contains(of))
            && let Some(items) = schema.pointer_mut("/properties/items/items")
        {
            *items = json!({ "$ref": format!("#/components/schemas/{of}") });
        }
    }
}

/// What is no text is a string of bytes, not an array of numbers.
fn as_bytes(part: &mut Value) {
    let Value::Object(map) = part else { return };
    for (name, part) in map {
        let text = ["application/json", MEDIA_TYPE, "text/event-stream", "multipart/form-data"];
        if name != "content" || !part.is_object() {
            as_bytes(part);
            continue;
        }
        for (kind, content) in part.as_object_mut().into_iter().flatten() {
            if !text.contains(&kind.as_str()) {
                content["schema"] = json!({ "type": "string", "format": "binary" });
            }
        }
    }
}

/// The names of the problems of an operation.
fn problems(path: &str, method: &str, operation: &Map<String, Value>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut add = |more: &[&str]| names.extend(more.iter().map(|&name| name.to_owned()));
    add(&["too-many-requests", "internal", "unavailable", "too-slow"]);
    let schemes: Vec<&str> = operation["security"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_object()?.keys().next().map(String::as_str))
        .collect();
    if !schemes.is_empty() {
        add(&[
            "not-signed-in",
            if schemes.contains(&"api_key") { "scope-missing" } else { "session-needed" },
        ]);
    }
    if path.contains("/admin/") {
        add(&["admin-needed"]);
    }
    if method != "get" {
        add(&["cross-origin", "storage-full"]);
    }
    let parameters = || operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    if parameters().any(|parameter| parameter["in"] == "path") {
        add(&["not-found"]);
    }
    if parameters().any(|parameter| parameter["in"] == "query") {
        add(&["bad-parameter"]);
    }
    if operation.get("requestBody").is_some_and(|body| body["content"].get("application/json").is_some()) {
        add(&["malformed-json", "wrong-media-type", "too-large", "invalid", "upload-broken"]);
    } else if operation.contains_key("requestBody") {
        add(&["invalid", "busy"]);
    }
    let own = operation.get("x-problems").and_then(Value::as_array).into_iter().flatten();
    names.extend(own.filter_map(Value::as_str).map(str::to_owned));
    names
}

/// One answer a status, which names its kinds of problems.
fn add(operation: &mut Map<String, Value>, names: &BTreeSet<String>) {
    let mut by_status: BTreeMap<u16, Vec<&ProblemKind>> = BTreeMap::new();
    for kind in KINDS.iter().filter(|kind| names.contains(kind.name)) {
        by_status.entry(kind.status.as_u16()).or_default().push(kind);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, kinds) in by_status {
        let lines: Vec<String> =
            kinds.iter().map(|kind| format!("`{}`: {}.", kind.name, kind.title)).collect();
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        responses.insert(
            status.to_string(),
            json!({ "description": lines.join("\n\n"), "content": { MEDIA_TYPE: { "schema": schema } } }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_go_wrong_follows_from_what_an_operation_is() {
        let document = json!({ "paths": {
            "/a/{b}": { "put": {
                "security": [{ "session": [] }],
                "parameters": [{ "in": "path" }],
                "requestBody": { "content": { "application/json": {} } },
                "responses": { "200": {} },
                "x-problems": ["insufficient-credits"],
            } },
            "/c": { "get": { "security": [{}], "responses": {} } },
        } });
        let document = complete(document);
        let statuses = |pointer: &str| -> Vec<String> {
            document.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect()
        };
        let put = statuses("/paths/~1a~1{b}/put/responses");
        assert_eq!(
            put,
            [
                "200", "400", "401", "402", "403", "404", "408", "413", "415", "422", "429", "500", "503",
                "507"
            ]
        );
        assert_eq!(statuses("/paths/~1c/get/responses"), ["408", "429", "500", "503"]);
        assert!(document.pointer("/paths/~1a~1{b}/put/x-problems").is_none());
    }

    #[test]
    fn every_problem_that_a_route_names_is_on_the_list() {
        let document = crate::router::document("covershots_session", false);
        let named: BTreeSet<&str> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .flat_map(|operation| operation.get("x-problems").and_then(Value::as_array).into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert!(named.len() > 20);
        assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
