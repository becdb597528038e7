//! The inputs in `fuzz/corpus/`.

use std::fs;
use std::path::PathBuf;

use agentidp_properties::Property;

/// A file of a corpus: its name and what is in it.
pub type Input = (String, Vec<u8>);

/// Folder of all corpora, one below it per target.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus"))
}

/// The inputs of a property in the order of their names.
pub fn of<P: Property>() -> Vec<Input> {
    let mut inputs: Vec<Input> = fs::read_dir(folder().join(P::NAME))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}
