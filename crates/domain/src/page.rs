//! Pages of a list, newest first. A page begins after the last item of the one before, not after a number of
//! items, so that it costs the same at any depth and shifts by nothing that is added meanwhile.

use serde::Serialize;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest<C> {
    /// The cursor of the page before; `None` for the first page.
    pub after: Option<C>,
    /// How many items at most, 1 to [`PageRequest::MAX`]; what lies outside becomes the nearest.
    pub limit: u32,
}

impl<C> PageRequest<C> {
    /// The most items of one page.
    pub const MAX: u32 = 200;

    /// The first page.
    pub const fn first(limit: u32) -> Self {
        PageRequest { after: None, limit }
    }

    /// The page after a cursor.
    pub const fn after(cursor: C, limit: u32) -> Self {
        PageRequest { after: Some(cursor), limit }
    }

    /// The limit, within its range.
    pub fn limit(&self) -> u32 {
        self.limit.clamp(1, Self::MAX)
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T, C> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// A page from up to one item more than `limit`: the one more shows that there is a next page, and is dropped.
    pub fn cut(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> C) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Page { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor() {
        let page = Page::cut(vec![9, 8, 7], 2, |&n| n);
        assert_eq!((page.items, page.next), (vec![9, 8], Some(8)));
        assert_eq!(Page::cut(vec![9, 8], 2, |&n| n).next, None);
        assert_eq!(PageRequest::<u8>::first(0).limit(), 1);
        assert_eq!(PageRequest::<u8>::first(9999).limit(), 200);
    }
}
