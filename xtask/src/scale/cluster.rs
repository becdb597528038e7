//! PostgreSQL with a small and a large database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use agentidp_testkit::services::{Options, Postgres};
use tempfile::TempDir;

use crate::failure::{Failure, Result};
use crate::run::{run, run_silently};
use crate::scale::installation::{Binaries, Place};
use crate::scale::{Size, fill};
use crate::ui;

/// What differs from the settings of the test servers: a machine that serves
/// ten million rows has buffers for them, and plans can be logged.
const SETTINGS: &[(&str, &str)] = &[
    ("shared_buffers", "2GB"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "15min"),
    ("shared_preload_libraries", "auto_explain"),
    ("logging_collector", "on"),
    ("log_directory", "log"),
    ("log_filename", "server.log"),
    ("log_rotation_age", "0"),
    ("log_rotation_size", "0"),
];
const NAMES: [&str; 2] = ["scale_small", "scale_large"];
/// Written last into the folder of `--keep`; says what is in it.
const CONTENT: &str = "content.txt";

/// A running server with both databases.
pub struct Cluster {
    postgres: Postgres,
    places: Vec<Place>,
    _folder: TempDir,
}

impl Cluster {
    /// Starts a server and fills it, or takes what is in `keep`. Puts what it
    /// filled there.
    pub fn start(binaries: &Binaries, sizes: [Size; 2], keep: Option<&Path>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut postgres = Postgres::start_with(Options { durable: true })?;
        let places = NAMES.into_iter().zip(sizes);
        let places = places.map(|(name, size)| Place::new(name, size, folder.path()));
        let places: Vec<Place> = places.collect();
        match keep {
            Some(kept) if is_filled(kept, sizes)? => {
                restore(&mut postgres, kept, folder.path())?;
                // They may be older than the program.
                for place in &places {
                    let url = postgres.superuser_url(place.database());
                    run_silently(&mut place.command(binaries, &url, "migrate"))?;
                }
            }
            _ => {
                configure(&mut postgres)?;
                for place in &places {
                    prepare(binaries, &postgres, place)?;
                }
                if let Some(kept) = keep {
                    save(&mut postgres, kept, folder.path(), sizes)?;
                }
            }
        }
        Ok(Self {
            postgres,
            places,
            _folder: folder,
        })
    }

    /// The databases, the small one first.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// URL of a database for the server.
    pub fn url(&self, place: &Place) -> String {
        self.postgres.superuser_url(place.database())
    }

    /// Runs SQL; see [`Postgres::query`].
    pub fn query(&self, place: &Place, sql: &str) -> Result<String> {
        Ok(self.postgres.query(place.database(), sql)?)
    }
}

/// Applies [`SETTINGS`], which need a restart.
fn configure(postgres: &mut Postgres) -> Result<()> {
    for (name, value) in SETTINGS {
        // One statement each: they must not be in a transaction.
        postgres.query("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"))?;
    }
    Ok(postgres.restart()?)
}

fn prepare(binaries: &Binaries, postgres: &Postgres, place: &Place) -> Result<()> {
    let size = place.size();
    ui::step(format!(
        "filling {}: {} organizations, {} agents, {} events",
        place.database(),
        size.organizations,
        size.agents,
        size.events
    ));
    postgres.create_database(place.database())?;
    let url = postgres.superuser_url(place.database());
    for command in ["migrate", "bootstrap"] {
        run_silently(&mut place.command(binaries, &url, command))?;
    }
    fill::fill(&binaries.fill, &url, &place.data(), size)
}

/// Whether the folder holds databases of these sizes. An empty or missing
/// folder does not; one with anything else in it is refused.
fn is_filled(kept: &Path, sizes: [Size; 2]) -> Result<bool> {
    let refuse = |what: &str| {
        let kept = kept.display();
        Err(Failure::new(format!(
            "{kept} {what}; remove it or name another folder"
        )))
    };
    match fs::read_to_string(kept.join(CONTENT)) {
        Ok(text) if text == content(sizes) => Ok(true),
        Ok(text) => refuse(&format!("holds other sizes ({})", text.trim())),
        Err(_) if fs::read_dir(kept).is_ok_and(|mut found| found.next().is_some()) => {
            refuse("holds something else, or an interrupted copy")
        }
        Err(_) => Ok(false),
    }
}

fn content(sizes: [Size; 2]) -> String {
    let lines = sizes.map(|size| {
        format!(
            "{} organizations, {} agents, {} events\n",
            size.organizations, size.agents, size.events
        )
    });
    lines.concat()
}

fn data_of(postgres: &Postgres) -> Result<PathBuf> {
    Ok(postgres.query("postgres", "SHOW data_directory")?.into())
}

fn save(postgres: &mut Postgres, kept: &Path, servers: &Path, sizes: [Size; 2]) -> Result<()> {
    ui::step(format!("keeping the databases in {}", kept.display()));
    let data = data_of(postgres)?;
    fs::create_dir_all(kept)?;
    postgres.stop()?;
    copy(&data, &kept.join("data"))?;
    copy(servers, &kept.join("servers"))?;
    fs::write(kept.join(CONTENT), content(sizes))?;
    Ok(postgres.start_again()?)
}

fn restore(postgres: &mut Postgres, kept: &Path, servers: &Path) -> Result<()> {
    ui::step(format!("taking the databases from {}", kept.display()));
    let data = data_of(postgres)?;
    postgres.stop()?;
    fs::remove_dir_all(&data)?;
    copy(&kept.join("data"), &data)?;
    copy(&kept.join("servers/."), servers)?;
    Ok(postgres.start_again()?)
}

/// With owners and rights, which PostgreSQL insists on.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut command = Command::new("cp");
    run(command.args(["-a", "--reflink=auto"]).args([from, to]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_only_with_the_same_sizes() {
        let folder = tempfile::tempdir().unwrap();
        let size = |agents| Size {
            organizations: 1,
            agents,
            events: 2,
        };
        let sizes = [size(1), size(2)];
        assert!(!is_filled(&folder.path().join("missing"), sizes).unwrap());
        assert!(!is_filled(folder.path(), sizes).unwrap());
        fs::write(folder.path().join("other"), "").unwrap();
        assert!(is_filled(folder.path(), sizes).is_err());
        fs::write(folder.path().join(CONTENT), content(sizes)).unwrap();
        assert!(is_filled(folder.path(), sizes).unwrap());
        let refused = is_filled(folder.path(), [size(1), size(3)]).unwrap_err();
        assert!(refused.to_string().contains("other sizes"), "{refused}");
    }
}
