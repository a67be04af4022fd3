//! Thumbnails: the person cut out, a background, and a title that can be read.
