//! The switch that makes a stand-in fail: for the next requests, for all of them, or by chance.
//!
//! Chance is drawn from a seed, so that a run can be had again. What a vendor's error looks like is the vendor's file's matter: it
//! gives whole answers for [`Fault::Answer`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

/// The largest request that is read to its end before it is answered with a fault.
const LARGEST: usize = 1 << 30;
/// What comes in place of the vendor's answer when it is garbage.
const GARBAGE: &[u8] = b"<html><head><title>It works!</title></head>\xff\xfe\0 {\"candidates\": [";

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This comes instead of an answer, and nothing was done.
    Answer {
        /// The status.
        status: StatusCode,
        /// Headers such as `Retry-After`.
        headers: HeaderMap,
        /// The body, in the vendor's shape.
        body: Bytes,
    },
    /// It is done and answered, but only after so long.
    Slow(Duration),
    /// Nothing is done and no answer ever comes.
    Hang,
    /// It is done, but the connection breaks before a word of the answer.
    Lost,
    /// It is done, but the connection breaks in the middle of the answer.
    Cut,
    /// Nothing is done, and the answer is no such thing as the vendor sends.
    Garbage,
    /// Nothing is done, and the answer has so many bytes, without saying so before.
    Huge(u64),
}

impl Fault {
    /// An error with a JSON body.
    pub fn status(status: u16, body: impl Into<Bytes>) -> Fault {
        let status = StatusCode::from_u16(status).unwrap();
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Fault::Answer { status, headers, body: body.into() }
    }

    /// The same with one more header, such as `Retry-After`.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Fault {
        let Fault::Answer { status, mut headers, body } = self else { return self };
        headers
            .insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        Fault::Answer { status, headers, body }
    }
}

/// Faults by chance.
#[derive(Clone, Debug)]
pub struct Mix {
    /// How many of 1,000 requests are disturbed.
    pub per_mille: u64,
    /// By what: each as likely as another.
    pub faults: Vec<Fault>,
    /// From what the chance is drawn.
    pub seed: u64,
}

/// Decides about each request by what it says: its method and its path.
pub type Oracle = Arc<dyn Fn(&str, &str) -> Option<Fault> + Send + Sync>;

/// The switch. Clones are the same one.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    next: VecDeque<Option<Fault>>,
    oracle: Option<Oracle>,
    always: Option<Fault>,
    mix: Option<Mix>,
    disturbed: u64,
}

impl Faults {
    /// The next requests fail so, one each, before anything else is asked; `None` lets one pass.
    pub fn next(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.0.lock().unwrap().next.extend(faults);
    }

    /// The next request fails so.
    pub fn once(&self, fault: Fault) {
        self.next([Some(fault)]);
    }

    /// Whatever the rule gives a fault for fails so, until [`Faults::clear`]: `rule(method, path)`.
    pub fn by(&self, rule: impl Fn(&str, &str) -> Option<Fault> + Send + Sync + 'static) {
        self.0.lock().unwrap().oracle = Some(Arc::new(rule));
    }

    /// Every request fails so, until [`Faults::clear`].
    pub fn always(&self, fault: Fault) {
        self.0.lock().unwrap().always = Some(fault);
    }

    /// Requests fail by chance, until [`Faults::clear`].
    pub fn mix(&self, mix: Mix) {
        self.0.lock().unwrap().mix = Some(mix);
    }

    /// Nothing fails any more.
    pub fn clear(&self) {
        let mut plan = self.0.lock().unwrap();
        *plan = Plan { disturbed: plan.disturbed, ..Plan::default() };
    }

    /// How many requests were disturbed so far.
    pub fn disturbed(&self) -> u64 {
        self.0.lock().unwrap().disturbed
    }

    fn draw(&self, method: &str, path: &str) -> Option<Fault> {
        let mut plan = self.0.lock().unwrap();
        let fault = match plan.next.pop_front() {
            Some(fault) => fault,
            None => {
                let ruled = plan.oracle.clone().and_then(|oracle| oracle(method, path));
                ruled.or_else(|| plan.always.clone()).or_else(|| plan.mix.as_mut().and_then(Mix::draw))
            }
        };
        plan.disturbed += u64::from(fault.is_some());
        fault
    }

    /// The layer in front of a stand-in's routes.
    pub(crate) async fn disturb(State(faults): State<Faults>, request: Request, next: Next) -> Response {
        let Some(fault) = faults.draw(request.method().as_str(), request.uri().path()) else {
            return next.run(request).await;
        };
        match fault {
            // An answer to HEAD has no body in which it could break, so the server fails after it is done.
            Fault::Lost | Fault::Cut if request.method() == Method::HEAD => {
                next.run(request).await;
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Fault::Slow(span) => {
                tokio::time::sleep(span).await;
                next.run(request).await
            }
            Fault::Lost => {
                let (_, body) = next.run(request).await.into_parts();
                drop(to_bytes(body, LARGEST).await);
                // A body that breaks before its first byte takes the head with it.
                broken(HeaderMap::new(), Bytes::new())
            }
            Fault::Cut => {
                let (head, body) = next.run(request).await.into_parts();
                let whole = to_bytes(body, LARGEST).await.unwrap();
                let mut headers = head.headers;
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
                let mut half = broken(headers, whole.slice(..whole.len() / 2));
                *half.status_mut() = head.status;
                half
            }
            Fault::Hang => {
                drop(read(request).await);
                std::future::pending().await
            }
            Fault::Answer { status, headers, body } => {
                drop(read(request).await);
                (status, headers, body).into_response()
            }
            Fault::Garbage => {
                drop(read(request).await);
                ([(header::CONTENT_TYPE, "application/json")], GARBAGE).into_response()
            }
            Fault::Huge(bytes) => {
                drop(read(request).await);
                ([(header::CONTENT_TYPE, "application/json")], huge(bytes)).into_response()
            }
        }
    }
}

impl Mix {
    fn draw(&mut self) -> Option<Fault> {
        if random(&mut self.seed) % 1000 >= self.per_mille || self.faults.is_empty() {
            return None;
        }
        let which = random(&mut self.seed) % self.faults.len() as u64;
        Some(self.faults[which as usize].clone())
    }
}

/// [SplitMix64](https://prng.di.unimi.it/splitmix64.c).
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Reads a request to its end, as a vendor does before it complains: its caller is not cut off while it speaks.
async fn read(request: Request) -> Option<Bytes> {
    to_bytes(request.into_body(), LARGEST).await.ok()
}

/// An answer that breaks off after these bytes.
fn broken(headers: HeaderMap, bytes: Bytes) -> Response {
    let some = !bytes.is_empty();
    let start = stream::iter(some.then_some(Ok(bytes)));
    let end = stream::once(async move {
        // The first part has to leave before the connection breaks, or nothing of it arrives.
        if some {
            tokio::task::yield_now().await;
        }
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    (headers, Body::from_stream(start.chain(end))).into_response()
}

/// So many bytes, a part at a time.
fn huge(bytes: u64) -> Body {
    const PART: u64 = 1 << 16;
    let part = Bytes::from(vec![b' '; PART as usize]);
    let parts = (0..bytes.div_ceil(PART)).map(move |n| {
        let left = (bytes - n * PART).min(PART) as usize;
        Ok::<_, std::io::Error>(part.slice(..left))
    });
    Body::from_stream(stream::iter(parts))
}
