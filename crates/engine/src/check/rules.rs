//! The rules, one finding each, and the words that tell a person what to do.

use domain::{Finding, FindingKind, Verdict};

use super::measure::Measures;

/// A rule finds something or nothing.
type Rule = fn(&Measures) -> Option<Finding>;

/// In the order in which equals are told.
pub(super) const RULES: [Rule; 10] =
    [people, cropping, size, focus, darkness, glare, one_sided, turned, tilted, eyes];

fn found(kind: FindingKind, verdict: Verdict, advice: &str) -> Option<Finding> {
    Some(Finding { kind, verdict, advice: advice.to_owned() })
}

fn people(m: &Measures) -> Option<Finding> {
    match m.other_face {
        share if share > 0.55 => found(
            FindingKind::SeveralFaces,
            Verdict::Unusable,
            "Several people are in the photo: use one of you alone, or crop it to yourself.",
        ),
        share if share > 0.1 => found(
            FindingKind::FaceInBackground,
            Verdict::Usable,
            "Somebody else is in the background: a photo of you alone gives a cleaner edge.",
        ),
        _ => None,
    }
}

fn cropping(m: &Measures) -> Option<Finding> {
    if m.head_outside > 0.2 {
        return found(
            FindingKind::HeadCut,
            Verdict::Unusable,
            "The frame cuts your face: step back until head and shoulders are in the picture.",
        );
    }
    if m.head_outside > 0.05 {
        return found(
            FindingKind::HeadCut,
            Verdict::Usable,
            "The frame cuts the top of your head: leave some room above your hair.",
        );
    }
    if m.below_chin < 0.25 {
        return found(
            FindingKind::NoShoulders,
            Verdict::Usable,
            "Your shoulders are not in the picture: step back a little.",
        );
    }
    None
}

fn size(m: &Measures) -> Option<Finding> {
    match m.face_height {
        h if h < 60.0 => found(
            FindingKind::FaceTooSmall,
            Verdict::Unusable,
            "Your face is too small in this photo: come closer, or send the original instead of a small copy.",
        ),
        h if h < 180.0 => found(
            FindingKind::FaceTooSmall,
            Verdict::Usable,
            "Your face is rather small: come closer, or send the photo in full size.",
        ),
        _ => None,
    }
}

fn focus(m: &Measures) -> Option<Finding> {
    match m.sharpness {
        s if s < 0.06 => found(
            FindingKind::Blurred,
            Verdict::Unusable,
            "Your face is out of focus: wipe the lens, tap your face on the screen and hold still.",
        ),
        s if s < 0.15 => found(
            FindingKind::Blurred,
            Verdict::Usable,
            "Your face is a little soft: hold still, or rest the phone on something.",
        ),
        _ => None,
    }
}

fn darkness(m: &Measures) -> Option<Finding> {
    match m.skin {
        s if s < 0.006 => found(
            FindingKind::TooDark,
            Verdict::Unusable,
            "Your face is too dark to make out: face a window or switch on a light in front of you.",
        ),
        s if s < 0.035 => {
            found(FindingKind::TooDark, Verdict::Usable, "Your face is in shadow: face a window.")
        }
        _ => None,
    }
}

fn glare(m: &Measures) -> Option<Finding> {
    match m.burnt {
        b if b > 0.5 => found(
            FindingKind::TooBright,
            Verdict::Unusable,
            "Your face is burnt out: step out of the direct light.",
        ),
        b if b > 0.12 => found(
            FindingKind::TooBright,
            Verdict::Usable,
            "Parts of your face are too bright: step out of the direct light, or turn off the flash.",
        ),
        _ => None,
    }
}

fn one_sided(m: &Measures) -> Option<Finding> {
    (m.lean.abs() > 1.7).then(|| {
        let side = if m.lean > 0.0 { "left" } else { "right" };
        Finding {
            kind: FindingKind::UnevenLight,
            verdict: Verdict::Usable,
            advice: format!(
                "The {side} half of the picture of your face is much darker: turn toward the light."
            ),
        }
    })
}

fn turned(m: &Measures) -> Option<Finding> {
    match m.yaw.abs() {
        y if y > 1.0 => found(
            FindingKind::TurnedAway,
            Verdict::Unusable,
            "Your head is turned away: look toward the camera.",
        ),
        y if y > 0.5 => found(
            FindingKind::TurnedAway,
            Verdict::Usable,
            "Your head is turned far to the side: turn a little toward the camera.",
        ),
        _ => None,
    }
}

fn tilted(m: &Measures) -> Option<Finding> {
    (m.pitch.abs() > 0.42).then(|| Finding {
        kind: FindingKind::TiltedUpOrDown,
        verdict: Verdict::Usable,
        advice: "The camera is far above or below your eyes: hold it at eye level.".into(),
    })
}

fn eyes(m: &Measures) -> Option<Finding> {
    if m.eyes_open < 0.11 {
        return found(FindingKind::EyesHidden, Verdict::Usable, "Your eyes look closed: take another one.");
    }
    (m.eye_light < 0.12 && m.eye_contrast < 0.25 && m.skin > 0.05)
        .then(|| {
            found(FindingKind::EyesHidden, Verdict::Usable, "Your eyes are hidden: take off dark glasses.")
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Measures {
        Measures {
            face_height: 600.0,
            other_face: 0.0,
            sharpness: 0.35,
            skin: 0.25,
            burnt: 0.0,
            lean: 0.2,
            yaw: 0.1,
            pitch: 0.0,
            head_outside: 0.0,
            below_chin: 1.0,
            eyes_open: 0.28,
            eye_light: 0.6,
            eye_contrast: 0.8,
        }
    }

    fn kinds(m: &Measures) -> Vec<(FindingKind, Verdict)> {
        RULES.iter().filter_map(|rule| rule(m)).map(|f| (f.kind, f.verdict)).collect()
    }

    #[test]
    fn a_good_photo_is_not_nagged_about() {
        assert_eq!(kinds(&good()), []);
        // Dark skin in good light is not a dark photo.
        assert_eq!(kinds(&Measures { skin: 0.045, ..good() }), []);
    }

    #[test]
    fn each_fault_is_found_alone() {
        use FindingKind::*;
        use Verdict::*;
        let cases = [
            (Measures { other_face: 0.8, ..good() }, SeveralFaces, Unusable),
            (Measures { other_face: 0.2, ..good() }, FaceInBackground, Usable),
            (Measures { head_outside: 0.3, ..good() }, HeadCut, Unusable),
            (Measures { head_outside: 0.1, ..good() }, HeadCut, Usable),
            (Measures { below_chin: 0.1, ..good() }, NoShoulders, Usable),
            (Measures { face_height: 40.0, ..good() }, FaceTooSmall, Unusable),
            (Measures { sharpness: 0.03, ..good() }, Blurred, Unusable),
            (Measures { skin: 0.02, ..good() }, TooDark, Usable),
            (Measures { burnt: 0.2, ..good() }, TooBright, Usable),
            (Measures { lean: -2.5, ..good() }, UnevenLight, Usable),
            (Measures { yaw: -1.2, ..good() }, TurnedAway, Unusable),
            (Measures { pitch: 0.6, ..good() }, TiltedUpOrDown, Usable),
            (Measures { eyes_open: 0.05, ..good() }, EyesHidden, Usable),
            (Measures { eye_light: 0.05, eye_contrast: 0.1, ..good() }, EyesHidden, Usable),
        ];
        for (measures, kind, verdict) in cases {
            assert_eq!(kinds(&measures), [(kind, verdict)], "{measures:?}");
        }
    }
}
