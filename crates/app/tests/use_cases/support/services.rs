//! Worlds with the services' stand-ins: one in which credits are sold, one in which somebody else vouches for people.

use std::sync::Arc;

use app::*;
use domain::ports::identity::Outside;
use domain::ports::payments::Payments;
use domain::secret::Secret;
use identity::{Clerk, ClerkConfig};
use payments::{PackConfig, PlanConfig, Stripe, StripeConfig};
use serde_json::Value;
use standins::{Server, clerk, stripe};

use super::{World, settings};

/// Where people reach the installation.
pub const HERE: &str = "https://photos.example.org";

fn http() -> reqwest::Client {
    tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::new()
}

/// A world in which credits are sold: 50 for 10.00 EUR, 120 for 20.00 EUR, and 200 a month for 30.00 EUR.
pub struct Shop {
    pub world: World,
    pub stripe: stripe::Stripe,
    pub server: Server,
}

/// Both services' stand-ins and our clients for them.
pub async fn till() -> (stripe::Stripe, Server, Arc<dyn Payments>) {
    let (account, server) = stripe::Stripe::open(http()).await;
    account.with(|books| {
        books.now = Some(1_795_392_000);
        books.add_price("price_small", 1000, "eur", false);
        books.add_price("price_large", 2000, "eur", false);
        books.add_price("price_plan", 3000, "eur", true);
    });
    let pack = |id: &str, credits| PackConfig {
        id: id.into(),
        name: format!("{credits} credits"),
        credits,
        price: format!("price_{id}"),
    };
    let config = StripeConfig {
        secret_key: Some(Secret::new(stripe::SECRET_KEY)),
        webhook_secrets: vec![Secret::new("whsec_old"), Secret::new(stripe::WEBHOOK_SECRET)],
        packs: vec![pack("small", 50), pack("large", 120)],
        plan: Some(PlanConfig { name: "200 a month".into(), credits: 200, price: "price_plan".into() }),
        api_url: Some(server.url()),
        ..StripeConfig::default()
    };
    (account, server, Arc::new(Stripe::new(&config, http()).unwrap()))
}

impl Shop {
    pub async fn new() -> Shop {
        let (stripe, server, payments) = till().await;
        let world = World::served(settings(), |cast| vec![cast.local()], None, payments).await;
        Shop { world, stripe, server }
    }

    /// A person goes to the till; the visit's name.
    pub async fn visit(&self, caller: &Caller, offer: &str, key: &str) -> String {
        self.world.app.buy(caller, wish(offer, key)).await.unwrap().visit
    }

    /// A person pays for an offer; the payment. Nobody has told us yet.
    pub async fn pay(&self, caller: &Caller, offer: &str, key: &str) -> String {
        let visit = self.visit(caller, offer, key).await;
        self.stripe.with(|books| books.pay(&visit, false))
    }

    /// A message arrives, signed at this moment.
    pub async fn hear(&self, message: &Value) -> Result<(), AppError> {
        let body = message.to_string();
        let now = self.world.now().millis() / 1000;
        let signed = stripe::signature(stripe::WEBHOOK_SECRET, now, &body);
        self.world.app.hear_payment(&[("stripe-signature", &signed)], body.as_bytes()).await
    }

    /// Every message so far arrives, once and in order.
    pub async fn hear_all(&self) {
        for message in self.stripe.messages() {
            self.hear(&message).await.unwrap();
        }
    }
}

pub fn wish(offer: &str, key: &str) -> BuyRequest {
    BuyRequest {
        offer: offer.into(),
        key: key.into(),
        paid_url: format!("{HERE}/credits/paid?visit={{visit}}"),
        cancelled_url: format!("{HERE}/credits"),
    }
}

/// A world in which somebody else vouches for people, and credits are sold too.
pub struct Gate {
    pub world: World,
    pub instance: clerk::Clerk,
    pub server: Server,
    pub stripe: stripe::Stripe,
    pub till: Server,
}

impl Gate {
    pub async fn new() -> Gate {
        Gate::with(settings()).await
    }

    pub async fn with(settings: Settings) -> Gate {
        let (instance, server, outside) = gate().await;
        let (stripe, till, payments) = till().await;
        let world = World::served(settings, |cast| vec![cast.local()], Some(outside), payments).await;
        Gate { world, instance, server, stripe, till }
    }

    fn seconds(&self) -> u64 {
        self.world.now().millis() / 1000
    }

    /// A fresh token of a session over there.
    pub fn token(&self, session: &str) -> String {
        self.instance.sign(&self.instance.claims(&self.server.url(), session, HERE, self.seconds()))
    }

    /// A browser brings a token.
    pub async fn exchange(&self, token: &str, current: Option<Caller>) -> Result<OutsideSignedIn, AppError> {
        let sign_in = OutsideSignIn { token: Secret::new(token), device: "Firefox on Linux".into(), current };
        self.world.app.sign_in_outside(sign_in).await
    }

    /// A session over there becomes one of ours.
    pub async fn enter(&self, session: &str) -> Caller {
        match self.exchange(&self.token(session), None).await.unwrap() {
            OutsideSignedIn::Opened(opened) => {
                self.world.app.identify_session(opened.token.expose()).await.unwrap()
            }
            OutsideSignedIn::Renewed(..) => panic!("there was nothing to renew"),
        }
    }

    /// Somebody with this address signs up over there and comes here: the user, the session over there, the caller.
    pub async fn newcomer(&self, email: &str) -> (String, String, Caller) {
        let user = self.instance.add_user(email, true, "Ann");
        let session = self.instance.sign_in(&user);
        let caller = self.enter(&session).await;
        (user, session, caller)
    }

    /// A message arrives, signed at this moment.
    pub async fn hear(&self, id: &str, kind: &str, data: &Value) -> Result<(), AppError> {
        let (headers, body) = clerk::Clerk::message(id, self.seconds(), kind, data);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.world.app.hear_outside(&headers, body.as_bytes()).await
    }
}

async fn gate() -> (clerk::Clerk, Server, Arc<dyn Outside>) {
    let instance = clerk::Clerk::new();
    let server = Server::start(instance.routes()).await;
    let config = ClerkConfig {
        publishable_key: clerk::Clerk::publishable_key(&server.address().to_string()),
        secret_key: Some(Secret::new(clerk::SECRET_KEY)),
        webhook_secrets: vec![Secret::new(clerk::WEBHOOK_SECRET)],
        authorized_parties: vec![HERE.into()],
        api_url: Some(server.url()),
        frontend_url: Some(server.url()),
    };
    let outside = Clerk::new(&config, http()).unwrap();
    (instance, server, Arc::new(outside))
}
