//! Accounts: making, finding and changing them.

use domain::account::{Account, Email, PasswordHash, Role};
use domain::digest::SecretDigest;
use domain::ids::{AccountId, SessionId};
use domain::ports::database::{AccountChange, AccountExport, Accounts, Answer, NewAccount, SignIn};
use domain::retention::{Period, Retention};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::{AccountRow, Row};
use super::{Convex, export};

#[derive(Deserialize)]
struct SignInRow {
    account: AccountRow,
    password: Option<String>,
}

/// Where a change of the retention has come to.
#[derive(Serialize, Deserialize)]
struct Place {
    expires_at: Timestamp,
    place: String,
}

#[derive(Deserialize)]
struct Chosen {
    account: AccountRow,
    next: Option<Place>,
}

impl Accounts for Convex {
    fn create_account(&self, new: NewAccount) -> Answer<'_, Account> {
        let NewAccount { id, email, name, password, now } = new;
        let password = password.as_ref().map(PasswordHash::expose);
        let args = json!({ "id": id, "email": email, "name": name, "password": password, "created_at": now });
        self.carry_out("accounts:create", args, AccountRow::value)
    }

    fn account(&self, account: AccountId) -> Answer<'_, Account> {
        self.ask("accounts:get", json!({ "account": account }), AccountRow::value)
    }

    fn find_for_sign_in(&self, email: Email) -> Answer<'_, Option<SignIn>> {
        self.ask("accounts:forSignIn", json!({ "email": email }), |found: Option<SignInRow>| {
            let sign_in = |SignInRow { account, password }| {
                Ok(SignIn { account: account.value()?, password: password.map(PasswordHash::new) })
            };
            found.map(sign_in).transpose()
        })
    }

    fn change_account(&self, account: AccountId, change: AccountChange) -> Answer<'_, Account> {
        let args = json!({ "account": account, "email": change.email, "name": change.name });
        self.carry_out("accounts:change", args, AccountRow::value)
    }

    fn set_role(&self, account: AccountId, role: Role) -> Answer<'_, Account> {
        self.carry_out("accounts:setRole", json!({ "account": account, "role": role }), AccountRow::value)
    }

    fn set_password(
        &self,
        account: AccountId,
        password: PasswordHash,
        keep: Option<SessionId>,
    ) -> Answer<'_, ()> {
        let args = json!({ "account": account, "password": password.expose(), "keep": keep });
        self.do_it("accounts:setPassword", args)
    }

    fn offer_reset(&self, account: AccountId, secret: SecretDigest, expires_at: Timestamp) -> Answer<'_, ()> {
        let args = json!({ "account": account, "secret": secret.expose(), "expires_at": expires_at });
        self.do_it("accounts:offerReset", args)
    }

    fn use_reset(
        &self,
        secret: SecretDigest,
        password: PasswordHash,
        now: Timestamp,
    ) -> Answer<'_, AccountId> {
        let args = json!({ "secret": secret.expose(), "password": password.expose(), "now": now });
        self.carry_out("accounts:useReset", args, Ok)
    }

    fn choose_retention(
        &self,
        account: AccountId,
        choice: Option<Period>,
        rules: Retention,
        now: Timestamp,
    ) -> Answer<'_, Account> {
        let photo_span = rules.upload_expires(choice, Timestamp::EPOCH);
        let image_span = rules.result_expires(choice, Timestamp::EPOCH);
        Box::pin(async move {
            let mut after: Option<Place> = None;
            loop {
                let args = json!({
                    "account": account, "choice": choice, "photo_span": photo_span, "image_span": image_span,
                    "now": now, "after": after,
                });
                let chosen: Chosen = self.caller.mutation("accounts:chooseRetention", args).await?;
                after = chosen.next;
                if after.is_none() {
                    return chosen.account.value();
                }
            }
        })
    }

    fn export_account(&self, account: AccountId) -> Answer<'_, AccountExport> {
        export::export(self, account)
    }
}
