//! Whether the nodes of an installation sign with the same secret.

use super::{Finding, Patient};
use crate::service::database::Kind;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    const WHAT: &str = "secrets";
    let Patient { configuration, .. } = patient;
    let alone = configuration.kept_in() == Ok(Kind::Sqlite);
    vec![match &configuration.serve.secret {
        Some(_) => Finding::good(WHAT, "serve.secret signs links"),
        None if alone => Finding::good(WHAT, "the secret in the data folder signs links"),
        None => Finding::note(
            WHAT,
            "each data folder signs links with a secret of its own: with several nodes set serve.secret on each, \
             or COVERSHOTS_SECRET",
        ),
    }]
}
