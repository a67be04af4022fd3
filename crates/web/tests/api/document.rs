//! The API's document: it is what programs are written against, so no change of it is silent.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{Credential, House};

#[tokio::test]
async fn the_document_is_the_one_in_the_repository() {
    let house = House::new().await;
    let answer = house.get(&Credential::None, "/api/openapi.json").await;
    let text = serde_json::to_string_pretty(&answer.json()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("COVERSHOTS_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "the API has changed: if that is meant, write it down with COVERSHOTS_BLESS=1 cargo test -p web --test api, and in the changelog"
    );
}

#[tokio::test]
async fn every_operation_says_what_programs_need() {
    let house = House::new().await;
    let document = house.get(&Credential::None, "/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{method} {path}");
        assert!(operation["security"].is_array(), "{method} {path} does not say who may call it");
        for status in ["429", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
        }
    }
    assert!(ids.len() > 50);
    for reference in references(&document) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

/// Every operation: path, method, and what is said of it.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone();
        let path = path.clone();
        methods.into_iter().map(move |(method, operation)| (path.clone(), method, operation))
    };
    paths.flat_map(of).collect()
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let here = map.get("$ref").and_then(Value::as_str).map(str::to_owned);
            here.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
