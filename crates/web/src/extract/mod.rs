//! What a route takes from a request, checked on the way in. Whatever can't be read is a [`Problem`](crate::Problem) that
//! says where.

mod body;
mod identity;
mod page;
mod parameters;
mod range;
mod raw;

pub(crate) use body::Json;
pub(crate) use identity::{Client, Identity, MaybeSigned, Signed, bearer, identify, session_token};
pub(crate) use page::{Cursor, PageQuery, page_request};
pub(crate) use parameters::{Path, Query, RawQuery};
pub(crate) use range::Range;
pub(crate) use raw::{raw_body, text_headers};
