//! Counters that slow guessing down.

use domain::ports::database::{Answer, Throttles};
use domain::throttle::{ThrottleKey, ThrottleRule, Throttled};
use domain::time::Timestamp;
use serde_json::json;

use super::Convex;

impl Throttles for Convex {
    fn count_try(&self, key: ThrottleKey, rule: ThrottleRule, now: Timestamp) -> Answer<'_, Throttled> {
        let window = u64::try_from(rule.window.as_millis()).unwrap_or(Timestamp::MAX.millis());
        let args = json!({ "key": key.0, "tries": rule.tries, "window": window, "now": now });
        self.carry_out("throttles:count", args, |until: Option<Timestamp>| {
            Ok(until.map_or(Throttled::No, Throttled::Until))
        })
    }

    fn clear_tries(&self, key: ThrottleKey) -> Answer<'_, ()> {
        self.do_it("throttles:clear", json!({ "key": key.0 }))
    }
}
