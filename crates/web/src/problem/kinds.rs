//! Every kind of problem that an answer can name: one list, from which the answers, their document and the page to read
//! are made. A kind is stable: programs may rely on it.

use axum::http::StatusCode;

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemKind {
    /// Its name, the end of the problem's `type`.
    pub name: &'static str,
    /// The status that it is answered with.
    pub status: StatusCode,
    /// What it is, in a few words that are the same each time.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

macro_rules! kinds {
    ($($status:ident { $($name:literal $title:literal, $advice:literal;)* })*) => {
        /// The list, by status.
        pub const KINDS: &[ProblemKind] = &[$($(ProblemKind {
            name: $name,
            status: StatusCode::$status,
            title: $title,
            advice: $advice,
        },)*)*];
    };
}

kinds! {
    BAD_REQUEST {
        "malformed-json" "The body is no JSON", "Send one JSON document, encoded in UTF-8.";
        "bad-parameter" "A part of the address can't be read", "Look at the parameters of the operation.";
        "bad-signature" "The message is not signed", "Send it signed with the secret of the endpoint, and not late.";
        "upload-broken" "The upload broke off", "Send it again.";
    }
    UNAUTHORIZED {
        "not-signed-in" "Nobody is signed in", "Sign in, or send an API key that is neither revoked nor over.";
    }
    PAYMENT_REQUIRED {
        "insufficient-credits" "There are too few credits", "Ask for fewer images, or get more credits.";
    }
    FORBIDDEN {
        "wrong-sign-in" "The address or the password is wrong", "Try again, or ask for a link to set a new password.";
        "sign-in-refused" "The sign-in is not valid here", "Sign in again.";
        "sign-up-closed" "New accounts can't be made", "Ask the person who runs this installation.";
        "scope-missing" "The API key may not do that", "Make a key with the scope that is named.";
        "session-needed" "An API key can't do that", "Sign in and do it as a person.";
        "admin-needed" "Only an admin can do that", "Ask an admin.";
        "consent-missing" "The person has not allowed it", "Give the consent that is named, then ask again.";
        "cross-origin" "The request came from another site", "Send it from a page of this installation, or from a program.";
    }
    NOT_FOUND {
        "not-found" "There is no such thing", "It may have been deleted, or belong to another account.";
        "not-offered" "This is not offered here", "Look at what this installation offers in its place.";
        "no-such-route" "There is no such address", "Look at the list of operations.";
    }
    METHOD_NOT_ALLOWED {
        "method-not-allowed" "The address takes other methods", "Use one of those in the Allow header.";
    }
    REQUEST_TIMEOUT {
        "too-slow" "The request took too long to arrive", "Send it again over a better connection.";
    }
    CONFLICT {
        "email-taken" "Another account has this address", "Sign in to that account, or use another address.";
        "last-admin" "This is the last admin", "Make another account an admin first.";
        "email-unverified" "The address is not verified", "Verify it where you signed in, then come again.";
        "already-subscribed" "There is a subscription already", "See to it on its own page.";
        "ended" "The generation has ended", "Nothing is left to be done.";
        "conflict" "It can't be done as things stand", "Read the state again, then decide anew.";
        "policy-outdated" "The privacy policy has changed", "Read the policy that is in force, and consent to that.";
        "too-many-photos" "There are as many photos as may be kept", "Delete some first.";
        "too-many-endpoints" "There are as many endpoints as may be kept", "Delete one first.";
    }
    GONE {
        "gone" "The picture was deleted, as the policy says", "Its preview may still be there; make it again.";
    }
    PAYLOAD_TOO_LARGE {
        "too-large" "The body is too large", "Send a smaller one.";
    }
    UNSUPPORTED_MEDIA_TYPE {
        "wrong-media-type" "The body is of another kind than can be read here", "Look at the content types of the operation.";
    }
    RANGE_NOT_SATISFIABLE {
        "range" "No byte lies in the range", "Ask for a range within the length in the Content-Range header.";
    }
    UNPROCESSABLE_ENTITY {
        "invalid" "Something that was sent is not good", "Mend the field that is named.";
        "key-reused" "The idempotency key was used for something else", "Take a new key for a new request.";
        "photo-count" "Too few or too many photos", "Send 1 to 20 different photos.";
        "too-many-credits" "More credits than an account can hold", "Grant fewer.";
        "invalid-options" "These options can't be carried out", "Stay within the limits that are named.";
        "unknown-style" "There is no such style", "Choose one of the list of styles.";
        "unknown-platform" "There is no such platform", "Choose one of the list of platforms.";
        "password-refused" "The password was not taken", "Choose another; the detail says why.";
        "invalid-email" "This is no email address", "Write it like name@example.org.";
        "unknown-purpose" "There is no such purpose", "Choose one of those that are asked for.";
        "url-refused" "The address of the webhook was not taken", "Use a public https address.";
        "photo-unusable" "Nothing can be made of this photo", "Follow the advice of the check, and send another.";
        "photo-unreadable" "The photo can't be read", "Save it as JPEG, PNG or WebP, and send that.";
        "no-provider" "Nothing here makes what was asked for", "Ask for another shape or size.";
    }
    TOO_MANY_REQUESTS {
        "too-many-requests" "Too many requests", "Wait as long as Retry-After says.";
        "too-many-tries" "Too many tries", "Wait as long as Retry-After says.";
    }
    INTERNAL_SERVER_ERROR {
        "internal" "Something here is broken", "Tell the person who runs this installation, with the request's id.";
        "payments-refused" "The payment service refuses", "Tell the person who runs this installation.";
        "storage-damaged" "The storage is damaged", "Tell the person who runs this installation.";
    }
    SERVICE_UNAVAILABLE {
        "busy" "Too much is going on", "Try again in a few seconds.";
        "unavailable" "Something does not work at this moment", "Try again in a minute.";
        "storage-refused" "The storage refuses this installation", "Tell the person who runs this installation. Nothing was lost.";
    }
    INSUFFICIENT_STORAGE {
        "storage-full" "The storage is full", "Tell the person who runs this installation. Nothing was lost.";
    }
}

/// What is answered under a name that is not on the list.
const UNNAMED: &ProblemKind = &ProblemKind {
    name: "internal",
    status: StatusCode::INTERNAL_SERVER_ERROR,
    title: "Something here is broken",
    advice: "",
};

/// The kind of a name. A name that is not on the list is a mistake of ours, and answered as one.
pub(crate) fn kind(name: &str) -> &'static ProblemKind {
    KINDS.iter().find(|kind| kind.name == name).unwrap_or(UNNAMED)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_error_of_the_use_cases_has_a_kind() {
        let source = include_str!("../../../app/src/error.rs");
        let names = source.lines().filter(|line| line.contains("AppError::") && line.contains("=> \""));
        let names: BTreeSet<&str> = names.filter_map(|line| line.split('"').nth(1)).collect();
        assert!(names.len() > 30, "the list of the use cases' errors was not found");
        let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(known.len(), KINDS.len(), "a kind is there twice");
    }
}
