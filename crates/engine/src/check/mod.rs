//! Looks at a photo before anything is made of it: what is the matter, and what to do about it.
//!
//! Every finding is one short rule over the same measurements. Measurements live here only; what leaves is advice.

mod measure;
mod rules;

use domain::{Finding, FindingKind, PhotoCheck, Verdict};
use imaging::Rgb8;

use crate::error::EngineError;
use crate::models::Models;
use crate::prepare::find_face;
use measure::Measures;

/// Checks a photo.
pub(crate) fn check(models: &Models, photo: &Rgb8) -> Result<PhotoCheck, EngineError> {
    let faces = find_face::all(models, photo)?;
    let Some((face, mesh)) = faces.first() else {
        return Ok(PhotoCheck::new(vec![nobody()], 0));
    };
    let others = faces[1..].iter().map(|(other, _)| other.bounds.area() / face.bounds.area());
    let measures = Measures::of(photo, face, mesh, others.fold(0.0, f32::max));
    let findings: Vec<Finding> = rules::RULES.iter().filter_map(|rule| rule(&measures)).collect();
    let score = 100.0 - findings.iter().map(|f| cost(f.verdict)).sum::<f32>() - measures.small_faults();
    Ok(PhotoCheck::new(findings, score.clamp(0.0, 100.0) as u8))
}

fn nobody() -> Finding {
    Finding {
        kind: FindingKind::NoFace,
        verdict: Verdict::Unusable,
        advice: "No face was found: use a photo that shows your face from the front, in good light.".into(),
    }
}

fn cost(verdict: Verdict) -> f32 {
    match verdict {
        Verdict::Good => 0.0,
        Verdict::Usable => 22.0,
        Verdict::Unusable => 80.0,
    }
}
