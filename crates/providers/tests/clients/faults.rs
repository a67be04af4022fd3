//! Each fault, on the wire, is whose turn it should be.

use std::time::Duration;

use domain::ports::provider::{Outage, Provider, ProviderError};
use standins::{Fault, Server, gemini, openai};

use crate::support::{gemini_with, headshot, make, openai_with};

#[derive(Debug, PartialEq)]
enum Turn {
    Unavailable(Outage),
    Refused,
    Invalid,
}

fn turn(error: ProviderError) -> Turn {
    match error {
        ProviderError::Unavailable { cause, .. } => Turn::Unavailable(cause),
        ProviderError::Refused { .. } => Turn::Refused,
        ProviderError::Invalid { .. } => Turn::Invalid,
    }
}

/// Faults of the line, which are the same for all vendors. Time runs for real here: a call that hangs is given up after a moment.
const PATIENCE: Duration = Duration::from_secs(2);

fn of_the_line() -> Vec<(Fault, Turn)> {
    vec![
        (Fault::Hang, Turn::Unavailable(Outage::Silent)),
        (Fault::Slow(PATIENCE * 3), Turn::Unavailable(Outage::Silent)),
        (Fault::Lost, Turn::Unavailable(Outage::Down)),
        (Fault::Cut, Turn::Unavailable(Outage::Down)),
        (Fault::Garbage, Turn::Unavailable(Outage::Down)),
        (Fault::Huge(80_000_000), Turn::Unavailable(Outage::Down)),
        (Fault::status(500, "<html>"), Turn::Unavailable(Outage::Down)),
        (Fault::status(302, "").with("location", "https://example.com/"), Turn::Unavailable(Outage::Down)),
    ]
}

async fn each_is_told(server: &Server, client: &dyn Provider, faults: Vec<(Fault, Turn)>) {
    for (fault, expected) in faults {
        let told = format!("{fault:?}");
        server.faults().once(fault);
        let error = make(client, &headshot()).await.err().unwrap_or_else(|| panic!("{told} is a failure"));
        assert_eq!(turn(error), expected, "{told}");
        make(client, &headshot()).await.unwrap_or_else(|error| panic!("after {told}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_gemini() {
    let (server, _, client) = gemini_with(|settings| settings.line.timeout = PATIENCE).await;
    let mut faults = of_the_line();
    faults.extend([
        (gemini::overloaded(), Turn::Unavailable(Outage::Busy)),
        (gemini::too_many(3), Turn::Unavailable(Outage::Busy)),
        (gemini::spent(), Turn::Unavailable(Outage::Account)),
        (gemini::error(403, "PERMISSION_DENIED", "No.", &[]), Turn::Unavailable(Outage::Account)),
        (gemini::error(400, "INVALID_ARGUMENT", "No.", &[]), Turn::Invalid),
        (gemini::blocked("SAFETY"), Turn::Refused),
        (gemini::finished("IMAGE_SAFETY", None), Turn::Refused),
        (gemini::finished("STOP", Some("Here you are.")), Turn::Unavailable(Outage::Empty)),
        (gemini::finished("NO_IMAGE", None), Turn::Unavailable(Outage::Empty)),
    ]);
    each_is_told(&server, &client, faults).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_openai() {
    let (server, _, client) = openai_with(|settings| settings.line.timeout = PATIENCE).await;
    let mut faults = of_the_line();
    faults.extend([
        (openai::overloaded(), Turn::Unavailable(Outage::Busy)),
        (openai::too_many(3), Turn::Unavailable(Outage::Busy)),
        (openai::spent(), Turn::Unavailable(Outage::Account)),
        (
            openai::error(401, "No.", "invalid_request_error", Some("invalid_api_key")),
            Turn::Unavailable(Outage::Account),
        ),
        (openai::error(400, "No.", "invalid_request_error", Some("invalid_value")), Turn::Invalid),
        (openai::blocked(), Turn::Refused),
        (Fault::status(200, "{\"created\": 1, \"data\": []}"), Turn::Unavailable(Outage::Empty)),
    ]);
    each_is_told(&server, &client, faults).await;
}

#[tokio::test]
async fn a_dead_port_is_down_at_once_and_the_time_to_come_back_is_handed_on() {
    let (server, _, client) = gemini_with(|_| {}).await;
    server.faults().once(gemini::too_many(7));
    let error = make(&client, &headshot()).await.err().unwrap();
    let ProviderError::Unavailable { retry_after, .. } = error else { panic!("{error}") };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));
    drop(server);
    let error = make(&client, &headshot()).await.err().unwrap();
    assert_eq!(turn(error), Turn::Unavailable(Outage::Down));
}
