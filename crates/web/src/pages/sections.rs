//! Sections: a part of the studio with several pages, and the list that leads from one to the other.

/// A page among its siblings.
pub(crate) struct Section {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
}
