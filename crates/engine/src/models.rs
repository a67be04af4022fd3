//! The neural models: embedded in the program, loaded when first needed, run on the CPU.
//!
//! Where each comes from and its licence is in `models/PROVENANCE.md`.

use std::sync::OnceLock;

use imaging::{Resizable, Rgb8};
use rten::{Model, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::error::EngineError;

/// One model with its name, loaded at its first use.
struct Lazy {
    name: &'static str,
    bytes: &'static [u8],
    model: OnceLock<Model>,
}

impl Lazy {
    const fn new(name: &'static str, bytes: &'static [u8]) -> Self {
        Lazy { name, bytes, model: OnceLock::new() }
    }

    fn error(&self, reason: impl ToString) -> EngineError {
        EngineError::Model { model: self.name, reason: reason.to_string() }
    }

    fn get(&self) -> Result<&Model, EngineError> {
        if let Some(model) = self.model.get() {
            return Ok(model);
        }
        let model = Model::load_static_slice(self.bytes).map_err(|e| self.error(e))?;
        Ok(self.model.get_or_init(|| model))
    }

    /// Runs the model on one picture tensor and returns its first `N` outputs, flattened.
    fn run<const N: usize>(&self, input: NdTensor<f32, 4>) -> Result<[Vec<f32>; N], EngineError> {
        let model = self.get()?;
        let inputs = model.input_ids();
        let outputs: [_; N] = model
            .output_ids()
            .get(..N)
            .and_then(|ids| ids.try_into().ok())
            .ok_or_else(|| self.error("it has too few outputs"))?;
        let first = *inputs.first().ok_or_else(|| self.error("it has no input"))?;
        let values = model
            .run_n(vec![(first, ValueOrView::from(input.view()))], outputs, None)
            .map_err(|e| self.error(e))?;
        let mut flat = Vec::with_capacity(N);
        for value in values {
            let tensor: rten_tensor::Tensor<f32> =
                value.try_into().map_err(|e| self.error(format!("{e:?}")))?;
            flat.push(tensor.to_vec());
        }
        flat.try_into().map_err(|_| self.error("it gave too few outputs"))
    }
}

macro_rules! model {
    ($file:literal) => {
        Lazy::new($file, include_bytes!(concat!("../../../models/", $file)))
    };
}

/// All models of the engine.
pub(crate) struct Models {
    blazeface_short: Lazy,
    blazeface_full: Lazy,
    face_landmark: Lazy,
    face_likeness: Lazy,
    selfie: Lazy,
    u2netp: Lazy,
}

/// Raw output of a face detector: 16 numbers an anchor (box and six key points) and a logit an anchor.
pub(crate) struct Detections {
    pub(crate) boxes: Vec<f32>,
    pub(crate) logits: Vec<f32>,
}

impl Models {
    pub(crate) const fn new() -> Self {
        Models {
            blazeface_short: model!("blazeface_short.onnx"),
            blazeface_full: model!("blazeface_full.onnx"),
            face_landmark: model!("face_landmark.onnx"),
            face_likeness: model!("face_likeness.onnx"),
            selfie: model!("selfie_segmentation.onnx"),
            u2netp: model!("u2netp.onnx"),
        }
    }

    /// Faces near the camera. `square` is scaled to 128 × 128.
    pub(crate) fn faces_near(&self, square: &Rgb8) -> Result<Detections, EngineError> {
        let [boxes, logits] = self.blazeface_short.run(tensor(square, 128, |v| v / 127.5 - 1.0))?;
        Ok(Detections { boxes, logits })
    }

    /// Faces farther away. `square` is scaled to 192 × 192.
    pub(crate) fn faces_far(&self, square: &Rgb8) -> Result<Detections, EngineError> {
        let [boxes, logits] = self.blazeface_full.run(tensor(square, 192, |v| v / 127.5 - 1.0))?;
        Ok(Detections { boxes, logits })
    }

    /// 468 points as x, y, z in pixels of the 192 × 192 crop, and the logit that a face is there.
    pub(crate) fn landmarks(&self, crop: &Rgb8) -> Result<(Vec<f32>, f32), EngineError> {
        let [points, presence] = self.face_landmark.run(tensor(crop, 192, |v| v / 255.0))?;
        let presence = presence.first().copied().ok_or_else(|| self.face_landmark.error("no presence"))?;
        Ok((points, presence))
    }

    /// 128 numbers by which faces are told apart, of a level face of 150 × 150 pixels.
    pub(crate) fn recognise(&self, face: &Rgb8) -> Result<Vec<f32>, EngineError> {
        let [numbers] = self.face_likeness.run(tensor(face, 150, |v| v))?;
        Ok(numbers)
    }

    /// A 256 × 256 mask of the person, 0 to 1.
    pub(crate) fn person(&self, square: &Rgb8) -> Result<Vec<f32>, EngineError> {
        let [mask] = self.selfie.run(tensor(square, 256, |v| v / 255.0))?;
        Ok(mask)
    }

    /// A 320 × 320 mask of what stands out, 0 to 1, with finer edges than [`Models::person`].
    pub(crate) fn salient(&self, square: &Rgb8) -> Result<Vec<f32>, EngineError> {
        const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
        const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
        let small = square.resized(320, 320);
        let brightest = small.data().iter().copied().max().unwrap_or(255).max(1);
        let input = NdTensor::from_fn([1, 3, 320, 320], |[_, c, y, x]| {
            (f32::from(small.get(x, y)[c]) / f32::from(brightest) - MEAN[c]) / DEVIATION[c]
        });
        let [mask] = self.u2netp.run(input)?;
        let (low, high) = mask.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let span = (high - low).max(1e-6);
        Ok(mask.into_iter().map(|v| (v - low) / span).collect())
    }
}

/// A picture, scaled to `side` × `side`, as a 1 × 3 × side × side tensor of `value` of each channel.
fn tensor(picture: &Rgb8, side: usize, value: impl Fn(f32) -> f32) -> NdTensor<f32, 4> {
    let scaled;
    let picture = if picture.width() == side && picture.height() == side {
        picture
    } else {
        scaled = picture.resized(side, side);
        &scaled
    };
    NdTensor::from_fn([1, 3, side, side], |[_, c, y, x]| value(f32::from(picture.get(x, y)[c])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_loads_and_runs() {
        let models = Models::new();
        let grey = Rgb8::filled(64, 64, [128; 3]);
        assert_eq!(models.faces_near(&grey).unwrap().logits.len(), 896);
        assert_eq!(models.faces_far(&grey).unwrap().logits.len(), 2304);
        assert_eq!(models.landmarks(&grey).unwrap().0.len(), 1404);
        assert_eq!(models.recognise(&grey).unwrap().len(), 128);
        assert_eq!(models.person(&grey).unwrap().len(), 256 * 256);
        assert_eq!(models.salient(&grey).unwrap().len(), 320 * 320);
    }
}
