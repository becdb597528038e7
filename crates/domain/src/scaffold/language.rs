//! The languages there are starter projects in.

use crate::wire_enum;

wire_enum! {
    /// Language of a starter project.
    Language {
        /// TypeScript on Node.js.
        TypeScript = "typescript",
        /// Python.
        Python = "python",
        /// Go.
        Go = "go",
        /// Java.
        Java = "java",
        /// Rust.
        Rust = "rust",
    }
}
