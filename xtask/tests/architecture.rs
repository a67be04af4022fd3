//! Guards the walls: which room may know which, which names stay in which room, and where each file of others' comes from.
//!
//! DESIGN: `cli → web → app → domain ← imaging ← engine, providers, storage, database, identity, payments`.
//! Nothing points back and no sibling imports a sibling, save that engine and providers use imaging.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each room may depend on. A room that is not here is not planned: add it with its reason.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("imaging", &["domain"]),
    ("engine", &["domain", "imaging"]),
    ("providers", &["domain", "imaging"]),
    ("storage", &["domain"]),
    ("database", &["domain"]),
    ("identity", &["domain"]),
    ("payments", &["domain"]),
    ("app", &["domain"]),
    ("web", &["domain", "app"]),
    ("browser", &[]),
    ("conformance", &["domain"]),
    ("standins", &[]),
    (
        "cli",
        &[
            "domain",
            "imaging",
            "engine",
            "providers",
            "storage",
            "database",
            "identity",
            "payments",
            "app",
            "web",
        ],
    ),
];

/// Rooms for tests: a dev-dependency of any other, and never more.
const FOR_TESTS: &[&str] = &["browser", "conformance", "standins"];

/// What a room's tests stand on: use cases are told against a real database and a real folder, not against a likeness of
/// them. A dev-dependency only.
const TOLD_AGAINST: &[(&str, &[&str])] = &[
    ("app", &["database", "identity", "payments", "providers", "storage"]),
    ("web", &["database", "identity", "payments", "storage"]),
];

/// Vendors, and the rooms whose sources may name them. `cli` wires them, `standins` play them.
const VENDORS: &[(&str, &[&str])] = &[
    ("gemini", &["providers"]),
    ("openai", &["providers"]),
    // Clerk's pages ask one of Cloudflare's whether somebody is a robot.
    ("cloudflare", &["storage", "identity"]),
    ("clerk", &["identity"]),
    ("stripe", &["payments"]),
    ("convex", &["database"]),
];

/// Where vendors are wired and where they are played.
const KNOW_ALL_VENDORS: &[&str] = &["cli", "standins"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is wrong with the arrows of the workspace that `cargo metadata` describes.
fn forbidden_arrows(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().unwrap();
    let rooms: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages {
        let room = package["name"].as_str().unwrap();
        if room == "xtask" {
            continue;
        }
        let Some(may) = allowed.get(room) else {
            wrong.push(format!("the room {room} is not planned: add it to ARROWS with its reason"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            let told_against = TOLD_AGAINST.iter().any(|(of, rooms)| *of == room && rooms.contains(&to));
            let for_tests =
                dependency["kind"] == "dev" && (FOR_TESTS.contains(&to) || may.contains(&to) || told_against);
            if rooms.contains(to) && !for_tests && !may.contains(&to) {
                wrong.push(format!("{room} → {to} is forbidden"));
            }
        }
    }
    wrong
}

/// Lines of a source that name a vendor who has no business in this room.
fn vendors_out_of_place(room: &str, file: &str, source: &str) -> Vec<String> {
    if KNOW_ALL_VENDORS.contains(&room) {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for (line, text) in source.lines().enumerate() {
        let words: BTreeSet<String> =
            text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
        for (vendor, rooms) in VENDORS {
            // A convex hull is geometry.
            let geometry =
                *vendor == "convex" && words.iter().any(|word| word == "hull" || word == "polygon");
            if words.contains(*vendor) && !rooms.contains(&room) && !geometry {
                wrong.push(format!("{file}:{}: {vendor} is named outside of {}", line + 1, rooms.join(", ")));
            }
        }
    }
    wrong
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn no_room_knows_what_it_may_not_know() {
    let wrong = forbidden_arrows(&metadata());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_vendor_is_named_out_of_its_room() {
    let mut wrong = Vec::new();
    let mut read = 0;
    for crate_folder in fs::read_dir(root().join("crates")).unwrap() {
        let crate_folder = crate_folder.unwrap().path();
        let room = crate_folder.file_name().unwrap().to_string_lossy().into_owned();
        for file in files(&crate_folder.join("src")) {
            if file.extension().is_some_and(|ending| ending == "rs") {
                let source = fs::read_to_string(&file).unwrap();
                let name = file.strip_prefix(root()).unwrap().display().to_string();
                wrong.extend(vendors_out_of_place(&room, &name, &source));
                read += 1;
            }
        }
    }
    assert!(read > 10, "the sources were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a table names a file: as it is, or by a pattern with one `*` for a family of files.
fn names(table: &str, file: &str) -> bool {
    let words = table.split(|c: char| c.is_whitespace() || "|,`".contains(c));
    words.filter(|word| word.contains('.')).any(|word| match word.split_once('*') {
        Some((start, end)) => {
            // A bare `*.ttf` would name everything and tell nothing.
            start.len() >= 4 && file.len() >= word.len() - 1 && file.starts_with(start) && file.ends_with(end)
        }
        None => word == file,
    })
}

/// Models, fonts and photos are others' work: each has a line in the PROVENANCE.md of its folder or of one above it.
#[test]
fn every_file_of_others_says_where_it_comes_from() {
    let mut missing = Vec::new();
    for folder in
        ["models", "fonts", "examples/photos", "crates/web/assets/fonts", "crates/web/assets/vendor"]
    {
        for file in files(&root().join(folder)) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            // Texts are about the others; licences of fonts lie beside them.
            if [".md", ".txt", ".py"].iter().any(|ending| name.ends_with(ending))
                || name.starts_with("LICENSE")
            {
                continue;
            }
            let told = file.ancestors().skip(1).take_while(|above| above.starts_with(root())).any(|above| {
                fs::read_to_string(above.join("PROVENANCE.md")).is_ok_and(|text| names(&text, &name))
            });
            if !told {
                missing.push(format!("{} has no line in a PROVENANCE.md", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_guards_see_what_is_wrong() {
    let package = |name: &str, to: &str, kind: Value| serde_json::json!({ "name": name, "dependencies": [{ "name": to, "kind": kind }] });
    let wrong = |from, to, kind| {
        let known = package(to, "serde", Value::Null);
        let workspace = serde_json::json!({ "packages": [package(from, to, kind), known] });
        !forbidden_arrows(&workspace).is_empty()
    };
    assert!(wrong("domain", "imaging", Value::Null), "back");
    assert!(wrong("storage", "database", Value::Null), "sideways");
    assert!(wrong("app", "imaging", Value::Null), "app speaks to ports only");
    assert!(wrong("web", "standins", Value::Null), "a stand-in never ships");
    assert!(wrong("lobby", "domain", Value::Null), "an unplanned room");
    assert!(!wrong("web", "standins", "dev".into()));
    assert!(!wrong("engine", "imaging", Value::Null) && !wrong("cli", "engine", Value::Null));

    let table = "| a.ttf, noto-sans-*.ttf (Black) | `b.otf` | *.png |";
    assert!(["a.ttf", "noto-sans-thai.ttf", "b.otf"].iter().all(|file| names(table, file)));
    assert!(["c.ttf", "noto-sans-jp.otf", "x.png", "aa.ttf"].iter().all(|file| !names(table, file)));

    let named = |room, text| !vendors_out_of_place(room, "a.rs", text).is_empty();
    assert!(named("domain", "/// As Stripe does.") && named("app", "let x = gemini::Client;"));
    assert!(!named("providers", "mod gemini;") && !named("cli", "stripe::wire()"));
    assert!(!named("imaging", "// stripes of 16 rows") && !named("engine", "the convex hull of the points"));
    assert!(named("engine", "a row in Convex"));
}
