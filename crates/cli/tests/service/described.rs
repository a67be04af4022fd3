//! The API against its own document: schemathesis (PyPI) asks every operation for what the document allows and for what it does not,
//! and looks whether each answer is one that the document names, in the shape that it says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::*;

/// The version that is asked for, so that a new one is somebody's decision.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// Cases an operation at most that are drawn by lot, and the seed they are drawn by.
const CASES: &str = "6";
const SEED: &str = "20261125";
/// What is looked for. Not that everything the shapes allow is accepted: a style or a cursor has to exist, too.
const LOOKED_FOR: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
     response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,allow_header_conformance,\
     use_after_free,ignored_auth";

/// Nobody is hindered by a limit here.
const CONFIGURATION: &str = "[rates]\nrequests_per_minute = 1000000\nuploads_per_minute = 1000000\n\
     [accounts]\nwelcome_credits = 1000\n";

/// What would end the session that asks.
const LEFT_OUT: [&str; 5] =
    ["signOut", "signOutEverywhere", "revokeSession", "eraseAccount", "eraseAnyAccount"];

/// The program, installed below the target folder when it is not there yet. `None` where there is no Python to do it with.
fn schemathesis() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(SCHEMATHESIS);
    let program = home.join("bin/schemathesis");
    let runs = |command: &mut Command| command.output().is_ok_and(|run| run.status.success());
    if runs(Command::new(&program).arg("--version")) {
        return Some(program);
    }
    if !runs(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home)) {
        return None;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS];
    let run = Command::new(home.join("bin/python")).args(install).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(program)
}

/// Asks in somebody's name.
async fn ask(program: &Path, url: &str, shows: &str, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), shows).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder.path());
    command.args(["run", &format!("{url}/api/openapi.json"), "--url", url]);
    command.args([
        "--checks",
        LOOKED_FOR,
        "--max-examples",
        CASES,
        "--seed",
        SEED,
        "--generation-database",
        "none",
    ]);
    command
        .args(["--workers", "2", "--no-color", "--continue-on-failure", "--suppress-health-check", "all"])
        .args(more);
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let run = tokio::time::timeout(Duration::from_secs(600), run).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    let summary = said.lines().skip_while(|line| !line.contains("SUMMARY"));
    println!("{}", summary.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_one_that_the_document_names() {
    let Some(program) = schemathesis() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 with venv is needed to check the API against its document"
        );
        eprintln!("not run: there is no python3 with venv here");
        return;
    };
    let house = House::new(CONFIGURATION);
    let server = house.serve_without_worker().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    ada.headshots(&photo, 1).await;
    let all = ["photos", "generations:write", "images:read", "account:read", "webhooks"];
    let (_, key) = ada.program(&all).await;
    let by_key = format!("[auth.openapi.api_key]\nbearer = \"{key}\"\n");
    ask(&program, &server.url, &by_key, &["--phases", "coverage"]).await;
    let left_out: Vec<&str> =
        LEFT_OUT.into_iter().flat_map(|name| ["--exclude-operation-id", name]).collect();
    let cookie = ada.cookie();
    let by_session = format!("[auth.openapi.session]\napi_key = \"{}\"\n", cookie.split('=').nth(1).unwrap());
    ask(&program, &server.url, &by_session, &left_out).await;
    ada.get("/api/v1/account").await.expect(200);
    assert!(!server.process.log().contains("panicked"), "{}", server.process.log());
}
