//! Clerk's stand-in: an instance with its key set, its session tokens, the Backend API's users, signed webhooks, and a page script
//! that does what ClerkJS would.
//!
//! Wire formats: <https://clerk.com/docs/guides/sessions/session-tokens>, <https://clerk.com/docs/reference/backend-api>,
//! <https://docs.svix.com/receiving/verifying-payloads/how-manual>.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_TYPE, ORIGIN,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

/// The Backend API's key.
pub const SECRET_KEY: &str = "sk_test_stand_in";
/// The webhook endpoint's secret.
pub const WEBHOOK_SECRET: &str = "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0";

/// The stand-in. Clones are the same one.
#[derive(Clone)]
pub struct Clerk(Arc<Mutex<Instance>>);

struct Instance {
    key: RsaPrivateKey,
    kid: String,
    users: BTreeMap<String, Value>,
    sessions: BTreeMap<String, String>,
    made: u64,
}

impl Default for Clerk {
    fn default() -> Self {
        Clerk::new()
    }
}

impl Clerk {
    /// An instance without users, with a key of its own.
    pub fn new() -> Clerk {
        let (users, sessions) = Default::default();
        Clerk(Arc::new(Mutex::new(Instance {
            key: new_key(),
            kid: "ins_1".into(),
            users,
            sessions,
            made: 0,
        })))
    }

    /// Everything it answers to.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/.well-known/jwks.json", get(key_set))
            .route("/v1/jwks", get(key_set))
            .route("/v1/users/{user}", get(get_user).delete(delete_user))
            .route("/npm/@clerk/ui@1/dist/ui.browser.js", get(ui_script))
            .route("/npm/@clerk/clerk-js@6/dist/clerk.browser.js", get(script))
            .route("/stand-in/sign-in", post(sign_in).options(preflight))
            .route("/stand-in/token", post(token).options(preflight))
            .with_state(self.clone())
    }

    /// The publishable key of an instance at this host, with its port.
    pub fn publishable_key(host: &str) -> String {
        format!("pk_test_{}", BASE64_STANDARD_NO_PAD.encode(format!("{host}$")))
    }

    /// A new user with one address.
    pub fn add_user(&self, email: &str, verified: bool, name: &str) -> String {
        let mut instance = self.0.lock().unwrap();
        instance.made += 1;
        let id = format!("user_{:027}", instance.made);
        let address = format!("idn_{:028}", instance.made);
        let (status, made_at) = (if verified { "verified" } else { "unverified" }, seconds() * 1000);
        let user = json!({
            "id": id, "object": "user", "first_name": name, "last_name": null, "image_url": "",
            "primary_email_address_id": address, "external_id": null, "banned": false, "locked": false,
            "public_metadata": {}, "private_metadata": {}, "unsafe_metadata": {},
            "email_addresses": [{
                "id": address, "object": "email_address", "email_address": email,
                "verification": { "status": status, "strategy": "email_code" }, "linked_to": [],
            }],
            "created_at": made_at, "updated_at": made_at,
        });
        instance.users.insert(id.clone(), user);
        id
    }

    /// A user, as the API has them.
    pub fn user(&self, id: &str) -> Option<Value> {
        self.0.lock().unwrap().users.get(id).cloned()
    }

    /// Changes a user at a moment, in milliseconds.
    pub fn change_user(&self, id: &str, at: u64, change: impl FnOnce(&mut Value)) {
        let mut instance = self.0.lock().unwrap();
        let user = instance.users.get_mut(id).unwrap();
        change(user);
        user["updated_at"] = at.into();
    }

    /// A user signs in; the id of the session.
    pub fn sign_in(&self, user: &str) -> String {
        let mut instance = self.0.lock().unwrap();
        instance.made += 1;
        let session = format!("sess_{:027}", instance.made);
        instance.sessions.insert(session.clone(), user.into());
        session
    }

    /// The claims of a session token, version 2, as they are at a moment in seconds.
    pub fn claims(&self, issuer: &str, session: &str, party: &str, now: u64) -> Value {
        let mut instance = self.0.lock().unwrap();
        instance.made += 1;
        json!({
            "azp": party, "exp": now + 60, "iat": now, "nbf": now - 10, "iss": issuer, "jti": format!("jti{}", instance.made),
            "sid": session, "sub": instance.sessions[session], "sts": "active", "fva": [0, -1], "v": 2,
        })
    }

    /// A session token with the instance's key.
    pub fn sign(&self, claims: &Value) -> String {
        let kid = self.0.lock().unwrap().kid.clone();
        self.sign_as(&json!({ "alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": kid, "typ": "JWT" }), claims)
    }

    /// A token with another header.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let key = SigningKey::<rsa::sha2::Sha256>::new(self.0.lock().unwrap().key.clone());
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    /// The instance's own key as a JWK, with its private part: for an SDK that signs.
    pub fn private_key(&self) -> Value {
        let instance = self.0.lock().unwrap();
        let key = &instance.key;
        let number = |number: &BigUint| BASE64_URL_SAFE_NO_PAD.encode(number.to_bytes_be());
        let (p, q, one) = (&key.primes()[0], &key.primes()[1], BigUint::from(1u8));
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": instance.kid, "n": number(key.n()), "e": number(key.e()),
            "d": number(key.d()), "p": number(p), "q": number(q), "dp": number(&(key.d() % (p - &one))),
            "dq": number(&(key.d() % (q - &one))), "qi": number(&key.crt_coefficient().unwrap()),
        })
    }

    /// Takes a new key in the place of the old one.
    pub fn rotate(&self, kid: &str) {
        let mut instance = self.0.lock().unwrap();
        (instance.key, instance.kid) = (new_key(), kid.into());
    }

    /// A message, as it is posted: headers and body. `now` is in seconds.
    pub fn message(id: &str, now: u64, kind: &str, data: &Value) -> (Vec<(String, String)>, String) {
        let body = json!({
            "type": kind, "object": "event", "timestamp": now * 1000, "instance_id": "ins_1", "data": data,
            "event_attributes": { "http_request": { "client_ip": "", "user_agent": "" } },
        })
        .to_string();
        (headers(id, now, &body), body)
    }
}

/// The headers that Svix signs a message with. `now` is in seconds.
pub fn headers(id: &str, now: u64, body: &str) -> Vec<(String, String)> {
    let key = BASE64_STANDARD.decode(WEBHOOK_SECRET.trim_start_matches("whsec_")).unwrap();
    let mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap().chain_update(format!("{id}.{now}.{body}"));
    let signature = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    [("svix-id", id.into()), ("svix-timestamp", now.to_string()), ("svix-signature", signature)]
        .map(|(name, value): (&str, String)| (name.to_owned(), value))
        .into()
}

fn new_key() -> RsaPrivateKey {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap()
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn key_set(State(clerk): State<Clerk>) -> Json<Value> {
    let instance = clerk.0.lock().unwrap();
    let public = RsaPublicKey::from(&instance.key);
    let number = |number: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(number);
    Json(json!({ "keys": [{
        "use": "sig", "kty": "RSA", "kid": instance.kid, "alg": "RS256",
        "n": number(public.n().to_bytes_be()), "e": number(public.e().to_bytes_be()),
    }] }))
}

/// The Backend API opens to its key alone.
fn allowed(headers: &HeaderMap) -> Result<(), Refused> {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if shown == Some(&format!("Bearer {SECRET_KEY}")) {
        return Ok(());
    }
    Err(refusal(StatusCode::UNAUTHORIZED, "authentication_invalid"))
}

/// A refusal as it is answered.
type Refused = (StatusCode, Json<Value>);

fn refusal(status: StatusCode, code: &str) -> Refused {
    let body =
        json!({ "errors": [{ "code": code, "message": code, "long_message": code }], "clerk_trace_id": "t" });
    (status, Json(body))
}

async fn get_user(State(clerk): State<Clerk>, Path(user): Path<String>, headers: HeaderMap) -> Response {
    match allowed(&headers).map(|()| clerk.user(&user)) {
        Ok(Some(user)) => Json(user).into_response(),
        Ok(None) => refusal(StatusCode::NOT_FOUND, "resource_not_found").into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn delete_user(State(clerk): State<Clerk>, Path(user): Path<String>, headers: HeaderMap) -> Response {
    match allowed(&headers).map(|()| clerk.0.lock().unwrap().users.remove(&user)) {
        Ok(Some(_)) => Json(json!({ "id": user, "object": "user", "deleted": true })).into_response(),
        Ok(None) => refusal(StatusCode::NOT_FOUND, "resource_not_found").into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn ui_script() -> Response {
    ([(CONTENT_TYPE, "text/javascript")], "window.__internal_ClerkUICtor = class {};").into_response()
}

async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript")], include_str!("clerk.browser.js")).into_response()
}

async fn preflight() -> Response {
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (ACCESS_CONTROL_ALLOW_HEADERS, "content-type")], "").into_response()
}

fn anywhere(body: Value) -> Response {
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Json(body)).into_response()
}

/// Signs in whoever has this address; makes a user when there is none.
async fn sign_in(State(clerk): State<Clerk>, Json(body): Json<Value>) -> Response {
    let email = body["email"].as_str().unwrap().to_owned();
    let known = {
        let instance = clerk.0.lock().unwrap();
        let has = |user: &&Value| user["email_addresses"][0]["email_address"] == email.as_str();
        instance.users.values().find(has).map(|user| user["id"].as_str().unwrap().to_owned())
    };
    let user = known.unwrap_or_else(|| clerk.add_user(&email, true, "Ann"));
    anywhere(json!({ "session": clerk.sign_in(&user) }))
}

/// A token for the page that asks.
async fn token(State(clerk): State<Clerk>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let party = headers.get(ORIGIN).unwrap().to_str().unwrap();
    let session = body["session"].as_str().unwrap();
    let issuer = body["issuer"].as_str().unwrap();
    anywhere(json!({ "jwt": clerk.sign(&clerk.claims(issuer, session, party, seconds())) }))
}
