//! Clerk against its stand-in: whose word is taken, and whose is not.

#![allow(clippy::unwrap_used, reason = "a test")]

use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ports::identity::{Outside, OutsideError, OutsideEvent};
use domain::secret::Secret;
use domain::time::Timestamp;
use identity::{Clerk, ClerkConfig};
use serde_json::{Value, json};
use standins::clerk::{self, Clerk as StandIn, SECRET_KEY, WEBHOOK_SECRET};
use standins::{Fault, Server};

/// The moment of these tests, in seconds.
const NOW: u64 = 1_795_468_216;
const HERE: &str = "https://photos.example.org";

struct Scene {
    server: Server,
    instance: StandIn,
    clerk: Clerk,
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn alias(id: &str) -> Alias {
    Alias::new(SubprocessorId::new("clerk").unwrap(), id).unwrap()
}

impl Scene {
    async fn new() -> Scene {
        tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
        let instance = StandIn::new();
        let server = Server::start(instance.routes()).await;
        let config = ClerkConfig {
            publishable_key: StandIn::publishable_key(&server.address().to_string()),
            secret_key: Some(Secret::new(SECRET_KEY)),
            webhook_secrets: vec![
                Secret::new("whsec_b2xkLXNlY3JldC1vZi0yNC1ieXRl"),
                Secret::new(WEBHOOK_SECRET),
            ],
            authorized_parties: vec![HERE.into()],
            api_url: Some(server.url()),
            frontend_url: Some(server.url()),
        };
        let clerk = Clerk::new(&config, reqwest::Client::new()).unwrap();
        Scene { server, instance, clerk }
    }

    /// The claims of somebody who signed in just now.
    fn claims(&self) -> Value {
        let user = self.instance.add_user("ann@example.org", true, "Ann");
        self.instance.claims(&self.server.url(), &self.instance.sign_in(&user), HERE, NOW)
    }

    async fn accepts(&self, token: &str, seconds: u64) -> bool {
        match self.clerk.verify(token, at(seconds)).await {
            Ok(_) => true,
            Err(OutsideError::Invalid) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn keys_asked(&self) -> usize {
        self.server.asked().iter().filter(|asked| asked.path.ends_with("jwks.json")).count()
    }
}

#[tokio::test]
async fn a_good_token_says_who_it_is() {
    let scene = Scene::new().await;
    let claims = scene.claims();
    let vouched = scene.clerk.verify(&scene.instance.sign(&claims), at(NOW)).await.unwrap();
    assert_eq!(vouched.alias, alias(claims["sub"].as_str().unwrap()));
    assert_eq!(vouched.sign_in, claims["sid"].as_str().unwrap());
    assert_eq!(vouched.token, claims["jti"].as_str().unwrap());
    assert_eq!((vouched.expires_at, vouched.impersonated), (at(NOW + 65), false));
    let person = scene.clerk.person(&vouched.alias).await.unwrap().unwrap();
    assert_eq!(person.verified_email.unwrap().as_str(), "ann@example.org");
    assert_eq!(person.name, "Ann");
}

/// What is done to good claims, whether the token is good then, and at which second it is shown.
type Row = (&'static str, fn(&mut Value), bool, u64);

#[tokio::test]
async fn the_table_of_tokens() {
    let scene = Scene::new().await;
    let good = scene.claims();
    let rows: &[Row] = &[
        ("as it is", |_| {}, true, NOW),
        ("at its last second", |_| {}, true, NOW + 60 + 4),
        ("expired", |_| {}, false, NOW + 60 + 5),
        ("begins within the leeway", |c| c["nbf"] = (NOW + 5).into(), true, NOW),
        ("not begun", |c| c["nbf"] = (NOW + 6).into(), false, NOW),
        ("issued in the future", |c| c["iat"] = (NOW + 6).into(), false, NOW),
        ("without an end", |c| drop(c.as_object_mut().unwrap().remove("exp")), false, NOW),
        ("without a beginning", |c| drop(c.as_object_mut().unwrap().remove("nbf")), false, NOW),
        ("without an issuer", |c| drop(c.as_object_mut().unwrap().remove("iss")), false, NOW),
        ("another issuer", |c| c["iss"] = "https://clerk.example.net".into(), false, NOW),
        (
            "an issuer that begins alike",
            |c| c["iss"] = format!("{}.example.net", c["iss"].as_str().unwrap()).into(),
            false,
            NOW,
        ),
        ("another party", |c| c["azp"] = "https://evil.example".into(), false, NOW),
        ("a party that begins alike", |c| c["azp"] = format!("{HERE}.evil.example").into(), false, NOW),
        ("an empty party", |c| c["azp"] = "".into(), false, NOW),
        ("no party", |c| drop(c.as_object_mut().unwrap().remove("azp")), true, NOW),
        ("a pending session", |c| c["sts"] = "pending".into(), false, NOW),
        ("no session", |c| drop(c.as_object_mut().unwrap().remove("sid")), false, NOW),
        ("an empty session", |c| c["sid"] = "".into(), false, NOW),
        ("nobody", |c| drop(c.as_object_mut().unwrap().remove("sub")), false, NOW),
        ("an empty subject", |c| c["sub"] = "".into(), false, NOW),
        ("version 1", |c| drop(c.as_object_mut().unwrap().remove("v")), true, NOW),
        ("version 3", |c| c["v"] = 3.into(), false, NOW),
        ("an end of another kind", |c| c["exp"] = "soon".into(), false, NOW),
        ("an end beyond numbers", |c| c["exp"] = u64::MAX.into(), true, NOW),
    ];
    for (name, change, expected, now) in rows {
        let mut claims = good.clone();
        change(&mut claims);
        assert_eq!(scene.accepts(&scene.instance.sign(&claims), *now).await, *expected, "{name}");
    }
}

#[tokio::test]
async fn a_forged_token_never_passes() {
    let scene = Scene::new().await;
    let claims = scene.claims();
    let good = scene.instance.sign(&claims);
    assert!(scene.accepts(&good, NOW).await);
    let header = |changes: Value| {
        let mut header = json!({ "alg": "RS256", "kid": "ins_1", "typ": "JWT" });
        header.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        header
    };
    let [head, body, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let none = scene.instance.sign_as(&header(json!({ "alg": "none" })), &claims);
    let unsigned = format!("{}.", none.rsplit_once('.').unwrap().0);
    let forger = StandIn::new();
    let mut other = claims.clone();
    other["sub"] = "user_eve".into();
    let other_body = scene.instance.sign(&other);
    let other_body = other_body.split('.').nth(1).unwrap();
    let forged = [
        ("alg none", none.clone()),
        ("alg none, unsigned", unsigned.clone()),
        ("alg NONE", scene.instance.sign_as(&header(json!({ "alg": "NONE" })), &claims)),
        ("alg HS256", scene.instance.sign_as(&header(json!({ "alg": "HS256" })), &claims)),
        ("alg RS512", scene.instance.sign_as(&header(json!({ "alg": "RS512" })), &claims)),
        ("alg PS256", scene.instance.sign_as(&header(json!({ "alg": "PS256" })), &claims)),
        ("alg ES256", scene.instance.sign_as(&header(json!({ "alg": "ES256" })), &claims)),
        ("no kid", scene.instance.sign_as(&json!({ "alg": "RS256" }), &claims)),
        ("an unknown kid", scene.instance.sign_as(&header(json!({ "kid": "ins_2" })), &claims)),
        ("another's key", forger.sign(&claims)),
        (
            "its own key in the header",
            forger.sign_as(&header(json!({ "jwk": { "kty": "RSA", "n": "AQAB", "e": "AQAB" } })), &claims),
        ),
        ("another body", format!("{head}.{other_body}.{signature}")),
        ("no signature", format!("{head}.{body}.")),
        ("a short signature", format!("{head}.{body}.{}", &signature[..signature.len() - 4])),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.x")),
        ("nothing", String::new()),
        ("dots", "..".into()),
        ("huge", "a".repeat(100_000)),
    ];
    for (name, token) in forged {
        assert!(!scene.accepts(&token, NOW).await, "{name}");
    }
    // No character of it can be changed.
    for place in (0..good.len()).step_by(7) {
        let mut changed = good.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        assert!(!scene.accepts(std::str::from_utf8(&changed).unwrap(), NOW).await, "at {place}");
    }
}

#[tokio::test]
async fn unknown_keys_are_asked_about_every_thirty_seconds_at_most() {
    let scene = Scene::new().await;
    let claims = scene.claims();
    let unknown = scene.instance.sign_as(&json!({ "alg": "RS256", "kid": "ins_9" }), &claims);
    for second in 0..30 {
        assert!(!scene.accepts(&unknown, NOW + second).await);
    }
    assert_eq!(scene.keys_asked(), 1);
    assert!(!scene.accepts(&unknown, NOW + 30).await);
    assert_eq!(scene.keys_asked(), 2);
    // A new key is taken as soon as it may be asked for; the old one is believed no more then.
    let old = scene.instance.sign(&claims);
    scene.instance.rotate("ins_2");
    let new = scene.instance.sign(&claims);
    assert!(!scene.accepts(&new, NOW + 31).await);
    assert!(scene.accepts(&old, NOW + 31).await, "nobody said yet that it is over");
    let later = |mut claims: Value| {
        claims["exp"] = (NOW + 4000).into();
        scene.instance.sign(&claims)
    };
    assert!(scene.accepts(&later(claims.clone()), NOW + 60).await);
    assert!(!scene.accepts(&old, NOW + 60).await);
    assert_eq!(scene.keys_asked(), 3);
    // Without a reason they are asked for once an hour.
    assert!(scene.accepts(&later(claims.clone()), NOW + 60 + 3599).await);
    assert_eq!(scene.keys_asked(), 3);
    assert!(scene.accepts(&later(claims), NOW + 60 + 3600).await);
    assert_eq!(scene.keys_asked(), 4);
}

#[tokio::test]
async fn when_the_keys_can_not_be_had_that_is_not_the_person_s_fault() {
    let scene = Scene::new().await;
    let token = scene.instance.sign(&scene.claims());
    scene.server.faults().once(Fault::status(503, "{}"));
    assert!(matches!(scene.clerk.verify(&token, at(NOW)).await, Err(OutsideError::Unavailable(_))));
    assert!(matches!(scene.clerk.verify(&token, at(NOW + 1)).await, Err(OutsideError::Unavailable(_))));
    scene.server.faults().once(Fault::Garbage);
    assert!(matches!(scene.clerk.verify(&token, at(NOW + 30)).await, Err(OutsideError::Unavailable(_))));
    assert!(scene.accepts(&token, NOW + 60).await);
    // Once they are there, they stay while nothing better can be had.
    scene.server.faults().always(Fault::status(503, "{}"));
    let mut claims = scene.claims();
    claims["exp"] = (NOW + 9000).into();
    assert!(scene.accepts(&scene.instance.sign(&claims), NOW + 8000).await);
}

#[tokio::test]
async fn a_user_is_deleted_once_and_gone_is_gone() {
    let scene = Scene::new().await;
    let user = scene.instance.add_user("ann@example.org", true, "Ann");
    scene.server.faults().once(Fault::status(429, "{}").with("retry-after", "1"));
    assert!(matches!(scene.clerk.delete(&alias(&user)).await, Err(OutsideError::Unavailable(_))));
    scene.clerk.delete(&alias(&user)).await.unwrap();
    assert_eq!(scene.instance.user(&user), None);
    scene.clerk.delete(&alias(&user)).await.unwrap();
    assert_eq!(scene.clerk.person(&alias(&user)).await.unwrap(), None);
    // What leads elsewhere in a path is never asked.
    let asked = scene.server.asked().len();
    for id in ["../sessions", "user_1/profile", "user_1?x=y", "user 1"] {
        assert!(scene.clerk.delete(&alias(id)).await.is_err(), "{id}");
    }
    assert_eq!(scene.server.asked().len(), asked);
}

#[tokio::test]
async fn an_address_counts_only_when_it_is_verified() {
    let scene = Scene::new().await;
    let unverified = scene.instance.add_user("ann@example.org", false, "Ann");
    let email = async |id: &str| {
        let person = scene.clerk.person(&alias(id)).await.unwrap().unwrap();
        person.verified_email.map(|email| email.as_str().to_owned())
    };
    assert_eq!(email(&unverified).await, None);
    let several = scene.instance.add_user("first@example.org", true, "Ann");
    scene.instance.change_user(&several, NOW * 1000, |user| {
        let mut second = user["email_addresses"][0].clone();
        second["id"] = "idn_2".into();
        second["email_address"] = "Second@Example.org".into();
        user["email_addresses"].as_array_mut().unwrap().push(second);
        user["primary_email_address_id"] = "idn_2".into();
    });
    assert_eq!(email(&several).await.as_deref(), Some("second@example.org"));
    scene.instance.change_user(&several, NOW * 1000, |user| {
        user["email_addresses"][1]["verification"]["status"] = "unverified".into();
    });
    assert_eq!(email(&several).await.as_deref(), Some("first@example.org"));
}

#[tokio::test]
async fn the_table_of_messages() {
    let scene = Scene::new().await;
    let user = scene.instance.user(&scene.instance.add_user("ann@example.org", true, "Ann")).unwrap();
    let id = user["id"].as_str().unwrap();
    let read = |headers: &[(String, String)], body: &str, now: u64| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        scene.clerk.read_event(&headers, body.as_bytes(), at(now))
    };
    let deleted = json!({ "id": id, "object": "user", "deleted": true });
    let session = json!({ "id": "sess_1", "object": "session", "user_id": id, "status": "ended" });
    let tells = |kind: &str, data: &Value| {
        let (headers, body) = StandIn::message("msg_1", NOW, kind, data);
        let (id, event) = read(&headers, &body, NOW).unwrap();
        assert_eq!(id, "msg_1");
        event
    };
    for kind in ["user.created", "user.updated"] {
        let OutsideEvent::Changed(person) = tells(kind, &user) else { panic!("{kind}") };
        assert_eq!(person.alias, alias(id));
        assert_eq!(person.verified_email.unwrap().as_str(), "ann@example.org");
    }
    assert_eq!(tells("user.deleted", &deleted), OutsideEvent::Deleted(alias(id)));
    for kind in ["session.ended", "session.removed", "session.revoked"] {
        assert_eq!(tells(kind, &session), OutsideEvent::SignInEnded("sess_1".into()));
    }
    for kind in ["session.created", "organization.created", "email.created"] {
        assert_eq!(tells(kind, &session), OutsideEvent::Ignored);
    }

    let (good, body) = StandIn::message("msg_1", NOW, "user.deleted", &deleted);
    let changed = |name: &str, value: &str| {
        let mut headers = good.clone();
        headers.iter_mut().find(|(known, _)| known == name).unwrap().1 = value.into();
        headers
    };
    let signature = good[2].1.clone();
    let unbranded: Vec<_> =
        good.iter().map(|(name, value)| (name.replace("svix", "webhook"), value.clone())).collect();
    assert!(read(&unbranded, &body, NOW).is_ok());
    assert!(read(&changed("svix-signature", &format!("v1,AAAA v2,x {signature}")), &body, NOW).is_ok());
    assert!(read(&good, &body, NOW + 300).is_ok() && read(&good, &body, NOW - 300).is_ok());
    let refused = [
        ("late", good.clone(), body.clone(), NOW + 301),
        ("early", good.clone(), body.clone(), NOW - 301),
        ("another body", good.clone(), body.replace(id, "user_eve"), NOW),
        ("another id", changed("svix-id", "msg_2"), body.clone(), NOW),
        ("another time", changed("svix-timestamp", &(NOW + 1).to_string()), body.clone(), NOW),
        ("no time", changed("svix-timestamp", "now"), body.clone(), NOW),
        ("no signature", changed("svix-signature", ""), body.clone(), NOW),
        ("another scheme", changed("svix-signature", &signature.replace("v1,", "v1a,")), body.clone(), NOW),
        ("without headers", Vec::new(), body.clone(), NOW),
        ("signed, and no JSON", clerk::headers("msg_1", NOW, "{"), "{".into(), NOW),
    ];
    for (name, headers, body, now) in refused {
        assert!(matches!(read(&headers, &body, now), Err(OutsideError::Invalid)), "{name}");
    }
}
