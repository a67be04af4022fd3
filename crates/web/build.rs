//! Rebuilds the crate when an asset is added or taken away: the embedding macro sees changed files only.

fn main() {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=templates");
}
