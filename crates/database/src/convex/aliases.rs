//! Aliases, the arrival of people who are vouched for, farewells, and notes of what counts once.

use domain::account::Account;
use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ids::{AccountId, ErasureId};
use domain::once::OnceKey;
use domain::ports::database::{Aliases, Answer, Arrival, Arrived, Welcome};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Convex;
use super::wire::{AccountRow, AliasRow, Row, all};

#[derive(Deserialize)]
struct ArrivedRow {
    account: AccountRow,
    how: WelcomeName,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WelcomeName {
    Known,
    Moved,
    New,
}

impl Aliases for Convex {
    fn take_in(&self, arrival: Arrival) -> Answer<'_, Arrived> {
        let Arrival { alias, verified_email, name, as_of, new, unless, now } = arrival;
        let args = json!({
            "alias": alias, "verified_email": verified_email, "name": name, "as_of": as_of,
            "new_account": new, "unless": unless.digest(), "now": now,
        });
        self.carry_out("aliases:takeIn", args, |row: ArrivedRow| {
            let how = match row.how {
                WelcomeName::Known => Welcome::Known,
                WelcomeName::Moved => Welcome::Moved,
                WelcomeName::New => Welcome::New,
            };
            Ok(Arrived { account: row.account.value()?, how })
        })
    }

    fn find_alias(&self, alias: Alias) -> Answer<'_, Option<Account>> {
        self.ask("aliases:findAccount", json!(alias), |found: Option<AccountRow>| {
            found.map(Row::value).transpose()
        })
    }

    fn alias(&self, account: AccountId, service: SubprocessorId) -> Answer<'_, Option<Alias>> {
        let args = json!({ "account": account, "service": service });
        self.ask("aliases:get", args, |found: Option<AliasRow>| found.map(Row::value).transpose())
    }

    fn set_alias(&self, account: AccountId, alias: Alias, now: Timestamp) -> Answer<'_, ()> {
        self.do_it("aliases:set", json!({ "account": account, "alias": alias, "now": now }))
    }

    fn drop_alias(&self, alias: Alias) -> Answer<'_, ()> {
        self.do_it("aliases:drop", json!(alias))
    }

    fn farewells(&self, erasure: ErasureId) -> Answer<'_, Vec<Alias>> {
        self.ask("aliases:farewells", json!({ "erasure": erasure }), all::<AliasRow>)
    }

    fn confirm_farewell(&self, alias: Alias) -> Answer<'_, ()> {
        self.do_it("aliases:confirmFarewell", json!(alias))
    }

    fn note_once(&self, key: OnceKey, now: Timestamp, until: Timestamp) -> Answer<'_, bool> {
        self.carry_out("aliases:noteOnce", json!({ "key": key.digest(), "now": now, "until": until }), Ok)
    }

    fn is_noted(&self, key: OnceKey, now: Timestamp) -> Answer<'_, bool> {
        self.ask("aliases:isNoted", json!({ "key": key.digest(), "now": now }), Ok)
    }
}
