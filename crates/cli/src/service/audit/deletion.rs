//! Whether what is over goes: the bucket's rules as it tells them, the oldest object of each class, and what is served.

use domain::object_key::ObjectClass;
use domain::policy::Promise;
use domain::ports::objects::{ObjectPrefix, ObjectsError};

use super::{Evidence, Looked};
use crate::service::storage::Storage;

/// How many objects of a class are asked whether they end.
const SAMPLES: usize = 20;

/// One class: its rule, its oldest object, and what should be gone.
pub(super) async fn ends(looked: &Looked<'_>, promise: Promise, out: &mut Evidence) {
    let class = match promise {
        Promise::ResultsEnd => ObjectClass::Result,
        Promise::PreviewsEnd => ObjectClass::Preview,
        Promise::ArchivesEnd => ObjectClass::Archive,
        _ => ObjectClass::Upload,
    };
    let period = looked.facts.retention.rules().into_iter().find(|rule| rule.class == class);
    match (&looked.service.storage, period.and_then(|rule| rule.period)) {
        (Storage::Folder(_), _) => {
            out.shows("a folder of this machine: this program deletes, every minute while it serves");
        }
        (Storage::Bucket { rules, .. }, period) => match rules.lifecycle().await {
            Ok(lifecycle) => {
                let about = |rule: &&storage::Rule| {
                    rule.prefix.as_deref().is_some_and(|prefix| class.prefix().starts_with(prefix))
                };
                for rule in lifecycle.rules().filter(about) {
                    out.shows(format!("the bucket says: {rule}"));
                }
                for finding in lifecycle.findings(&looked.facts.retention) {
                    let concerns = match &finding {
                        storage::Finding::Missing { wanted } => {
                            wanted.prefix.as_deref() == Some(class.prefix())
                        }
                        storage::Finding::TooEarly { class: early, .. } => *early == class,
                    };
                    if concerns {
                        out.breaks(finding.to_string());
                    }
                }
            }
            Err(ObjectsError::Refused { reason }) if period.is_some() => {
                out.lacks(format!("the key may not read the bucket's rules ({reason}): give one that may"));
            }
            Err(_) if period.is_none() => {}
            Err(error) => out.lacks(format!("the bucket's rules could not be read: {error}")),
        },
    }
    let Some(ages) = looked.ages.iter().find(|ages| ages.class == class) else { return };
    let oldest = match ages.oldest {
        Some(oldest) => format!(
            "{} objects, the oldest {} days old",
            ages.objects,
            looked.now.since(oldest).as_secs() / 86_400
        ),
        None => "no object".to_owned(),
    };
    out.holds(ages.overdue == 0, format!("{}: {oldest}, {} overdue", class.prefix(), ages.overdue));
    for overdue in ages.named.iter().take(5) {
        out.breaks(format!("{} should be gone since {}", overdue.key, overdue.since));
    }
}

/// Asks the storage for objects at the very moment of their end.
pub(super) async fn nothing_served(looked: &Looked<'_>, out: &mut Evidence) {
    let objects = &looked.service.app.ports().objects;
    let (mut asked, mut served) = (0, 0);
    for class in ObjectClass::ALL {
        let page = match objects.list(ObjectPrefix::Class(class), None, SAMPLES).await {
            Ok(page) => page,
            Err(error) => return out.lacks(format!("the storage could not be listed: {error}")),
        };
        for object in page.objects {
            let Some(end) = object.expires_at else { continue };
            asked += 1;
            match objects.get(object.key, None, end).await {
                Err(ObjectsError::Expired { .. } | ObjectsError::NotFound(_)) => {}
                Err(ObjectsError::Damaged(_)) => {}
                Err(error) => return out.lacks(format!("an object could not be asked for: {error}")),
                Ok(_) => {
                    served += 1;
                    out.breaks(format!("{} is served at its end", object.key));
                }
            }
        }
    }
    out.holds(
        served == 0,
        format!("{asked} objects asked for at the moment of their end: {served} were served"),
    );
}
