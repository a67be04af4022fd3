//! The heart of the engine: two lists of named steps. Reading them is reading the program.

use crate::error::EngineError;
use crate::headshot::{self, Shot};
use crate::prepare::{self, Preparation};

/// One step over a context.
pub struct Step<C> {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&mut C) -> Result<(), EngineError>,
}

/// Once a photo: from pixels to a person cut out, eyes level.
pub const PREPARE: [Step<Preparation>; 6] = [
    Step { name: "find the face", run: prepare::find_face::run },
    Step { name: "level", run: prepare::level::run },
    Step { name: "matte", run: prepare::matte::run },
    Step { name: "clean the edge", run: prepare::clean_edge::run },
    Step { name: "trim", run: prepare::trim::run },
    Step { name: "measure the light", run: prepare::measure_light::run },
];

/// Once a picture: from the person cut out to a finished headshot.
pub const HEADSHOT: [Step<Shot>; 7] = [
    Step { name: "frame", run: headshot::frame::run },
    Step { name: "correct", run: headshot::correct::run },
    Step { name: "retouch", run: headshot::retouch::run },
    Step { name: "relight", run: headshot::relight::run },
    Step { name: "background", run: headshot::background::run },
    Step { name: "compose", run: headshot::compose::run },
    Step { name: "finish", run: headshot::finish::run },
];

/// Is told the name of each step when it is done: for progress and for measuring.
pub type Observer<'a> = &'a mut dyn FnMut(&'static str);

/// Walks through a list.
pub(crate) fn run<C>(steps: &[Step<C>], context: &mut C, observe: Observer<'_>) -> Result<(), EngineError> {
    for step in steps {
        (step.run)(context)?;
        observe(step.name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let mut names: Vec<_> =
            PREPARE.iter().map(|s| s.name).chain(HEADSHOT.iter().map(|s| s.name)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PREPARE.len() + HEADSHOT.len());
    }

    #[test]
    fn a_failing_step_ends_the_walk() {
        let steps: [Step<u32>; 2] = [
            Step { name: "fails", run: |_| Err(EngineError::NoFace) },
            Step {
                name: "never",
                run: |n| {
                    *n += 1;
                    Ok(())
                },
            },
        ];
        let mut count = 0;
        assert!(run(&steps, &mut count, &mut |_| {}).is_err());
        assert_eq!(count, 0);
    }
}
