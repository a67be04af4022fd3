//! A provider makes pictures.
