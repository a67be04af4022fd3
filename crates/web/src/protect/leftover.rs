//! What is left of a body that was refused is read and thrown away, within limits. A sender who is still sending when the connection
//! closes sees it break off, and never reads why ([RFC 9112, 9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6)).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Version;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};

/// Bytes that are thrown away: a sender of more has to see the connection break off.
const MOST: usize = 64 * 1024 * 1024;
/// How long it may take.
const WITHIN: Duration = Duration::from_secs(30);

/// Answers at once, and goes on reading what is left. HTTP/2 can end one request without the others, so it needs none of this.
pub(crate) async fn throw_away(request: Request, next: Next) -> Response {
    if request.version() >= Version::HTTP_2 || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let lent = Lent(Arc::new(Mutex::new(Some(body))));
    let owner = Lent(Arc::clone(&lent.0));
    let answer = next.run(Request::from_parts(parts, Body::new(lent))).await;
    if let Some(rest) = owner.take_back() {
        let reading = async move {
            let mut rest = Limited::new(rest, MOST);
            while let Some(Ok(_)) = rest.frame().await {}
        };
        // The answer goes out beside it: the connection is read and written at the same time.
        tokio::spawn(tokio::time::timeout(WITHIN, reading));
    }
    answer
}

/// A body that is taken back from whoever did not read it to its end.
struct Lent(Arc<Mutex<Option<Body>>>);

impl Lent {
    /// What was not read.
    fn take_back(self) -> Option<Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lent) = body.as_mut() else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(lent).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            *body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures_util::{StreamExt, stream};
    use tower::ServiceExt;

    use super::*;

    /// Sends ten pieces to a route; its answer, and how many were read in the end.
    async fn read_of_ten(route: axum::routing::MethodRouter) -> (String, usize) {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let pieces = stream::iter(0..10).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(b"piece"))
        });
        let router = Router::new().route("/", route).layer(from_fn(throw_away));
        let request = Request::post("/").body(Body::from_stream(pieces)).unwrap();
        let answer = router.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        (String::from_utf8(answer.to_vec()).unwrap(), read.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_body_arrives_whole_and_one_that_nobody_reads_is_read_to_its_end() {
        assert_eq!(read_of_ten(post(async |body: String| body)).await, ("piece".repeat(10), 10));
        assert_eq!(read_of_ten(post(async || "too large")).await, ("too large".into(), 10));
        let first = post(async |body: Body| {
            let piece = body.into_data_stream().next().await.unwrap().unwrap();
            String::from_utf8(piece.to_vec()).unwrap()
        });
        assert_eq!(read_of_ten(first).await, ("piece".into(), 10));
    }
}
