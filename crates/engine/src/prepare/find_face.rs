//! Finds the main face: of several the largest, if it is plainly the largest.

use super::Preparation;
use crate::detect;
use crate::error::EngineError;
use crate::face::Face;
use crate::landmarks::Mesh;
use crate::models::Models;

/// More candidates than this are not looked at: a crowd has no main face.
const MOST: usize = 12;

pub(crate) fn run(p: &mut Preparation) -> Result<(), EngineError> {
    let (face, mesh) = all(p.models, &p.photo)?.into_iter().next().ok_or(EngineError::NoFace)?;
    p.face = Some(face);
    p.mesh = Some(mesh);
    Ok(())
}

/// All faces that the landmark model confirms, largest first.
pub(crate) fn all(models: &Models, photo: &imaging::Rgb8) -> Result<Vec<(Face, Mesh)>, EngineError> {
    let mut faces: Vec<(Face, Mesh)> = Vec::new();
    for candidate in detect::find(models, photo)?.iter().take(MOST) {
        if let Some(mesh) = Mesh::find(models, photo, candidate)? {
            let face = mesh.face();
            let again = |(other, _): &(Face, Mesh)| {
                other.bounds.intersection(face.bounds).area()
                    > 0.5 * other.bounds.area().min(face.bounds.area())
            };
            if !faces.iter().any(again) {
                faces.push((face, mesh));
            }
        }
    }
    faces.sort_by(|a, b| b.0.bounds.area().total_cmp(&a.0.bounds.area()));
    Ok(faces)
}
