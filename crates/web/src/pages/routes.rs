//! The pages' routes, kept as a list beside the router: a test asks every one of them as everybody.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{get, post};

use crate::state::Shared;

/// The routes, as they are added.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Shared>,
    list: Vec<(&'static str, &'static str)>,
}

impl Routes {
    /// A page to read.
    pub(crate) fn get<H: Handler<T, Shared>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.list.push(("GET", path));
        Routes { router: self.router.route(path, get(handler)), list: self.list }
    }

    /// A form to send.
    pub(crate) fn post<H: Handler<T, Shared>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.list.push(("POST", path));
        Routes { router: self.router.route(path, post(handler)), list: self.list }
    }

    /// Those of another file as well.
    pub(crate) fn and(mut self, other: Routes) -> Self {
        self.list.extend(other.list);
        Routes { router: self.router.merge(other.router), list: self.list }
    }

    pub(crate) fn router(self) -> Router<Shared> {
        self.router
    }

    pub(crate) fn list(self) -> Vec<(&'static str, &'static str)> {
        self.list
    }
}
