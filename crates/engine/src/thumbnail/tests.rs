//! Whole thumbnails, looked at from outside.
