//! Rebuilds the crate when a style is added or taken away: the embedding macro sees changed files only.

fn main() {
    println!("cargo::rerun-if-changed=../../styles");
}
