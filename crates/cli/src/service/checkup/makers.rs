//! Whether those who make the pictures are reached, take the key and have the model.

use std::sync::Arc;

use domain::ports::clock::Clock;
use domain::ports::provider::ProviderError;
use providers::{Gemini, OpenAi};

use super::{Finding, Patient};
use crate::service::makers::{MakerName, gemini_key, gemini_settings, openai_key, openai_settings};
use crate::service::system::SystemClock;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let (configuration, clock): (_, Arc<dyn Clock>) = (&patient.configuration, Arc::new(SystemClock));
    let mut findings = Vec::new();
    for name in &configuration.providers {
        let clock = Arc::clone(&clock);
        findings.push(match name {
            MakerName::Engine => Finding::good("engine", "makes pictures on this machine"),
            MakerName::Gemini => match gemini_key(configuration) {
                None => passed_over("gemini", "gemini.key"),
                Some(key) => match Gemini::new(&gemini_settings(configuration, key), clock) {
                    Ok(gemini) => answered("gemini", gemini.model(), gemini.check().await),
                    Err(error) => Finding::bad("gemini", error),
                },
            },
            MakerName::OpenAi => match openai_key(configuration) {
                None => passed_over("openai", "openai.key"),
                Some(key) => match OpenAi::new(&openai_settings(configuration, key), clock) {
                    Ok(openai) => answered("openai", openai.model(), openai.check().await),
                    Err(error) => Finding::bad("openai", error),
                },
            },
        });
    }
    findings
}

fn passed_over(what: &str, key: &str) -> Finding {
    Finding::note(what, format_args!("it is passed over: there is no {key}"))
}

fn answered(what: &str, model: &str, answer: Result<(), ProviderError>) -> Finding {
    match answer {
        Ok(()) => Finding::good(what, format_args!("it is reached, takes the key and has {model}")),
        Err(error) => Finding::bad(what, format_args!("{model}: {error}")),
    }
}
