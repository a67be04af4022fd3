//! Vouched for: somebody else's word becomes a session of ours once, ends with what it stands on, and moves nobody's account to
//! somebody else.

use std::time::Duration;

use app::*;
use domain::ports::database::Conflict;
use domain::ports::identity::Tokens;
use domain::secret::Secret;
use domain::time::DAY;
use serde_json::json;
use standins::Fault;

use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);

fn refused<T>(result: Result<T, AppError>) -> bool {
    matches!(result, Err(AppError::SignInRefused))
}

#[tokio::test]
async fn a_word_is_taken_once() {
    let gate = Gate::new().await;
    let user = gate.instance.add_user("ann@example.org", true, "Ann");
    let session = gate.instance.sign_in(&user);
    let token = gate.token(&session);
    let Ok(OutsideSignedIn::Opened(opened)) = gate.exchange(&token, None).await else { panic!("it is good") };
    assert_eq!((opened.account.email.as_str(), opened.account.name.as_str()), ("ann@example.org", "Ann"));
    let ann = gate.world.app.identify_session(opened.token.expose()).await.unwrap();
    assert_eq!(gate.world.balance(&ann).await, 100, "welcomed as everybody is");
    for _ in 0..3 {
        assert!(refused(gate.exchange(&token, None).await), "another browser shows it again");
    }
    let again = gate.exchange(&token, Some(ann.clone())).await;
    assert!(matches!(again, Ok(OutsideSignedIn::Renewed(..))), "the same browser is in already");
    let (_, _, ben) = gate.newcomer("ben@example.org").await;
    assert!(refused(gate.exchange(&token, Some(ben)).await), "and no other");
    assert_eq!(gate.world.app.sessions(&ann).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_lives_an_hour_unless_a_new_word_renews_it() {
    let gate = Gate::new().await;
    let user = gate.instance.add_user("ann@example.org", true, "Ann");
    let session = gate.instance.sign_in(&user);
    let Ok(OutsideSignedIn::Opened(opened)) = gate.exchange(&gate.token(&session), None).await else {
        panic!("it is good")
    };
    let identify = || gate.world.app.identify_session(opened.token.expose());
    gate.world.clock.pass(HOUR - Duration::from_secs(60));
    let ann = identify().await.unwrap();
    gate.world.clock.pass(Duration::from_secs(59));
    identify().await.unwrap();
    let renewed = gate.exchange(&gate.token(&session), Some(ann)).await.unwrap();
    let OutsideSignedIn::Renewed(renewed, _) = renewed else { panic!("it is the same sign-in") };
    assert_eq!(renewed.expires_at, gate.world.now() + HOUR);
    gate.world.clock.pass(HOUR - Duration::from_secs(1));
    identify().await.unwrap();
    gate.world.clock.pass(Duration::from_secs(1));
    assert!(matches!(identify().await, Err(AppError::NotSignedIn)), "use alone does not prolong it");
}

#[tokio::test]
async fn a_sign_in_that_ends_over_there_ends_here_whichever_comes_first() {
    let gate = Gate::new().await;
    let (user, session, ann) = gate.newcomer("ann@example.org").await;
    let other = gate.instance.sign_in(&user);
    gate.enter(&other).await;
    let token = gate.token(&session);
    for kind in ["session.ended", "session.removed", "session.revoked"] {
        gate.hear(kind, kind, &json!({ "id": session, "user_id": user })).await.unwrap();
    }
    let left = gate.world.db.list_sessions(ann.id(), gate.world.now()).await.unwrap();
    assert_eq!(left.iter().map(|session| session.sign_in.clone()).collect::<Vec<_>>(), [Some(other)]);
    assert!(refused(gate.exchange(&token, None).await), "its last token is worth nothing any more");
    let third = gate.instance.sign_in(&user);
    gate.hear("early", "session.ended", &json!({ "id": third, "user_id": user })).await.unwrap();
    assert!(refused(gate.exchange(&gate.token(&third), None).await), "it was over before it came");
}

#[tokio::test]
async fn who_is_deleted_over_there_is_erased_here_for_good() {
    let gate = Gate::new().await;
    gate.newcomer("admin@example.org").await;
    let (user, session, ann) = gate.newcomer("ann@example.org").await;
    let person = gate.instance.user(&user).unwrap();
    let token = gate.token(&session);
    let gone = json!({ "id": user, "object": "user", "deleted": true });
    for n in 0..3 {
        gate.hear(&format!("gone {}", n % 2), "user.deleted", &gone).await.unwrap();
    }
    for text in [ann.id().to_string(), "ann@example.org".into(), user.clone()] {
        assert_eq!(gate.world.db.search_everywhere(text).await.unwrap(), Vec::<String>::new());
    }
    for kind in ["user.created", "user.updated"] {
        gate.hear(kind, kind, &person).await.unwrap();
    }
    assert!(refused(gate.exchange(&token, None).await));
    assert!(refused(gate.exchange(&gate.token(&session), None).await));
    assert_eq!(
        gate.world.db.search_everywhere("ann@example.org".into()).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn the_last_admin_is_not_erased_by_a_message_while_others_are_there() {
    let gate = Gate::new().await;
    let (user, _, _) = gate.newcomer("admin@example.org").await;
    let (_, _, ann) = gate.newcomer("ann@example.org").await;
    let gone = json!({ "id": user, "object": "user", "deleted": true });
    let heard = gate.hear("gone", "user.deleted", &gone).await;
    assert!(matches!(heard, Err(AppError::Conflict(Conflict::LastAdmin))), "it has to come again");
    gate.world.app.operator().set_role(ann.id(), domain::account::Role::Admin).await.unwrap();
    gate.hear("gone", "user.deleted", &gone).await.unwrap();
    assert_eq!(
        gate.world.db.search_everywhere("admin@example.org".into()).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn news_is_heard_in_any_order_and_the_newest_counts() {
    let gate = Gate::new().await;
    let user = gate.instance.add_user("ann@example.org", true, "Ann");
    let now = gate.world.now().millis();
    let state = |name: &str, at: u64| {
        gate.instance.change_user(&user, at, |user| user["first_name"] = name.into());
        gate.instance.user(&user).unwrap()
    };
    let (first, second, third) = (state("First", now), state("Second", now + 1), state("Third", now + 2));
    for (id, person) in [("2", &second), ("2", &second), ("3", &third), ("1", &first), ("4", &second)] {
        let kind = if id == "1" { "user.created" } else { "user.updated" };
        gate.hear(id, kind, person).await.unwrap();
    }
    let ann = gate.enter(&gate.instance.sign_in(&user)).await;
    assert_eq!(ann.account.name, "Third");
    assert_eq!(
        gate.world.app.operator().accounts(domain::page::PageRequest::first(9)).await.unwrap().items.len(),
        1
    );
}

/// A local account on the gate's database, made before somebody else vouched for people.
async fn local_account(gate: &Gate, email: &str) -> (domain::account::Account, domain::digest::SecretDigest) {
    let ports = gate.world.app.ports();
    let ports = Ports { outside: None, ..ports.clone() };
    let catalogue = domain::style::Catalogue::built_in().unwrap();
    let before = App::new(ports, gate.world.app.settings().clone(), catalogue).unwrap();
    let form = SignUp { email: email.into(), ..gate.world.sign_up_form("x") };
    let signed_in = before.sign_up(form).await.unwrap();
    let tokens: &dyn Tokens = &*gate.world.app.ports().tokens;
    let kind = domain::ports::identity::TokenKind::Session;
    let digest = tokens.recognise(kind, signed_in.token.expose()).unwrap();
    (signed_in.account, digest)
}

#[tokio::test]
async fn a_local_account_moves_by_its_verified_address_and_by_no_other() {
    let gate = Gate::new().await;
    let (local, cookie) = local_account(&gate, "ann@example.org").await;
    let eve = gate.instance.add_user("ann@example.org", false, "Eve");
    let entered = gate.exchange(&gate.token(&gate.instance.sign_in(&eve)), None).await;
    assert!(matches!(entered, Err(AppError::EmailUnverified)));
    gate.hear("eve", "user.created", &gate.instance.user(&eve).unwrap()).await.unwrap();
    assert!(gate.world.db.find_session(cookie, gate.world.now()).await.unwrap().is_some());

    let ann = gate.instance.add_user("ann@example.org", true, "Ann");
    let moved = gate.enter(&gate.instance.sign_in(&ann)).await;
    assert_eq!(moved.id(), local.id);
    assert_eq!(gate.world.balance(&moved).await, 100, "welcomed once");
    assert!(
        gate.world.db.find_session(cookie, gate.world.now()).await.unwrap().is_none(),
        "the old door is shut"
    );
    // A second user of that address does not get in by it.
    let mallory = gate.instance.add_user("ann@example.org", true, "Mallory");
    let entered = gate.exchange(&gate.token(&gate.instance.sign_in(&mallory)), None).await;
    assert!(matches!(entered, Err(AppError::Conflict(Conflict::EmailTaken))));
}

#[tokio::test]
async fn passwords_open_nothing_where_somebody_else_vouches() {
    let gate = Gate::new().await;
    local_account(&gate, "ann@example.org").await;
    let app = &gate.world.app;
    let not_offered = |result: Result<(), AppError>| matches!(result, Err(AppError::NotOffered));
    assert!(not_offered(app.sign_in(gate.world.sign_in_form("ann", PASSWORD)).await.map(drop)));
    assert!(not_offered(app.sign_up(gate.world.sign_up_form("new")).await.map(drop)));
    let (_, _, ben) = gate.newcomer("ben@example.org").await;
    let (old, new) = (Secret::new(PASSWORD), Secret::new("four other words there"));
    assert!(not_offered(app.change_password(&ben, &old, &new, CLIENT).await));
    assert!(not_offered(app.change_email(&ben, "x@example.org", &old, CLIENT).await.map(drop)));
    let world = World::new().await;
    let local = OutsideSignIn { token: Secret::new("x"), device: String::new(), current: None };
    assert!(matches!(world.app.sign_in_outside(local).await, Err(AppError::NotOffered)));
}

#[tokio::test]
async fn no_new_accounts_means_none_of_theirs_either() {
    let mut closed = settings();
    closed.sign_up = SignUpPolicy::Closed;
    let gate = Gate::with(closed).await;
    gate.newcomer("first@example.org").await;
    let second = gate.instance.add_user("second@example.org", true, "Second");
    let entered = gate.exchange(&gate.token(&gate.instance.sign_in(&second)), None).await;
    assert!(matches!(entered, Err(AppError::SignUpClosed)));
}

#[tokio::test]
async fn who_erases_themself_here_is_deleted_everywhere_however_long_it_takes() {
    let gate = Gate::new().await;
    gate.newcomer("admin@example.org").await;
    let (user, session, ann) = gate.newcomer("ann@example.org").await;
    gate.world.app.buy(&ann, wish("small", "k")).await.unwrap();
    let (_, others, _) = gate.newcomer("ben@example.org").await;
    let strange = gate.world.app.erase_vouched(&ann, &Secret::new(gate.token(&others))).await;
    assert!(refused(strange), "another's word erases nobody");
    gate.server.faults().by(|method, path| {
        (method == "DELETE" && path.starts_with("/v1/users/")).then(|| Fault::status(503, "{}"))
    });
    gate.till.faults().always(Fault::status(500, "{}"));
    let receipt = gate.world.app.erase_vouched(&ann, &Secret::new(gate.token(&session))).await.unwrap();
    assert_eq!(receipt.completed_at, None, "it says that it is not done yet");
    assert!(gate.world.app.clean().await.is_err());
    // One of them answers again: it is told, and not asked twice.
    gate.till.faults().clear();
    assert!(gate.world.app.clean().await.is_err());
    assert_eq!(gate.stripe.with(|books| books.list("customer").len()), 0);
    assert!(gate.instance.user(&user).is_some());
    gate.server.faults().clear();
    let asked = gate.till.asked().len();
    assert_eq!(gate.world.app.clean().await.unwrap().erasures, 1);
    assert_eq!(gate.till.asked().len(), asked);
    assert_eq!(gate.instance.user(&user), None);
    assert!(gate.world.app.receipt(receipt.id).await.unwrap().completed_at.is_some());
    for text in [ann.id().to_string(), user, "ann@example.org".into()] {
        assert_eq!(gate.world.db.search_everywhere(text).await.unwrap(), Vec::<String>::new());
    }
    gate.world.clock.pass(DAY);
    gate.world.is_in_order().await;
}

#[tokio::test]
async fn an_erasure_killed_at_any_point_tells_everybody_in_the_end() {
    for polls in 1.. {
        let gate = Gate::new().await;
        gate.newcomer("admin@example.org").await;
        let (user, _, ann) = gate.newcomer("ann@example.org").await;
        gate.world.app.buy(&ann, wish("small", "k")).await.unwrap();
        let done = killed_after(polls, gate.world.app.operator().erase(ann.id())).await.is_some();
        if gate.world.db.account(ann.id()).await.is_ok() {
            // It was killed before anything happened: the person asks again.
            gate.world.app.operator().erase(ann.id()).await.unwrap();
        }
        gate.world.app.clean().await.unwrap();
        assert_eq!(gate.instance.user(&user), None, "killed after {polls}");
        assert_eq!(gate.stripe.with(|books| books.list("customer").len()), 0, "killed after {polls}");
        assert_eq!(gate.world.db.open_erasures().await.unwrap(), [], "killed after {polls}");
        if done {
            assert!(polls > 3, "only {polls} points");
            break;
        }
    }
}
