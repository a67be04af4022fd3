//! The audit for people who can't see, hear or point: axe-core's rules, run in the page.

use serde_json::{Value, json};

use crate::{Browser, BrowserError, tools};

/// A rule that a page breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, such as `color-contrast`.
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// What is wrong.
    pub help: String,
    /// Where, as selectors.
    pub nodes: Vec<String>,
}

impl Violation {
    /// Whether somebody is kept from something by it.
    pub fn is_serious(&self) -> bool {
        self.impact == "serious" || self.impact == "critical"
    }
}

impl Browser {
    /// What is wrong with the page that is open.
    ///
    /// # Errors
    /// [`BrowserError`]: axe-core is missing, or can't run.
    pub async fn audit(&self) -> Result<Vec<Violation>, BrowserError> {
        let source = std::fs::read_to_string(tools::axe());
        let source =
            source.map_err(|error| BrowserError::Start(format!("{}: {error}", tools::AXE_MISSING)))?;
        // It is evaluated from outside, where the page's policy on scripts does not reach: the page need not allow it.
        self.devtools("Runtime.evaluate", json!({ "expression": source })).await?;
        let run = "axe.run(document, { resultTypes: ['violations'] })\
                   .then(r => JSON.stringify(r.violations))";
        let wish = json!({ "expression": run, "awaitPromise": true, "returnByValue": true });
        let answer = self.devtools("Runtime.evaluate", wish).await?;
        let text = answer["result"]["value"].as_str();
        let text = text.ok_or_else(|| BrowserError::Start(format!("axe-core does not run: {answer}")))?;
        let found: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
        Ok(found.iter().map(violation).collect())
    }
}

fn violation(found: &Value) -> Violation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = found["nodes"].as_array().into_iter().flatten();
    Violation {
        rule: text(&found["id"]),
        impact: text(&found["impact"]),
        help: text(&found["help"]),
        nodes: nodes.map(|node| node["target"].to_string()).collect(),
    }
}
