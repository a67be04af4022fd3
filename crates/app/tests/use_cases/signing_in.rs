//! Signing in: what a guesser learns, and what ends a session.

use std::time::Duration;

use app::*;
use domain::account::Role;
use domain::page::PageRequest;
use domain::secret::Secret;

use crate::support::*;

#[tokio::test]
async fn known_and_unknown_addresses_answer_alike_and_are_throttled_alike() {
    let world = World::new().await;
    world.newcomer("ann").await;
    for name in ["ann", "nobody"] {
        for _ in 0..5 {
            let wrong = world.app.sign_in(world.sign_in_form(name, "not the password")).await;
            assert!(matches!(wrong, Err(AppError::WrongSignIn)), "{name}: {wrong:?}");
        }
        let stopped = world.app.sign_in(world.sign_in_form(name, PASSWORD)).await;
        assert!(matches!(stopped, Err(AppError::Throttled { .. })), "{name}: even the right one waits");
    }
    world.clock.pass(Duration::from_secs(60));
    assert!(world.app.sign_in(world.sign_in_form("ann", PASSWORD)).await.is_ok());
    let no_address = SignIn { email: "not an address".into(), ..world.sign_in_form("ann", PASSWORD) };
    assert!(matches!(world.app.sign_in(no_address).await, Err(AppError::WrongSignIn)));
}

#[tokio::test]
async fn the_first_account_is_the_admin_and_a_closed_house_takes_no_second() {
    let closed = Settings { sign_up: SignUpPolicy::Closed, ..settings() };
    let world = World::with(closed, |cast| vec![cast.local()]).await;
    let ann = world.newcomer("ann").await;
    assert_eq!(ann.account.role, Role::Admin);
    let second = world.app.sign_up(world.sign_up_form("ben")).await;
    assert!(matches!(second, Err(AppError::SignUpClosed)));
}

#[tokio::test]
async fn a_bad_sign_up_says_what_is_wrong() {
    let world = World::new().await;
    world.newcomer("ann").await;
    let good = || world.sign_up_form("ben");
    for (form, expected) in [
        (SignUp { email: "ben".into(), ..good() }, "invalid-email"),
        (SignUp { name: "x".repeat(201), ..good() }, "invalid"),
        (SignUp { name: "a\nb".into(), ..good() }, "invalid"),
        (SignUp { password: Secret::new("short"), ..good() }, "password-refused"),
        (SignUp { password: Secret::new("ben@example.org"), ..good() }, "password-refused"),
        (SignUp { email: " ANN@Example.org ".into(), ..good() }, "email-taken"),
    ] {
        assert_eq!(world.app.sign_up(form).await.unwrap_err().kind(), expected);
    }
    assert_eq!(world.app.operator().totals().await.unwrap().accounts, 1);
}

#[tokio::test]
async fn sessions_are_seen_ended_one_by_one_everywhere_and_by_a_new_password() {
    let world = World::new().await;
    let app = &world.app;
    let here = world.newcomer("ann").await;
    let sign_in = async || app.sign_in(world.sign_in_form("ann", PASSWORD)).await.unwrap();
    let (there, far) = (sign_in().await, sign_in().await);
    assert_eq!(app.sessions(&here).await.unwrap().len(), 3);
    app.revoke_session(&here, there.session.id).await.unwrap();
    assert!(matches!(app.identify_session(there.token.expose()).await, Err(AppError::NotSignedIn)));

    let (old, new) = (Secret::new(PASSWORD), Secret::new("another four plain words"));
    let wrong = app.change_password(&here, &new, &new, CLIENT).await;
    assert!(matches!(wrong, Err(AppError::WrongSignIn)));
    app.change_password(&here, &old, &new, CLIENT).await.unwrap();
    assert!(matches!(app.identify_session(far.token.expose()).await, Err(AppError::NotSignedIn)));
    assert_eq!(app.sessions(&here).await.unwrap().len(), 1, "the one that changed it stays");
    assert!(matches!(app.sign_in(world.sign_in_form("ann", PASSWORD)).await, Err(AppError::WrongSignIn)));
    let again = app.sign_in(world.sign_in_form("ann", new.expose())).await.unwrap();
    let again = app.identify_session(again.token.expose()).await.unwrap();
    app.sign_out(&again).await.unwrap();
    app.sign_out(&again).await.unwrap();
    assert_eq!(app.sign_out_everywhere(&here).await.unwrap(), 1);
    assert!(app.sessions(&here).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_session_that_is_used_lives_on_and_one_that_is_not_ends() {
    let world = World::new().await;
    world.newcomer("ann").await;
    let signed_in = world.app.sign_in(world.sign_in_form("ann", PASSWORD)).await.unwrap();
    let token = signed_in.token.expose();
    for _ in 0..6 {
        world.clock.pass(13 * domain::time::DAY);
        assert!(world.app.identify_session(token).await.is_ok());
    }
    world.clock.pass(13 * domain::time::DAY);
    assert!(world.app.identify_session(token).await.is_err(), "90 days in any case");
}

#[tokio::test]
async fn a_reset_link_is_good_once_and_for_an_hour() {
    let world = World::new().await;
    let app = &world.app;
    let (ann, ben) = (world.newcomer("ann").await, world.newcomer("ben").await);
    let admin = app.admin(&ann).unwrap();
    let new = Secret::new("another four plain words");
    let kind = |answer: Result<_, AppError>| answer.map_or_else(|error| error.kind(), |_| "fine");
    let (late, _) = admin.issue_reset_link(ben.id()).await.unwrap();
    world.clock.pass(Duration::from_secs(3600));
    assert_eq!(kind(app.use_reset_link(late.expose(), &new, CLIENT).await), "not-found");
    let (link, _) = admin.issue_reset_link(ben.id()).await.unwrap();
    for nonsense in ["", "a.b", &link.expose()[..40], &link.expose()[27..]] {
        assert_eq!(kind(app.use_reset_link(nonsense, &new, CLIENT).await), "not-found");
    }
    let own_address = Secret::new("ben@example.org");
    assert_eq!(kind(app.use_reset_link(link.expose(), &own_address, CLIENT).await), "password-refused");
    assert_eq!(app.use_reset_link(link.expose(), &new, CLIENT).await.unwrap(), ben.id());
    assert_eq!(kind(app.use_reset_link(link.expose(), &new, CLIENT).await), "not-found");
    assert!(app.sessions(&ben).await.unwrap().is_empty(), "whoever was signed in is not any more");
    assert!(app.sign_in(world.sign_in_form("ben", new.expose())).await.is_ok());
    assert_eq!(admin.accounts(PageRequest::first(10)).await.unwrap().items.len(), 2);
}
