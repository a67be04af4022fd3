//! The stand-in is believed because the vendors' own SDKs accept it: Clerk's, as it is on npm, and that of Svix, who delivers Clerk's
//! messages, as it is on PyPI. And what they sign, we take.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::ports::identity::{Outside, OutsideError, OutsideEvent};
use domain::secret::Secret;
use domain::time::Timestamp;
use identity::{Clerk, ClerkConfig};
use serde_json::{Map, Value, json};
use standins::clerk::{Clerk as StandIn, SECRET_KEY, WEBHOOK_SECRET};
use standins::{Server, sdks};

const HERE: &str = "https://photos.example.org";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdks"))
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// What a script says that is asked this.
async fn drive(script: impl FnOnce() -> Command + Send + 'static, asked: Value) -> Value {
    let said = tokio::task::spawn_blocking(move || {
        let mut command = script();
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for proxy in ["HTTP_PROXY", "http_proxy"] {
            command.env_remove(proxy);
        }
        let mut running = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        running.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let done = running.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    });
    // An SDK may say something of its own before.
    let said = String::from_utf8(said.await.unwrap()).unwrap();
    serde_json::from_str(said.lines().last().unwrap()).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn node() -> Command {
    let place = sdks::node_modules(target(), "sdk-clerk", folder());
    std::fs::copy(folder().join("drive_clerk.mjs"), place.join("drive_clerk.mjs")).unwrap();
    let mut command = Command::new("node");
    // It would tell its makers that it is used.
    command.arg(place.join("drive_clerk.mjs")).env("CLERK_TELEMETRY_DISABLED", "1");
    command
}

fn python() -> Command {
    let mut command = Command::new(sdks::python(target()));
    command.arg(folder().join("drive_svix.py"));
    command
}

/// The moment, in seconds: the SDKs have no clock but the machine's.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

struct Scene {
    server: Server,
    instance: StandIn,
    clerk: Clerk,
}

impl Scene {
    async fn new() -> Scene {
        tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
        let instance = StandIn::new();
        let server = Server::start(instance.routes()).await;
        let config = ClerkConfig {
            publishable_key: StandIn::publishable_key(&server.address().to_string()),
            secret_key: Some(Secret::new(SECRET_KEY)),
            webhook_secrets: vec![Secret::new(WEBHOOK_SECRET)],
            authorized_parties: vec![HERE.into()],
            api_url: Some(server.url()),
            frontend_url: Some(server.url()),
        };
        let clerk = Clerk::new(&config, reqwest::Client::new()).unwrap();
        Scene { server, instance, clerk }
    }
}

/// A message's headers as an object.
fn object(headers: &[(String, String)]) -> Value {
    headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect::<Map<_, _>>().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clerk_s_own_sdk_and_we_accept_each_other() {
    let Scene { server, instance, clerk } = Scene::new().await;
    let user = instance.add_user("ann@example.org", true, "Ann");
    let session = instance.sign_in(&user);
    let now = now();
    let claims = |jti: &str| {
        let mut claims = instance.claims(&server.url(), &session, HERE, now);
        claims["jti"] = jti.into();
        claims
    };
    let (headers, body) = StandIn::message("msg_1", now, "user.updated", &instance.user(&user).unwrap());
    let asked = json!({
        "url": server.url(), "secretKey": SECRET_KEY, "webhookSecret": WEBHOOK_SECRET, "party": HERE, "user": user,
        "publishableKey": StandIn::publishable_key(&server.address().to_string()),
        "token": instance.sign(&claims("ours")), "forged": StandIn::new().sign(&claims("forged")),
        "message": { "headers": object(&headers), "body": body },
        "key": instance.private_key(), "claims": claims("theirs"),
    });
    let said = drive(node, asked).await;
    assert_eq!(said["user"], json!([user, "Ann", "ann@example.org", "verified"]));
    assert_eq!((&said["wrongKey"]["status"], &said["wrongKey"]["good"]), (&json!(401), &Value::Null));
    assert_eq!(said["token"], json!([user, session, 2, null]));
    assert!(said["forged"]["good"].is_null() && said["forged"]["reason"].is_string(), "{}", said["forged"]);
    assert_eq!(said["otherParty"]["reason"], "token-invalid-authorized-parties");
    assert_eq!((&said["event"], &said["changedEvent"]), (&json!(["user.updated", user]), &json!(true)));
    assert_eq!(said["gone"], json!([user, true, 404]));

    let token = said["signed"].as_str().unwrap();
    let at = Timestamp::from_millis(now * 1000);
    let vouched = clerk.verify(token, at).await.unwrap();
    assert_eq!((vouched.token.as_str(), vouched.sign_in), ("theirs", session));
    let (rest, _) = token.rsplit_once('.').unwrap();
    assert!(matches!(clerk.verify(&format!("{rest}.AAAA"), at).await, Err(OutsideError::Invalid)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_of_svix_and_we_accept_each_other() {
    let Scene { clerk, .. } = Scene::new().await;
    let now = now();
    let gone = json!({ "id": "user_1", "object": "user", "deleted": true });
    let (good, body) = StandIn::message("msg_1", now, "user.deleted", &gone);
    let (late, _) = StandIn::message("msg_1", now - 301, "user.deleted", &gone);
    let theirs = json!({ "type": "user.deleted", "object": "event", "timestamp": now * 1000, "data": gone })
        .to_string();
    let message =
        |headers: &[(String, String)], body: &str| json!({ "headers": object(headers), "body": body });
    let asked = json!({
        "secret": WEBHOOK_SECRET, "now": now, "body": theirs,
        "messages": [message(&good, &body), message(&late, &body), message(&good, &body.replace("user_1", "user_2"))],
    });
    let said = drive(python, asked).await;
    assert_eq!(said["read"], json!([true, false, false]));

    let (signature, time) = (said["signature"].as_str().unwrap(), now.to_string());
    let headers = [("svix-id", "msg_svix"), ("svix-timestamp", time.as_str()), ("svix-signature", signature)];
    let at = Timestamp::from_millis(now * 1000);
    let (id, event) = clerk.read_event(&headers, theirs.as_bytes(), at).unwrap();
    assert_eq!(id, "msg_svix");
    assert!(matches!(event, OutsideEvent::Deleted(alias) if alias.id == "user_1"));
    let changed = theirs.replace("user_1", "user_2");
    assert!(matches!(clerk.read_event(&headers, changed.as_bytes(), at), Err(OutsideError::Invalid)));
}
