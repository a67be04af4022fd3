//! What a photo is good for: findings that a person can act on, and the verdict they add up to.

use serde::{Deserialize, Serialize};

/// Whether a photo can be worked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No usable picture can come of it; it is refused before it costs anything.
    Unusable,
    /// It works, and another photo would give a better picture.
    Usable,
    /// Nothing to improve that would be seen in the result.
    Good,
}

/// What was found. The names are stable: programs may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Nobody is in the picture.
    NoFace,
    /// Several people of about the same size are in the picture.
    SeveralFaces,
    /// Somebody smaller is in the background.
    FaceInBackground,
    /// The face has too few pixels.
    FaceTooSmall,
    /// The face is out of focus or was moved.
    Blurred,
    /// The face is too dark.
    TooDark,
    /// The face is too bright: its highlights are burnt out.
    TooBright,
    /// One side of the face is much darker than the other.
    UnevenLight,
    /// The head is turned far to a side.
    TurnedAway,
    /// The head is tilted up or down a good deal.
    TiltedUpOrDown,
    /// The frame cuts the head.
    HeadCut,
    /// The frame cuts close to the chin: no shoulders to show.
    NoShoulders,
    /// The eyes are closed, covered or hidden behind dark glasses.
    EyesHidden,
}

/// One thing found, with advice that a person can act on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// The verdict that this finding alone would give.
    pub verdict: Verdict,
    /// What is the matter and what to do: "Your face is in shadow: face a window."
    pub advice: String,
}

/// The result of looking at one photo. It holds no measurement of the face: those live in memory only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoCheck {
    /// The worst verdict among the findings, or [`Verdict::Good`] when there are none.
    pub verdict: Verdict,
    /// How well the photo suits a headshot, 0 to 100.
    pub score: u8,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
}

impl PhotoCheck {
    /// Sums findings up: the worst decides the verdict. `score` is capped so that it never contradicts it.
    pub fn new(mut findings: Vec<Finding>, score: u8) -> Self {
        findings.sort_by_key(|finding| finding.verdict);
        let verdict = findings.first().map_or(Verdict::Good, |worst| worst.verdict);
        let score = match verdict {
            Verdict::Good => score.clamp(80, 100),
            Verdict::Usable => score.clamp(30, 79),
            Verdict::Unusable => score.min(29),
        };
        PhotoCheck { verdict, score, findings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_decides() {
        let finding = |kind, verdict| Finding { kind, verdict, advice: String::new() };
        let check = PhotoCheck::new(
            vec![
                finding(FindingKind::TooDark, Verdict::Usable),
                finding(FindingKind::HeadCut, Verdict::Unusable),
            ],
            95,
        );
        assert_eq!(check.verdict, Verdict::Unusable);
        assert_eq!(check.findings[0].kind, FindingKind::HeadCut);
        assert!(check.score < 30);
        assert_eq!(PhotoCheck::new(vec![], 12).verdict, Verdict::Good);
    }
}
