//! The archive of a starter project.

use std::io::{self, Cursor, Write};

use actix_web::web::Bytes;
use agentidp_domain::scaffold::ScaffoldFile;
use utoipa::ToSchema;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Everybody may read the files, their owner may write them.
const MODE: u32 = 0o644;

/// A ZIP archive.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct ScaffoldArchive(Vec<u8>);

impl ScaffoldArchive {
    /// Packs the files in their order. The same files make the same archive:
    /// every entry carries the first moment that the format can express.
    ///
    /// # Errors
    ///
    /// A path that is there twice or is too long.
    pub fn pack(files: &[ScaffoldFile]) -> io::Result<Self> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(MODE);
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            archive.start_file(file.path, options)?;
            archive.write_all(file.content.as_bytes())?;
        }
        Ok(Self(archive.finish()?.into_inner()))
    }

    /// The bytes of the archive.
    pub fn into_bytes(self) -> Bytes {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_archive() {
        let files = [ScaffoldFile {
            path: "src/main.rs",
            content: "fn main() {}\n".to_owned(),
        }];
        let [a, b] = [(); 2].map(|()| ScaffoldArchive::pack(&files).unwrap().into_bytes());
        assert_eq!(a, b);
        let twice = [files[0].clone(), files[0].clone()];
        assert!(ScaffoldArchive::pack(&twice).is_err());
    }
}
