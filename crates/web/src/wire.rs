//! Small things as they are written on the wire.

use std::borrow::Cow;

use domain::page::Page;
use domain::style::thumbnail::{Layout, Typeface};
use domain::thumbnail::Difference;
use domain::time::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::extract::Cursor;

/// A moment, in [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) and UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Time(at)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment, in UTC."))
            .examples(["2026-11-24T09:30:00.000Z"])
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Time")
    }
}

/// The schema of an id of any kind: a ULID in lower case. The ids themselves are domain's.
pub(crate) struct Id;

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-7][0-9a-hjkmnp-tv-z]{25}$"))
            .description(Some("An id: 26 lower-case letters and digits that sort by the time it was made."))
            .examples(["01kav9m3fq8r6v5t2x7y1z0w4c"])
            .into()
    }
}

impl ToSchema for Id {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}

/// The schema of a colour.
pub(crate) struct ColourText;

impl PartialSchema for ColourText {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^#[0-9a-fA-F]{6}$"))
            .description(Some("A colour, as #rrggbb."))
            .examples(["#1f3a5f"])
            .into()
    }
}

impl ToSchema for ColourText {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Colour")
    }
}

/// The schema of a layout's name.
pub(crate) struct LayoutName;

impl PartialSchema for LayoutName {
    fn schema() -> RefOr<Schema> {
        names(&Layout::ALL, "Where person and title stand on a thumbnail.")
    }
}

impl ToSchema for LayoutName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Layout")
    }
}

/// The schema of a test's name.
pub(crate) struct DifferenceName;

impl PartialSchema for DifferenceName {
    fn schema() -> RefOr<Schema> {
        names(&Difference::ALL, "The one thing by which the thumbnails of a test differ.")
    }
}

impl ToSchema for DifferenceName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Difference")
    }
}

/// The schema of a typeface's name.
pub(crate) struct FontName;

impl PartialSchema for FontName {
    fn schema() -> RefOr<Schema> {
        names(&Typeface::ALL, "A typeface that comes with the engine.")
    }
}

impl ToSchema for FontName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Font")
    }
}

/// A string that is one of these names.
fn names<T: Serialize>(all: &[T], description: &str) -> RefOr<Schema> {
    let names = all.iter().filter_map(|one| serde_json::to_value(one).ok());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names.collect::<Vec<_>>()))
        .description(Some(description))
        .into()
}

/// Pixels.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Size)]
pub(crate) struct SizeView {
    width: u32,
    height: u32,
}

impl From<domain::Size> for SizeView {
    fn from(size: domain::Size) -> Self {
        SizeView { width: size.width, height: size.height }
    }
}

/// One page of a list, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageView<T> {
    /// The items.
    items: Vec<T>,
    /// What `after` has to be for the next page; `null` on the last.
    next: Option<String>,
}

impl<T> PageView<T> {
    /// A page of what the use cases answered.
    pub(crate) fn of<D, C: Cursor>(page: Page<D, C>, view: impl FnMut(D) -> T) -> Self {
        PageView {
            items: page.items.into_iter().map(view).collect(),
            next: page.next.as_ref().map(Cursor::write),
        }
    }
}

/// A whole list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = List)]
pub(crate) struct ListView<T> {
    /// The items.
    pub(crate) items: Vec<T>,
}

impl<T> FromIterator<T> for ListView<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        ListView { items: items.into_iter().collect() }
    }
}
