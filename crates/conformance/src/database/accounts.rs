//! Accounts: who is admin, whose address it is, and what a person takes away.

use std::sync::Arc;

use domain::account::Role;
use domain::consent::Purpose;
use domain::ids::SessionId;
use domain::ports::database::{AccountChange, Conflict, DatabaseError, Noun};
use domain::session::Session;

use super::Scene;

/// Twenty people sign up in the same moment: exactly one becomes admin.
pub async fn the_first_account_is_the_admin_also_when_twenty_come_at_once(scene: &Scene) {
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (db, new) = (Arc::clone(&scene.db), scene.new_account());
            tokio::spawn(async move { db.create_account(new).await.unwrap() })
        })
        .collect();
    let mut admins = 0;
    for task in tasks {
        admins += usize::from(task.await.unwrap().role == Role::Admin);
    }
    assert_eq!(admins, 1);
}

/// The second to come with an address is refused; the same request again is not.
pub async fn an_address_belongs_to_one_account(scene: &Scene) {
    let first = scene.new_account();
    let account = scene.db.create_account(first.clone()).await.unwrap();
    assert_eq!(scene.db.create_account(first.clone()).await.unwrap(), account, "the same request again");
    let mut second = scene.new_account();
    second.email = first.email.clone();
    let refused = scene.db.create_account(second).await;
    assert_eq!(refused, Err(Conflict::EmailTaken.into()));
    let found = scene.db.find_for_sign_in(first.email.clone()).await.unwrap().unwrap();
    assert_eq!((found.account, found.password), (account, first.password));
    let nobody = "nobody@example.org".parse().unwrap();
    assert_eq!(scene.db.find_for_sign_in(nobody).await.unwrap(), None);
}

/// Name and address change; an address that is taken does not.
pub async fn a_person_corrects_name_and_address(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let email = |text: &str| Some(text.parse().unwrap());
    let change = AccountChange { email: email("ann@example.org"), name: Some("Ann".into()) };
    let account = scene.db.change_account(ann, change).await.unwrap();
    assert_eq!((account.name.as_str(), account.email.as_str()), ("Ann", "ann@example.org"));
    let change = AccountChange { email: email("ANN@example.org"), name: None };
    assert_eq!(scene.db.change_account(ben, change).await, Err(Conflict::EmailTaken.into()));
    let change = AccountChange { email: None, name: Some("Anna".into()) };
    let account = scene.db.change_account(ann, change).await.unwrap();
    assert_eq!((account.name.as_str(), account.email.as_str()), ("Anna", "ann@example.org"));
    assert_eq!(scene.db.account(ann).await.unwrap(), account);
}

/// The only admin neither steps down nor leaves others alone; with a second one it may.
pub async fn the_last_admin_stays(scene: &Scene) {
    let (admin, other) = (scene.bare_account().await, scene.bare_account().await);
    let last = Err(Conflict::LastAdmin.into());
    assert_eq!(scene.db.set_role(admin, Role::Member).await, last);
    let erasure = scene.id(domain::ids::ErasureId::new);
    assert_eq!(
        scene.db.erase_account(admin, erasure, scene.now()).await.map(drop),
        Err(Conflict::LastAdmin.into())
    );
    scene.db.set_role(other, Role::Admin).await.unwrap();
    assert_eq!(scene.db.set_role(admin, Role::Member).await.unwrap().role, Role::Member);
    assert_eq!(scene.db.account(admin).await.unwrap().role, Role::Member);
    // Alone, the last admin may go; whoever comes next begins anew.
    scene.db.erase_account(admin, erasure, scene.now()).await.unwrap();
    scene.db.erase_account(other, scene.id(domain::ids::ErasureId::new), scene.now()).await.unwrap();
    let next = scene.db.create_account(scene.new_account()).await.unwrap();
    assert_eq!(next.role, Role::Admin);
}

/// The export names everything there is about a person, and nothing of another.
pub async fn an_export_holds_everything_and_no_secret(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    scene.consent(ann, Purpose::SendTo(super::service("some-service"))).await;
    let generation = scene.succeeded(ann).await;
    scene.succeeded(ben).await;
    let session = Session {
        id: scene.id(SessionId::new),
        account: ann,
        device: "a browser".into(),
        created_at: scene.now(),
        used_at: scene.now(),
        expires_at: scene.now() + super::LEASE,
        sign_in: None,
    };
    scene.db.open_session(session, scene.secret()).await.unwrap();
    let export = scene.db.export_account(ann).await.unwrap();
    assert_eq!(export.account.id, ann);
    assert_eq!((export.photos.len(), export.consents.len(), export.sessions.len()), (1, 2, 1));
    assert_eq!(export.generations.len(), 1);
    let exported = &export.generations[0];
    assert_eq!(exported.generation.id, generation.id);
    assert_eq!((exported.images.len(), exported.photos.len()), (2, 1));
    assert_eq!((export.ledger.len(), export.usage.len()), (3, 1));
    assert_eq!(export.credits.balance.get(), 96);
    assert!(export.photos.iter().all(|photo| photo.account == ann));
    let nobody = scene.id(domain::ids::AccountId::new);
    let missing = scene.db.export_account(nobody).await;
    assert_eq!(missing.map(drop), Err(DatabaseError::NotFound(Noun::Account)));
}
