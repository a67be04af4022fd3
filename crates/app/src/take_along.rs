//! Take along: the archive of everything about a person, made in the background, kept for a day, and fetched when they like.
//!
//! The archive itself is the only record of it, in the storage, where every node sees it. While it is made an empty object lies
//! in its place, which ends by itself should the node that makes it be killed.
//!
//! It holds copies, so it ends with the first thing in it that ends: by its time, by its owner, or with the account.

use std::time::Duration;

use domain::ids::AccountId;
use domain::object_key::ObjectKey;
use domain::ports::database::{DatabaseError, Noun};
use domain::ports::objects::{Body, ByteRange, MediaType, NewObject, Object, ObjectsError};
use domain::retention::Period;
use domain::time::Timestamp;
use futures_util::stream;

use crate::{App, AppError, Caller, Delivery, Export};

/// How long an archive is said to be made when nothing more is heard of it.
const MADE_WITHIN: Duration = Duration::from_secs(15 * 60);
/// What its file is called.
const FILE_NAME: &str = "covershots-account.zip";

/// How the archive of an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// There is none.
    Nothing,
    /// It is being made.
    Making {
        /// Since when.
        since: Timestamp,
    },
    /// It may be fetched.
    Ready {
        /// Its length.
        bytes: u64,
        /// When it was made.
        made_at: Timestamp,
        /// From when on it is gone.
        expires_at: Timestamp,
    },
}

impl App {
    /// How the caller's archive stands.
    ///
    /// # Errors
    /// `SessionNeeded`, `Storage`, `Unavailable`.
    pub async fn gathered(&self, caller: &Caller) -> Result<Gathered, AppError> {
        caller.session()?;
        match self.objects().head(ObjectKey::Archive(caller.id()), self.now()).await {
            Ok(object) => Ok(state(&object)),
            Err(ObjectsError::NotFound(_) | ObjectsError::Expired { .. }) => Ok(Gathered::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Says that the caller's archive is about to be made, in place of an earlier one. `false` when one is being made already.
    ///
    /// # Errors
    /// `SessionNeeded`, `Storage`, `Unavailable`.
    pub async fn begin_gathering(&self, caller: &Caller) -> Result<bool, AppError> {
        if let Gathered::Making { .. } = self.gathered(caller).await? {
            return Ok(false);
        }
        let until = self.now() + MADE_WITHIN;
        let mark =
            NewObject { max_bytes: 0, expected_bytes: Some(0), ..self.new_archive(caller.id(), until) };
        self.objects().put(mark, Box::pin(stream::empty())).await?;
        Ok(true)
    }

    /// Makes the caller's archive, after [`App::begin_gathering`], and says how it stands then. `pack` writes what is in it as a
    /// ZIP. If something in it was deleted meanwhile there is none, and it may be asked for again.
    ///
    /// # Errors
    /// `SessionNeeded`, `Storage`, `Unavailable`; then there is none either.
    pub async fn gather<'a>(
        &'a self,
        caller: &Caller,
        pack: impl FnOnce(Export<'a>) -> Body<'a>,
    ) -> Result<Gathered, AppError> {
        let gathered = self.try_to_gather(caller, pack).await;
        if !matches!(gathered, Ok(Gathered::Ready { .. })) {
            self.objects().delete(ObjectKey::Archive(caller.id())).await?;
        }
        gathered
    }

    async fn try_to_gather<'a>(
        &'a self,
        caller: &Caller,
        pack: impl FnOnce(Export<'a>) -> Body<'a>,
    ) -> Result<Gathered, AppError> {
        let export = self.export(caller).await?;
        let (holds, until) = (export.keys(), self.now() + Period::ARCHIVE.duration());
        let until = export.first_end().map_or(until, |end| end.min(until));
        let new = self.new_archive(caller.id(), until);
        let object = self.objects().put(new, pack(export)).await?;
        // What was deleted while it was copied is not to live on in the copy.
        let is_whole = match self.database().account(caller.id()).await {
            Ok(_) => self.orphans(holds).await?.is_empty(),
            Err(DatabaseError::NotFound(_)) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(if is_whole { state(&object) } else { Gathered::Nothing })
    }

    /// Hands the caller's archive over, or a range of its bytes.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotFound(Archive)` while there is none, `Upload(Range)`, `Storage`.
    pub async fn hand_over_archive(
        &self,
        caller: &Caller,
        range: Option<ByteRange>,
    ) -> Result<Delivery, AppError> {
        let Gathered::Ready { expires_at, .. } = self.gathered(caller).await? else {
            return Err(AppError::NotFound(Noun::Archive));
        };
        let key = ObjectKey::Archive(caller.id());
        self.hand_over(key, Some(expires_at), Some(FILE_NAME.to_owned()), range).await
    }

    /// Deletes an account's archive, of which something was deleted just now. Should the storage not answer, it ends within a
    /// day by itself; what was asked for is done nevertheless.
    pub(crate) async fn forget_archive(&self, account: AccountId) {
        if let Err(error) = self.objects().delete(ObjectKey::Archive(account)).await {
            tracing::warn!(%account, %error, "an archive with something in it that was deleted is still there");
        }
    }

    fn new_archive(&self, account: AccountId, until: Timestamp) -> NewObject {
        NewObject {
            key: ObjectKey::Archive(account),
            media_type: MediaType::ZIP,
            max_bytes: u64::MAX,
            expected_bytes: None,
            expected: None,
            created_at: self.now(),
            expires_at: Some(until),
        }
    }
}

/// An empty object says that the archive is being made: not even an empty ZIP is empty.
fn state(object: &Object) -> Gathered {
    match object.expires_at {
        Some(expires_at) if object.bytes > 0 => {
            Gathered::Ready { bytes: object.bytes, made_at: object.created_at, expires_at }
        }
        _ => Gathered::Making { since: object.created_at },
    }
}
