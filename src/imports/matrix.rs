//! Losses of models on samples, gathered from files that hold them one by one, until all of them are known to be the same
//! samples for all models.

use std::collections::HashMap;

use super::{Entry, ImportError, ImportedStep, Who};
use crate::records::{Logged, Place, StepSample};

/// A loss as a file holds it.
pub struct Measured {
    /// The sample's name, the same in the files of all models.
    pub sample: String,
    /// What is the same where the samples are the same: hashes, or the text.
    pub fingerprint: String,
    /// The loss in nats.
    pub loss: f64,
}

/// Losses by model and sample.
#[derive(Default)]
pub struct Matrix {
    models: Vec<Model>,
    samples: Vec<Known>,
    /// Where the samples stand, by name.
    places: HashMap<String, usize>,
}

struct Model {
    who: Who,
    place: Place,
    /// By sample.
    losses: HashMap<usize, f64>,
}

struct Known {
    name: String,
    fingerprint: String,
    first: Place,
}

impl Matrix {
    /// Enters one loss.
    ///
    /// # Errors
    /// The sample is another one than that of the name before, or the model has it already.
    pub fn add(&mut self, who: &Who, place: &Place, measured: Measured) -> Result<(), ImportError> {
        let Measured { sample, fingerprint, loss } = measured;
        let next = self.samples.len();
        let index = *self.places.entry(sample.clone()).or_insert(next);
        if index == next {
            self.samples.push(Known { name: sample.clone(), fingerprint, first: place.clone() });
        } else if self.samples[index].fingerprint != fingerprint {
            return Err(ImportError::OtherSample {
                place: place.clone(),
                sample,
                first: self.samples[index].first.clone(),
            });
        }
        let model = self.model(who, place);
        match model.losses.insert(index, loss) {
            None => Ok(()),
            Some(_) => Err(ImportError::Twice { place: place.clone(), sample, model: who.to_string() }),
        }
    }

    fn model(&mut self, who: &Who, place: &Place) -> &mut Model {
        // Files come one after another, so it is nearly always the last.
        let known = self.models.iter().rposition(|model| model.who == *who);
        let index = known.unwrap_or_else(|| {
            self.models.push(Model { who: who.clone(), place: place.clone(), losses: HashMap::new() });
            self.models.len() - 1
        });
        &mut self.models[index]
    }

    /// One step over all samples, in the order of the first model.
    ///
    /// # Errors
    /// A model lacks a sample that others have.
    pub fn into_step(self) -> Result<ImportedStep, ImportError> {
        let samples = &self.samples;
        let entry = |model: Model| {
            let loss = |index: usize| {
                let found = model.losses.get(&index).copied();
                found.ok_or_else(|| ImportError::NotMeasured {
                    file: model.place.file.clone(),
                    model: model.who.to_string(),
                    sample: samples[index].name.clone(),
                })
            };
            let losses = (0..samples.len()).map(loss).collect::<Result<_, _>>()?;
            Ok(Entry {
                who: model.who,
                block: None,
                competition: None,
                losses: Some(losses),
                logged: Logged::default(),
                place: model.place,
            })
        };
        let entries = self.models.into_iter().map(entry).collect::<Result<_, ImportError>>()?;
        let sample = |known: &Known| StepSample { id: Some(known.name.clone()), source: None };
        Ok(ImportedStep { step: 0, current_block: None, samples: samples.iter().map(sample).collect(), entries })
    }
}
