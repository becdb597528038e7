//! Hostile and damaged archives, and folders that are not empty.

use std::io::Write;
use std::os::unix::fs::symlink;

use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

type Writer = ZipWriter<Cursor<Vec<u8>>>;

fn archive(fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut writer);
    writer.finish().unwrap().into_inner()
}

/// An archive with one file.
fn with_file(name: &str, content: &str) -> Vec<u8> {
    archive(|writer| {
        let options = SimpleFileOptions::default();
        writer.start_file(name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    })
}

fn folder() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("project");
    fs::create_dir(&folder).unwrap();
    (root, folder)
}

fn refusal(archive: &[u8], folder: &Path) -> String {
    match unpack(archive, folder, false) {
        Err(Failure::Error(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_and_folders_are_written() {
    let (_root, folder) = folder();
    let archive = archive(|writer| {
        let options = SimpleFileOptions::default();
        writer.add_directory("src", options).unwrap();
        writer.start_file("src/deep/main.rs", options).unwrap();
        writer.write_all(b"fn main() {}").unwrap();
    });
    unpack(&archive, &folder, false).unwrap();
    let written = fs::read_to_string(folder.join("src/deep/main.rs")).unwrap();
    assert_eq!(written, "fn main() {}");
}

#[test]
fn nothing_leaves_the_folder() {
    for name in [
        "../evil",
        "a/../../evil",
        "/tmp/evil",
        "a\\..\\evil",
        "a\nb",
        "..",
        ".",
    ] {
        assert_eq!(inside(name), None, "{name}");
    }
    assert_eq!(inside("./a/b"), Some(PathBuf::from("a/b")));
    let (root, folder) = folder();
    let text = refusal(&with_file("../evil", "x"), &folder);
    assert!(text.contains("'../evil' leaves the folder"), "{text}");
    assert!(!root.path().join("evil").exists());
}

#[test]
fn links_are_neither_made_nor_followed() {
    let (root, folder) = folder();
    let link = archive(|writer| {
        let options = SimpleFileOptions::default();
        writer.add_symlink("link", "/etc", options).unwrap();
    });
    assert!(refusal(&link, &folder).contains("'link' is a link"));
    symlink(root.path(), folder.join("out")).unwrap();
    let text = refusal(&with_file("out/evil", "x"), &folder);
    assert!(text.contains("through a link"), "{text}");
    assert!(!root.path().join("evil").exists());
}

#[test]
fn what_exists_is_kept_unless_told_otherwise() {
    let (root, folder) = folder();
    let target = folder.join("main.py");
    fs::write(&target, "mine").unwrap();
    let archive = with_file("main.py", "theirs");
    let text = refusal(&archive, &folder);
    assert!(text.contains("main.py exists already."), "{text}");
    assert!(text.contains("--force"), "{text}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    unpack(&archive, &folder, true).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");

    // A link is replaced, what it points to stays.
    let other = root.path().join("other");
    fs::write(&other, "elsewhere").unwrap();
    fs::remove_file(&target).unwrap();
    symlink(&other, &target).unwrap();
    unpack(&archive, &folder, true).unwrap();
    assert_eq!(fs::read_to_string(&other).unwrap(), "elsewhere");
    assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
}

#[test]
fn an_archive_that_is_damaged_leaves_nothing_behind() {
    let (_root, folder) = folder();
    let mut archive = archive(|writer| {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, content) in [("a", "whole"), ("src/b", "will be damaged")] {
            writer.start_file(name, options).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
    });
    let damaged = b"will be damaged";
    let mut parts = archive.windows(damaged.len());
    let place = parts.position(|part| part == damaged).unwrap();
    archive[place] = b'W';
    let text = refusal(&archive, &folder);
    assert!(text.contains("src/b cannot be unpacked"), "{text}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn what_is_in_the_way_is_found_before_anything_is_written() {
    let archive = archive(|writer| {
        for name in ["a", "src/b"] {
            writer
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
        }
    });
    let (_root, in_folder) = folder();
    fs::create_dir_all(in_folder.join("src/b")).unwrap();
    let (_other, in_file) = folder();
    fs::write(in_file.join("src"), "mine").unwrap();
    for (folder, expected) in [
        (in_folder, "src/b is a folder."),
        (in_file, "src is no folder."),
    ] {
        let Err(Failure::Error(text)) = unpack(&archive, &folder, true) else {
            panic!("unpacked");
        };
        assert!(text.contains(expected), "{text}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{text}");
    }
}

#[test]
fn a_file_in_a_file_is_refused() {
    let (_root, folder) = folder();
    let archive = archive(|writer| {
        for name in ["a/b", "a"] {
            writer
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
        }
    });
    let text = refusal(&archive, &folder);
    assert!(text.contains("'a/b' lies in a file"), "{text}");
}

#[test]
fn huge_archives_are_refused() {
    let (_root, folder) = folder();
    let limits = Limits {
        entries: 2,
        bytes: 1000,
    };
    let archive = |sizes: &[usize]| {
        archive(|writer| {
            for (number, size) in sizes.iter().enumerate() {
                let options = SimpleFileOptions::default();
                writer.start_file(number.to_string(), options).unwrap();
                writer.write_all(&vec![0; *size]).unwrap();
            }
        })
    };
    for sizes in [&[1, 1, 1][..], &[1001], &[600, 401]] {
        let refused = unpack_within(&limits, &archive(sizes), &folder, false);
        assert_eq!(refused, Err(too_large(&limits)), "{sizes:?}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{sizes:?}");
    }
    unpack_within(&limits, &archive(&[600, 400]), &folder, false).unwrap();
}

#[test]
fn what_is_no_archive_is_refused() {
    let (_root, folder) = folder();
    assert!(refusal(b"<html>", &folder).contains("no archive"));
}
