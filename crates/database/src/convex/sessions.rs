//! Sessions of signed-in browsers.

use domain::account::Account;
use domain::digest::SecretDigest;
use domain::ids::{AccountId, SessionId};
use domain::ports::database::{Answer, Sessions};
use domain::session::Session;
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Convex;
use super::wire::{AccountRow, Row, SessionRow, all};

#[derive(Deserialize)]
struct Found {
    session: SessionRow,
    account: AccountRow,
}

#[derive(Deserialize)]
struct Ended {
    ended: u64,
    more: bool,
}

impl Sessions for Convex {
    fn open_session(&self, session: Session, secret: SecretDigest) -> Answer<'_, Session> {
        let Session { id, account, device, created_at, used_at, expires_at, sign_in } = session;
        let args = json!({
            "id": id, "account": account, "secret": secret.expose(), "device": device,
            "created_at": created_at, "used_at": used_at, "expires_at": expires_at, "sign_in": sign_in,
        });
        self.carry_out("sessions:open", args, SessionRow::value)
    }

    fn find_session(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(Session, Account)>> {
        let args = json!({ "secret": secret.expose(), "now": now });
        self.ask("sessions:get", args, |found: Option<Found>| {
            found.map(|found| Ok((found.session.value()?, found.account.value()?))).transpose()
        })
    }

    fn touch_session(&self, session: SessionId, now: Timestamp, expires_at: Timestamp) -> Answer<'_, ()> {
        self.do_it("sessions:touch", json!({ "session": session, "now": now, "expires_at": expires_at }))
    }

    fn list_sessions(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<Session>> {
        self.ask("sessions:list", json!({ "account": account, "now": now }), all::<SessionRow>)
    }

    fn end_session(&self, account: AccountId, session: SessionId) -> Answer<'_, ()> {
        self.do_it("sessions:end", json!({ "account": account, "session": session }))
    }

    fn end_sessions(&self, account: AccountId, keep: Option<SessionId>) -> Answer<'_, u64> {
        self.carry_out("sessions:endAll", json!({ "account": account, "keep": keep }), Ok)
    }

    fn end_sign_in(&self, sign_in: String) -> Answer<'_, u64> {
        Box::pin(async move {
            let mut ended = 0;
            loop {
                let args = json!({ "sign_in": sign_in });
                let batch: Ended = self.caller.mutation("sessions:endSignIn", args).await?;
                ended += batch.ended;
                if !batch.more {
                    return Ok(ended);
                }
            }
        })
    }
}
