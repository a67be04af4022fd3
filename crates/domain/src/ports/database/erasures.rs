//! Erasing an account, in two steps that can be taken up again: the rows at once, the objects until they are gone.

use super::Answer;
use crate::erasure::Erasure;
use crate::ids::{AccountId, ErasureId};
use crate::time::Timestamp;

/// The verbs of erasure.
pub trait Erasures: Send + Sync {
    /// Deletes every row about an account. Its objects become pending deletions of the erasure, its aliases farewells;
    /// purchases and payments stay without a word of whose they were. With the same erasure again it gives that erasure back.
    ///
    /// # Errors
    /// `Conflict(LastAdmin)` while there are other accounts.
    fn erase_account(&self, account: AccountId, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure>;

    /// Closes an erasure whose objects are all gone and whose farewells are said: it forgets the account, and what stays is the receipt. Again it
    /// changes nothing.
    ///
    /// # Errors
    /// `Conflict(ObjectsRemain)`.
    fn complete_erasure(&self, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure>;

    /// One erasure.
    fn erasure(&self, erasure: ErasureId) -> Answer<'_, Erasure>;

    /// Where a text still stands, as an account's id or address: the names of the tables that hold it in any column. It reads
    /// everything; after an erasure is complete, empty is the only good answer.
    fn search_everywhere(&self, text: String) -> Answer<'_, Vec<String>>;

    /// The erasures that are not complete, oldest first: to be taken up again after a restart.
    fn open_erasures(&self) -> Answer<'_, Vec<Erasure>>;
}
