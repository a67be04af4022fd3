//! A form as a browser sends it, and what is wrong with it: shown again with the words at the field, as it was filled in.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use domain::secret::Secret;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Problem;
use crate::state::Shared;

/// The fields of a form, in the order in which they stand. It may hold a password, so it has no `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The fields of a query or a body.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Form(form_urlencoded::parse(text).into_owned().collect())
    }
}

impl From<Vec<(String, String)>> for Form {
    fn from(fields: Vec<(String, String)>) -> Self {
        Form(fields)
    }
}

impl FromRequest<Shared> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let empty = kind.is_empty() && http_body::Body::size_hint(request.body()).exact() == Some(0);
        if !empty && !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Problem::new("wrong-media-type", "send the fields of the form"));
        }
        let limit = web.settings.limits.json_bytes;
        let body = Limited::new(request.into_body(), limit).collect().await.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                Problem::new("too-large", format!("a form has at most {limit} bytes"))
            } else {
                Problem::new("upload-broken", "the form broke off before its end: send it again")
            }
        })?;
        Ok(Form::parse(&body.to_bytes()))
    }
}

impl Form {
    /// What was sent under a name; empty when nothing was.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// What was filled in under a name, if anything was.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A password.
    pub(crate) fn secret(&self, name: &str) -> Secret {
        Secret::new(self.text(name).to_owned())
    }
}

/// Problems that speak of one field by their kind.
const FIELDS: &[(&str, &str)] = &[
    ("email-taken", "email"),
    ("invalid-email", "email"),
    ("password-refused", "password"),
    ("url-refused", "url"),
];

/// What is wrong with a form that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mistakes {
    /// What is not the fault of one field.
    pub(crate) whole: Option<String>,
    fields: BTreeMap<String, String>,
}

impl Mistakes {
    /// Something about the whole form.
    pub(crate) fn whole(text: &str) -> Self {
        Mistakes { whole: Some(text.to_owned()), ..Mistakes::default() }
    }

    /// Something about one field.
    pub(crate) fn at(field: &str, text: &str) -> Self {
        Mistakes { whole: None, fields: BTreeMap::from([(field.to_owned(), text.to_owned())]) }
    }

    /// What a problem says, at the field that it names or speaks of; else about the whole.
    pub(crate) fn of(problem: &Problem) -> Self {
        let text = &sentence(problem.detail());
        let spoken_of = FIELDS.iter().find(|(kind, _)| *kind == problem.name()).map(|&(_, field)| field);
        match problem.field().or(spoken_of) {
            Some(field) => Mistakes::at(field, text),
            None => Mistakes::whole(text),
        }
    }

    /// What is wrong with a field; empty when nothing is.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_none() && self.fields.is_empty()
    }
}

/// Our errors are parts of a sentence: a page begins with a capital and ends with a stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut text: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_stands_at_its_field() {
        let wrong = Mistakes::of(&Problem::invalid("name", "it is too long"));
        assert_eq!((wrong.field("name"), wrong.field("email"), &wrong.whole), ("It is too long.", "", &None));
        assert_ne!(Mistakes::of(&Problem::new("email-taken", "taken")).field("email"), "");
        let wrong = Mistakes::of(&Problem::new("busy", "try again"));
        assert_eq!((wrong.whole.as_deref(), wrong.field("email")), (Some("Try again."), ""));
        assert!(Mistakes::default().is_empty());
    }
}
