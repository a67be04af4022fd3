//! Usage events: which style was chosen, and when. They are what is counted to see which styles people like.

use serde::{Deserialize, Serialize};

use crate::ids::AccountId;
use crate::style::StyleId;
use crate::time::Timestamp;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageKind {
    /// A generation was started with the style.
    StyleChosen,
    /// An image of the style was fetched in full resolution.
    ImageFetched,
}

/// One thing somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageEvent {
    /// Who.
    pub account: AccountId,
    /// What.
    pub kind: UsageKind,
    /// With which style.
    pub style: StyleId,
    /// When.
    pub at: Timestamp,
}
