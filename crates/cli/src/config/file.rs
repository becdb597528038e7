//! The configuration file, `~/.sentryagent/config.json`.
//!
//! The default profile stands at the top, others below `profiles`. What this
//! version does not know is kept.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sentryagent_idp::ExposeSecret;
use serde_json::{Map, Value};

use super::{Partial, Profile, Settings};

const FOLDER: &str = ".sentryagent";
const FILE: &str = "config.json";
/// Member that holds the named profiles.
const PROFILES: &str = "profiles";

/// What the copy of a file is called that was no configuration.
const BACKUP: &str = "json.bak";

/// Its owner may do everything, others nothing.
const FOLDER_MODE: u32 = 0o700;
/// Its owner may read and write, others nothing.
const FILE_MODE: u32 = 0o600;
/// The rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A configuration file, which may be missing.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
}

impl ConfigFile {
    /// The file of the user; `None` without a home directory.
    pub(crate) fn of_user() -> Option<Self> {
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty())?;
        Some(Self::below(&home))
    }

    fn below(home: &Path) -> Self {
        Self {
            path: home.join(FOLDER).join(FILE),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether other users have rights on it.
    pub(crate) fn is_readable_by_others(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| found.permissions().mode() & OTHERS != 0)
    }

    /// What it says of a profile. A file that cannot be read says nothing.
    pub(crate) fn read(&self, profile: &Profile) -> Partial {
        let content = self.content().unwrap_or_default();
        let document = parse(&content).unwrap_or_default();
        let fields = match profile {
            Profile::Default => Some(&document),
            Profile::Named(name) => document
                .get(PROFILES)
                .and_then(|profiles| profiles.get(name))
                .and_then(Value::as_object),
        };
        fields.map(partial).unwrap_or_default()
    }

    /// Writes a profile; everything else in the file stays. Of a file that is no
    /// configuration a copy is kept, whose path is returned.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, and when there is one that cannot be
    /// read: what it says of other profiles would be lost.
    pub(crate) fn store(
        &self,
        profile: &Profile,
        settings: &Settings,
    ) -> io::Result<Option<PathBuf>> {
        let content = self.content()?;
        let parsed = parse(&content).filter(has_profiles);
        let backup = match parsed {
            Some(_) => None,
            None => Some(self.keep(&content)?),
        };
        let mut document = parsed.unwrap_or_default();
        match profile {
            Profile::Default => set(&mut document, settings),
            Profile::Named(name) => {
                let mut profiles = taken(&mut document, PROFILES);
                let mut fields = taken(&mut profiles, name);
                set(&mut fields, settings);
                profiles.insert(name.clone(), Value::Object(fields));
                document.insert(PROFILES.to_owned(), Value::Object(profiles));
            }
        }
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        replace(&self.path, text.as_bytes())?;
        Ok(backup)
    }

    /// All of it; nothing when it is missing.
    ///
    /// # Errors
    ///
    /// When there is something that cannot be read.
    pub(crate) fn content(&self) -> io::Result<Vec<u8>> {
        match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        }
    }

    /// Keeps a copy of the file beside it.
    fn keep(&self, content: &[u8]) -> io::Result<PathBuf> {
        let backup = self.path.with_extension(BACKUP);
        replace(&backup, content)?;
        Ok(backup)
    }
}

/// The document in a file; `None` when it is no JSON object.
fn parse(content: &[u8]) -> Option<Map<String, Value>> {
    if content.trim_ascii().is_empty() {
        return Some(Map::new());
    }
    serde_json::from_slice(content).ok()
}

/// Whether named profiles can be added to the document.
fn has_profiles(document: &Map<String, Value>) -> bool {
    document.get(PROFILES).is_none_or(Value::is_object)
}

/// Replaces a file at once, so that nobody ever sees half of it.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.as_file()
        .set_permissions(Permissions::from_mode(FILE_MODE))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The object that is the member `name`, out of the document; an empty one when
/// there is none.
fn taken(document: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match document.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn set(fields: &mut Map<String, Value>, settings: &Settings) {
    let secret = settings.client_secret.expose_secret();
    for (name, value) in [
        ("apiUrl", settings.api_url.as_str()),
        ("clientId", settings.client_id.as_str()),
        ("clientSecret", secret),
    ] {
        fields.insert(name.to_owned(), Value::from(value));
    }
}

fn partial(fields: &Map<String, Value>) -> Partial {
    let text = |name: &str| {
        let value = fields.get(name).and_then(Value::as_str);
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    Partial {
        api_url: text("apiUrl"),
        client_id: text("clientId"),
        client_secret: text("clientSecret").map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    fn settings(word: &str) -> Settings {
        Settings {
            api_url: format!("http://{word}.example"),
            client_id: format!("{word}-id"),
            client_secret: format!("{word}-secret").into(),
        }
    }

    /// A home directory with this configuration.
    fn home(content: &str) -> (TempDir, ConfigFile) {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::below(home.path());
        fs::create_dir(home.path().join(FOLDER)).unwrap();
        fs::write(file.path(), content).unwrap();
        (home, file)
    }

    fn content(file: &ConfigFile) -> Value {
        serde_json::from_str(&fs::read_to_string(file.path()).unwrap()).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_has_three_fields_and_is_private() {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::below(home.path());
        assert!(!file.is_readable_by_others(), "it is not there");
        file.store(&Profile::Default, &settings("a")).unwrap();
        let expected = "{\n  \"apiUrl\": \"http://a.example\",\n  \"clientId\": \"a-id\",\n  \
                        \"clientSecret\": \"a-secret\"\n}\n";
        assert_eq!(fs::read_to_string(file.path()).unwrap(), expected);
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.path().parent().unwrap()), 0o700);
        assert!(file.read(&Profile::Default).is_complete());
        let files = fs::read_dir(file.path().parent().unwrap()).unwrap();
        assert_eq!(files.count(), 1, "nothing is left behind");
    }

    #[test]
    fn modes_are_set_on_every_write() {
        let (_home, file) = home("{}");
        let folder = file.path().parent().unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(file.path(), Permissions::from_mode(0o644)).unwrap();
        assert!(file.is_readable_by_others());
        file.store(&Profile::Default, &settings("a")).unwrap();
        assert_eq!((mode(folder), mode(file.path())), (0o700, 0o600));
        assert!(!file.is_readable_by_others());
    }

    #[test]
    fn profiles_and_unknown_fields_stay() {
        let (_home, file) = home(
            r#"{"apiUrl": "http://old.example", "theme": "dark",
                "profiles": {"a": {"apiUrl": "http://a.example", "colour": 1}, "b": 2}}"#,
        );
        let named = |name: &str| Profile::Named(name.to_owned());
        file.store(&named("a"), &settings("new")).unwrap();
        file.store(&named("b"), &settings("b")).unwrap();
        file.store(&Profile::Default, &settings("top")).unwrap();
        let written = content(&file);
        assert_eq!(written["theme"], "dark");
        assert_eq!(written["apiUrl"], "http://top.example");
        assert_eq!(written["profiles"]["a"]["colour"], 1);
        assert_eq!(written["profiles"]["a"]["clientId"], "new-id");
        let read = file.read(&named("b")).complete().unwrap();
        assert_eq!(read.api_url, "http://b.example");
        assert_eq!(read.client_secret.expose_secret(), "b-secret");
        assert!(file.read(&named("c")).complete().is_none());
    }

    #[test]
    fn what_is_no_configuration_says_nothing_and_is_replaced() {
        let missing = json!({"apiUrl": "http://a.example", "clientId": "x"}).to_string();
        let wrong = json!({"apiUrl": "http://a.example", "clientId": 7, "clientSecret": "x"});
        for text in ["", "\n", missing.as_str(), &wrong.to_string()] {
            let (_home, file) = home(text);
            assert!(!file.read(&Profile::Default).is_complete(), "{text}");
            let kept = file.store(&Profile::Default, &settings("a")).unwrap();
            assert_eq!(kept, None, "nothing of {text} is lost");
            assert!(file.read(&Profile::Default).is_complete(), "{text}");
        }
    }

    #[test]
    fn of_what_cannot_be_understood_a_private_copy_is_kept() {
        for text in [
            "no JSON",
            "[]",
            r#"{"profiles": {"a": {"clientId": "x"}}"#,
            r#"{"profiles": ["a"]}"#,
        ] {
            let (_home, file) = home(text);
            fs::set_permissions(file.path(), Permissions::from_mode(0o644)).unwrap();
            let kept = file.store(&Profile::Default, &settings("a")).unwrap();
            let kept = kept.unwrap_or_else(|| panic!("{text} is lost"));
            assert_eq!(kept, file.path().with_file_name("config.json.bak"));
            assert_eq!(fs::read_to_string(&kept).unwrap(), text);
            assert_eq!(mode(&kept), 0o600);
            assert!(file.read(&Profile::Default).is_complete(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::below(home.path());
        // A folder, because nothing is unreadable for root.
        fs::create_dir_all(file.path()).unwrap();
        assert!(!file.read(&Profile::Default).is_complete());
        file.store(&Profile::Default, &settings("a")).unwrap_err();
        assert!(file.path().is_dir());
    }
}
