//! Which page of a list is asked for. A cursor is opaque: the `next` of the page before.

use app::DeliveryCursor;
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::image::ImageId;
use domain::page::PageRequest;
use domain::time::Timestamp;
use domain::webhook::EventId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;

/// How many items a page has when nobody says.
const USUAL: u32 = 50;

/// The query of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The `next` of the page before; the first page without.
    #[param(max_length = 200)]
    after: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl PageQuery {
    /// The same for the use cases.
    pub(crate) fn request<C: Cursor>(&self) -> Result<PageRequest<C>, Problem> {
        page_request(self.after.as_deref(), self.limit)
    }
}

/// A page by cursor and limit.
pub(crate) fn page_request<C: Cursor>(
    after: Option<&str>,
    limit: Option<u32>,
) -> Result<PageRequest<C>, Problem> {
    let limit = limit.unwrap_or(USUAL);
    if !(1..=PageRequest::<C>::MAX).contains(&limit) {
        let most = PageRequest::<C>::MAX;
        return Err(Problem::bad_parameter("limit", format!("ask for 1 to {most} items")));
    }
    let read = |text| {
        // What reads as a place and is written otherwise is none of ours.
        let place: Option<C> = C::read(text).filter(|place| place.write() == text);
        place.ok_or_else(|| Problem::bad_parameter("after", "use the `next` of the page before as it is"))
    };
    Ok(PageRequest { after: after.map(read).transpose()?, limit })
}

/// A place in a list, as text.
pub(crate) trait Cursor: Sized {
    /// The text that stands for it.
    fn write(&self) -> String;
    /// Reads it back.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! cursors {
    ($($type:ty)*) => { $(
        impl Cursor for $type {
            fn write(&self) -> String {
                self.to_string()
            }

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )* };
}

cursors! { AccountId GenerationId PhotoId }

impl Cursor for u64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        // A database that counts with a sign can't have come further.
        text.parse().ok().filter(|&place| i64::try_from(place).is_ok())
    }
}

impl Cursor for ImageId {
    fn write(&self) -> String {
        format!("{}-{}", self.generation, self.number)
    }

    fn read(text: &str) -> Option<Self> {
        let (generation, number) = text.split_once('-')?;
        Some(ImageId { generation: generation.parse().ok()?, number: number.parse().ok()? })
    }
}

impl Cursor for DeliveryCursor {
    fn write(&self) -> String {
        format!("{}~{}~{}", self.0.millis(), self.2, self.1.as_str())
    }

    fn read(text: &str) -> Option<Self> {
        let (millis, rest) = text.split_once('~')?;
        let (endpoint, event) = rest.split_once('~')?;
        let at = Timestamp::from_millis(millis.parse().ok()?);
        let plain = event.len() <= 100 && event.bytes().all(|b| b.is_ascii_graphic());
        plain.then_some((at, EventId::stored(event.to_owned()), endpoint.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::EndpointId;

    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_millis(1_764_000_000_000)
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let generation = GenerationId::new(at(), [3; 10]);
        let image = ImageId { generation, number: 7 };
        assert_eq!(ImageId::read(&image.write()), Some(image));
        assert_eq!(GenerationId::read(&generation.write()), Some(generation));
        assert_eq!(u64::read(&41u64.write()), Some(41));
        let delivery: DeliveryCursor = (at(), EventId::ended(generation), EndpointId::new(at(), [4; 10]));
        assert_eq!(DeliveryCursor::read(&delivery.write()), Some(delivery));
    }

    #[test]
    fn anything_else_is_a_problem_that_names_the_parameter() {
        let after = page_request::<u64>(Some("18446744073709551615"), None).unwrap_err();
        assert_eq!(serde_json::to_value(after).unwrap()["field"], "after");
        let zeros = "0".repeat(201);
        assert!(page_request::<u64>(Some(&zeros), None).is_err(), "a number has one spelling");
        for limit in [0, 201] {
            let wrong = page_request::<PhotoId>(None, Some(limit)).unwrap_err();
            assert_eq!(serde_json::to_value(wrong).unwrap()["field"], "limit");
        }
        assert_eq!(page_request::<PhotoId>(None, None).unwrap(), PageRequest::first(50));
    }
}
