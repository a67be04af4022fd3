//! The bucket's lifecycle configuration: read, understood as far as it concerns us, and written back with the rules of others
//! as they were. To write replaces everything
//! ([PutBucketLifecycleConfiguration](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html)),
//! so a document that is not understood is not written over.

use std::fmt::Write;

use bytes::Bytes;
use domain::ports::objects::ObjectsError;
use domain::retention::Retention;
use quick_xml::escape::escape;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::rules::{self, Applied, Finding, Rule};
use super::wire::{Call, Failed, Method, Wire};
use super::xml;

const READING: &str = "reading the bucket's rules";
const WRITING: &str = "writing the bucket's rules";

/// The rules of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    rules: Vec<(Rule, String)>,
}

impl Lifecycle {
    /// Every rule, in the bucket's order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|(rule, _)| rule)
    }

    /// What is wrong with them, measured by these periods.
    pub fn findings(&self, retention: &Retention) -> Vec<Finding> {
        let rules: Vec<Rule> = self.rules().cloned().collect();
        rules::findings(&rules, retention)
    }

    /// Reads a lifecycle document.
    fn parse(text: &str) -> Result<Self, Failed> {
        let document: Document = xml::read(text)?;
        let sources = sources(text);
        if document.rules.len() != sources.len() {
            return Err(Failed::Unreadable("its lifecycle document has an unknown shape".to_owned()));
        }
        let rules = document.rules.into_iter().map(RuleXml::understood);
        Ok(Lifecycle { rules: rules.zip(sources.into_iter().map(str::to_owned)).collect() })
    }

    /// The same with our rules as they should be: others keep their text to the letter.
    fn with(&self, ours: &[Rule]) -> Self {
        let others = self.rules.iter().filter(|(rule, _)| !rule.is_ours()).cloned();
        let ours = ours.iter().map(|rule| (rule.clone(), written(rule)));
        Lifecycle { rules: others.chain(ours).collect() }
    }

    fn document(&self) -> String {
        let rules: String = self.rules.iter().map(|(_, source)| source.as_str()).collect();
        format!(
            "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</LifecycleConfiguration>"
        )
    }
}

/// Reads the rules of a bucket; one without a configuration has none.
pub(super) async fn read(wire: &Wire) -> Result<Lifecycle, ObjectsError> {
    let call = Call::bucket(Method::Get).query("lifecycle", "");
    match wire.ask(&call, Lifecycle::parse).await {
        Err(failed)
            if failed.is(StatusCode::NOT_FOUND) && failed.code() == "NoSuchLifecycleConfiguration" =>
        {
            Ok(Lifecycle::default())
        }
        read => read.map_err(|failed| failed.while_doing(READING)),
    }
}

/// Makes the rules those of `retention`, and reads them back: what counts is what the bucket says it has.
pub(super) async fn apply(wire: &Wire, retention: &Retention) -> Result<Applied, ObjectsError> {
    let there = read(wire).await?;
    let wanted = rules::wanted(retention);
    let ours = |lifecycle: &Lifecycle| -> Vec<Rule> {
        lifecycle.rules().filter(|rule| rule.is_ours()).cloned().collect()
    };
    let mut ours_there = ours(&there);
    let kept = there.rules.len() - ours_there.len();
    ours_there.sort_by(|a, b| a.id.cmp(&b.id));
    let mut sorted = wanted.clone();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    if ours_there == sorted {
        return Ok(Applied { ours: wanted, kept, changed: false });
    }
    let call = Call::bucket(Method::Put)
        .query("lifecycle", "")
        .header("content-type", "application/xml")
        .body(Bytes::from(there.with(&wanted).document()));
    wire.send(&call).await.map_err(|failed| failed.while_doing(WRITING))?;
    let now = read(wire).await?;
    match now.findings(retention).iter().find(|finding| finding.is_broken_promise()) {
        Some(finding) => Err(ObjectsError::unavailable(WRITING, finding.to_string())),
        None => Ok(Applied { ours: ours(&now), kept, changed: true }),
    }
}

/// One of our rules as a document has it.
fn written(rule: &Rule) -> String {
    let id = escape(rule.id.as_deref().unwrap_or_default());
    let prefix = escape(rule.prefix.as_deref().unwrap_or_default());
    let status = if rule.enabled { "Enabled" } else { "Disabled" };
    let mut text =
        format!("<Rule><ID>{id}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>{status}</Status>");
    // Writing to a text does not fail.
    if let Some(days) = rule.expires_after_days {
        let _ = write!(text, "<Expiration><Days>{days}</Days></Expiration>");
    }
    if let Some(days) = rule.gives_up_after_days {
        let _ = write!(
            text,
            "<AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
        );
    }
    text.push_str("</Rule>");
    text
}

/// The text of each rule. Rules hold no rules, so the next end is the end.
fn sources(text: &str) -> Vec<&str> {
    const END: &str = "</Rule>";
    let mut sources = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("<Rule>") {
        let Some(end) = rest[start..].find(END) else { break };
        sources.push(&rest[start..start + end + END.len()]);
        rest = &rest[start + end + END.len()..];
    }
    sources
}

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "Rule")]
    rules: Vec<RuleXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleXml {
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(default)]
    status: String,
    filter: Option<FilterXml>,
    /// Where it stood before there were filters.
    prefix: Option<String>,
    expiration: Option<ExpirationXml>,
    abort_incomplete_multipart_upload: Option<AbortXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterXml {
    prefix: Option<String>,
    and: Option<IgnoredAny>,
    tag: Option<IgnoredAny>,
    object_size_greater_than: Option<IgnoredAny>,
    object_size_less_than: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExpirationXml {
    days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AbortXml {
    days_after_initiation: Option<u32>,
}

impl RuleXml {
    fn understood(self) -> Rule {
        let prefix = match self.filter {
            Some(FilterXml { and: Some(_), .. } | FilterXml { tag: Some(_), .. }) => None,
            Some(FilterXml { object_size_greater_than: Some(_), .. })
            | Some(FilterXml { object_size_less_than: Some(_), .. }) => None,
            Some(FilterXml { prefix, .. }) => Some(prefix.or(self.prefix).unwrap_or_default()),
            None => Some(self.prefix.unwrap_or_default()),
        };
        Rule {
            id: self.id.filter(|id| !id.is_empty()),
            enabled: self.status == "Enabled",
            prefix,
            expires_after_days: self.expiration.and_then(|expiration| expiration.days),
            gives_up_after_days: self
                .abort_incomplete_multipart_upload
                .and_then(|abort| abort.days_after_initiation),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::retention::Period;

    use super::*;

    const THEIRS: &str = "<Rule>\n  <ID>logs &amp; more</ID><Filter><And><Prefix>logs/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>\
        <Status>Enabled</Status><Transition><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>";

    fn bucket_with(rules: &str) -> Lifecycle {
        Lifecycle::parse(&format!(
            "<?xml version=\"1.0\"?>\n<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n{rules}\n</LifecycleConfiguration>"
        ))
        .unwrap()
    }

    #[test]
    fn rules_of_others_are_kept_to_the_letter_and_ours_take_the_place_of_ours() {
        let retention = Retention::default();
        let old = "<Rule><ID>covershots-uploads</ID><Prefix>uploads/</Prefix><Status>Enabled</Status><Expiration><Days>7</Days></Expiration></Rule>";
        let there = bucket_with(&format!("{THEIRS}{old}"));
        assert_eq!(there.rules().count(), 2);
        let merged = there.with(&rules::wanted(&retention));
        assert!(merged.document().contains(THEIRS));
        let back = Lifecycle::parse(&merged.document()).unwrap();
        assert_eq!(back, merged, "what is written is what is read");
        assert!(back.findings(&retention).is_empty());
        assert_eq!(back.rules().filter(|rule| rule.is_ours()).count(), 5);
    }

    #[test]
    fn a_rule_for_previews_comes_and_goes_with_its_period() {
        let previews = Retention { previews: Period::days(365), ..Retention::default() };
        let with = bucket_with("").with(&rules::wanted(&previews));
        assert!(with.document().contains("previews/"));
        let without = with.with(&rules::wanted(&Retention::default()));
        assert!(!without.document().contains("previews/"));
    }

    #[test]
    fn a_document_that_is_not_understood_is_not_written_over() {
        for odd in [
            "<LifecycleConfiguration><Rule id=\"1\"><ID>x</ID></Rule></LifecycleConfiguration>",
            "nothing",
            "",
        ] {
            assert!(Lifecycle::parse(odd).is_err(), "{odd}");
        }
    }
}
