//! Starter projects: downloaded, unpacked by a program that is not ours, built
//! and run with the SDKs of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use agentidp_testkit::requirements;
use agentidp_testkit::services::free_port;
use reqwest::Method;
use serde_json::json;

use crate::harness::process::Process;
use crate::harness::{Client, HEAVY, Installation, Server, tenant};

/// Everything an address may hold that means something in one of the files:
/// quotes, ends of comments, interpolation, markup, a letter beyond ASCII.
const NAME: &str = "o'neil*/$HOME`id`{{x}}${user.home}|&~\u{e9}";

/// Installing packages and compiling on a busy machine.
const LIMIT: Duration = Duration::from_secs(900);

/// A project on disk, and the server it is for.
struct Project {
    folder: PathBuf,
    client: Client,
    server: Server,
    installation: Installation,
}

impl Project {
    /// Downloads and unpacks a project, which has exactly these files beside
    /// those of all languages. `None`: the test was reported as skipped.
    async fn download(language: &str, own_files: &[&str]) -> Option<Self> {
        let mut installation = Installation::embedded()?;
        let port = free_port().unwrap();
        installation.set("API_URL", &format!("http://127.0.0.1:{port}"));
        let server = installation.start_on(port);
        let (_, admin) = tenant(&installation, &server, "scaffold").await;
        let email = format!("{NAME}@scaffold.example");
        let more = json!({"capabilities": ["resume:read", "*:*"], "owner": "<R&D> \"team\" $1"});
        let client = server.api.agent_with(&admin, &email, more).await.client;
        let path = format!("/api/v1/sdk/scaffold/{}?language={language}", client.id);
        let request = server.api.request(Method::GET, &path).bearer_auth(&admin);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let archive = installation.folder().join("scaffold.zip");
        fs::write(&archive, answer.bytes().await.unwrap()).unwrap();
        let folder = installation.folder().join("project");
        unpack(&archive, &folder)?;
        let mut expected = vec![".env.example", ".gitignore", "README.md"];
        expected.extend_from_slice(own_files);
        expected.sort_unstable();
        assert_eq!(files_below(&folder), expected);
        Some(Self {
            folder,
            client,
            server,
            installation,
        })
    }

    /// A program in the folder of the project, without settings of this one.
    fn program(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("LC_ALL", "C.UTF-8");
        for name in ["API_URL", "CLIENT_ID", "CLIENT_SECRET"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a program that must succeed; what it printed.
    fn succeed(&self, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        let (code, output) = end(&mut self.program(program, arguments));
        assert_eq!(code, 0, "{arguments:?}:\n{output}");
        output
    }

    /// A copy of a folder of this repository, where packages can be built.
    fn copy_of(&self, folder: &str) -> PathBuf {
        let copy = self.installation.folder().join("sdk");
        copy_tree(&repository().join(folder), &copy);
        copy
    }

    /// Starts the project as its user would: without the secret it says what is
    /// missing, with the secret it tells of its agent and of no secret.
    fn works(&self, program: &str, arguments: &[&str]) {
        let (code, output) = end(&mut self.program(program, arguments));
        assert_eq!(code, 1, "{output}");
        assert!(output.contains("CLIENT_SECRET is missing"), "{output}");

        let template = fs::read_to_string(self.folder.join(".env.example")).unwrap();
        let filled = format!("CLIENT_SECRET={}", self.client.secret);
        let settings = template.replace("CLIENT_SECRET=", &filled);
        fs::write(self.folder.join(".env"), settings).unwrap();
        let output = self.succeed(program, arguments);
        let expected = format!("Agent {NAME} is active.");
        assert!(
            output.contains(&expected),
            "{output}\n{}",
            self.server.log()
        );
        for hidden in [self.client.secret.as_str(), "eyJ"] {
            assert!(!output.contains(hidden), "{output}");
        }
    }
}

/// The Java SDK in the user's Maven repository, where it can only be found by
/// other projects; taken away again with the value.
struct InstalledSdk(PathBuf);

impl InstalledSdk {
    /// `None`: there is one of the user's, which stays.
    fn watch() -> Option<Self> {
        let home = PathBuf::from(std::env::var_os("HOME")?);
        let folder = home.join(".m2/repository/ai/sentryagent/idp-sdk");
        (!folder.exists()).then_some(Self(folder))
    }
}

impl Drop for InstalledSdk {
    fn drop(&mut self) {
        // Not there if the installation failed.
        fs::remove_dir_all(&self.0).ok();
    }
}

/// How a program ended, and what it printed.
fn end(command: &mut Command) -> (i32, String) {
    let mut process = Process::spawn(command);
    let status = process.wait(LIMIT);
    (status.code().unwrap_or(-1), process.output())
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Whether a program is installed; otherwise the test is reported as skipped.
fn installed(program: &str, argument: &str) -> Option<()> {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) {
        return Some(());
    }
    requirements::skip(&format!("{program} is not installed"));
    None
}

/// Unpacks with the first program there is.
fn unpack(archive: &Path, folder: &Path) -> Option<()> {
    let archive = archive.display().to_string();
    let target = folder.display().to_string();
    let unzip: &[&str] = &["-q", &archive, "-d", &target];
    let python: &[&str] = &["-m", "zipfile", "-e", &archive, &target];
    let programs = [("unzip", unzip), ("python3", python)];
    for (program, arguments) in programs {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        if let Ok(status) = command.status() {
            assert!(status.success(), "{program}: {status}");
            return Some(());
        }
    }
    requirements::skip("neither unzip nor python3 is installed");
    None
}

/// Paths of all files, in order.
fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let path = path.strip_prefix(folder).unwrap();
                files.push(path.display().to_string());
            }
        }
    }
    files.sort_unstable();
    files
}

/// Copies a folder without what is built or installed there.
fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let built = ["node_modules", "dist", ".build", "target", "__pycache__"];
        if built.iter().any(|known| name == *known) {
            continue;
        }
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_typescript() {
    let own_files = ["package.json", "src/index.ts", "tsconfig.json"];
    let (Some(()), Some(project)) = (
        installed("npm", "--version"),
        Project::download("typescript", &own_files).await,
    ) else {
        return;
    };
    let sdk = project.copy_of("sdks/typescript").display().to_string();
    let quiet = [
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--prefer-offline",
    ];
    let npm = |words: &[&str]| project.succeed("npm", &[words, quiet.as_slice()].concat());
    npm(&["--prefix", &sdk, "ci"]);
    npm(&["pack", &sdk, "--pack-destination", ".."]);
    let package = "../sentryagent-idp-sdk-1.0.0.tgz";
    npm(&["install", package]);
    let _turn = HEAVY.acquire().await;
    project.succeed("npx", &["--no-install", "tsc", "--noEmit"]);
    project.works("npm", &["run", "--silent", "dev"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_python() {
    let (Some(python), Some(project)) = (
        requirements::require(requirements::PYTHON),
        Project::download("python", &["main.py", "requirements.txt"]).await,
    ) else {
        return;
    };
    let sdk = project.copy_of("sdks/python").display().to_string();
    let venv = project.installation.folder().join("venv");
    let venv = venv.display().to_string();
    project.succeed(python, &["-m", "venv", &venv]);
    let python = format!("{venv}/bin/python");
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    let packages = [sdk.as_str(), "--requirement", "requirements.txt"];
    let install = [pip.as_slice(), packages.as_slice()].concat();
    project.succeed(&python, &install);
    let _turn = HEAVY.acquire().await;
    project.works(&python, &["main.py"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_go() {
    let (Some(()), Some(project)) = (
        installed("go", "version"),
        Project::download("go", &["go.mod", "main.go"]).await,
    ) else {
        return;
    };
    let sdk = repository().join("sdks/go");
    let replace = format!(
        "-replace=github.com/sentryagent/idp-sdk-go={}",
        sdk.display()
    );
    project.succeed("go", &["mod", "edit", &replace]);
    let _turn = HEAVY.acquire().await;
    project.succeed("go", &["vet", "./..."]);
    project.works("go", &["run", "main.go"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_java() {
    let own_files = ["pom.xml", "src/main/java/ai/sentryagent/scaffold/Main.java"];
    let (Some(()), Some(()), Some(project)) = (
        installed("mvn", "--version"),
        installed("javac", "-version"),
        Project::download("java", &own_files).await,
    ) else {
        return;
    };
    let _cleared = InstalledSdk::watch();
    let sdk = project.copy_of("sdks/java").display().to_string();
    let quiet = ["--quiet", "--batch-mode", "--no-transfer-progress"];
    let mvn = |words: &[&str]| project.succeed("mvn", &[quiet.as_slice(), words].concat());
    mvn(&["--file", &sdk, "install", "-DskipTests"]);
    let _turn = HEAVY.acquire().await;
    mvn(&["compile"]);
    let run = [quiet.as_slice(), &["exec:java"]].concat();
    project.works("mvn", &run);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_rust() {
    let Some(project) = Project::download("rust", &["Cargo.toml", "src/main.rs"]).await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    // The packages and versions that this repository was built with, so that
    // nothing has to be fetched.
    let lock = repository().join("Cargo.lock");
    fs::copy(lock, project.folder.join("Cargo.lock")).unwrap();
    // Files of an archive are old, and cargo keeps what it built after them.
    let source = project.folder.join("src/main.rs");
    let source = fs::File::options().append(true).open(source).unwrap();
    source.set_modified(SystemTime::now()).unwrap();
    let sdk = repository().join("crates/client");
    let patch = format!("patch.crates-io.sentryagent-idp.path='{}'", sdk.display());
    let tests = std::env::current_exe().unwrap();
    // A folder of its own: what some build scripts take from the variables of a
    // test would make the workspace's next build start anew.
    let target = tests.ancestors().nth(3).unwrap().join("scaffold-rust");
    let target = target.display().to_string();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let words = ["run", "--quiet", "--offline", "--config", &patch];
    // Faster to build and to link.
    let lean = ["--config", "profile.dev.debug=false"];
    let words = [&words[..], &lean, &["--target-dir", &target]].concat();
    project.works(&cargo, &words);
}
