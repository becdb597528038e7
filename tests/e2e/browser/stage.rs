//! What a script finds when it begins: a server, an organization, a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use agentidp_testkit::requirements;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::harness::process::Process;
use crate::harness::{Installation, Server, Tenant, tenant};

/// Bound of a script on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// How many browsers may run at once: each keeps about a core busy.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// Runs a script of `tests/browser` against a server with these settings; all
/// its scenarios must succeed.
pub async fn play(
    script: &str,
    installation: fn() -> Option<Installation>,
    settings: &[(&str, &str)],
) {
    let (Some(node), Some(_), Some(mut installation)) = (
        requirements::require(requirements::BROWSER),
        requirements::require(requirements::CHROMIUM),
        installation(),
    ) else {
        return;
    };
    let _turn = BROWSERS.acquire().await.unwrap();
    // The server calls itself what the browser calls it.
    installation.unset("OIDC_ISSUER");
    for (name, value) in settings {
        installation.set(name, value);
    }
    let server = installation.start();
    let (tenant, _) = tenant(&installation, &server, "browser").await;
    let scene = scene(&installation, &server, &tenant);
    run(&node, script, &scene, &server);
    let (_, log) = server.stop();
    // Those that the script made, too.
    for kind in ["sk_live_", "eyJ"] {
        assert!(!log.contains(kind), "a secret is in the log: {log}");
    }
}

/// Writes down what a script has to know; the path of the file.
fn scene(installation: &Installation, server: &Server, tenant: &Tenant) -> PathBuf {
    let platform = installation.admin();
    let scene = json!({
        "base": format!("http://localhost:{}", server.port),
        "admin": {"id": tenant.admin.id, "secret": tenant.admin.secret},
        "platform": {"id": platform.id, "secret": platform.secret},
        "screenshots": screenshots(),
    });
    let file = installation.folder().join("scene.json");
    fs::write(&file, scene.to_string()).unwrap();
    file
}

/// Where pictures stay: below the folder that holds this test.
fn screenshots() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(3).unwrap().join("screenshots");
    fs::create_dir_all(folder.join("failures")).unwrap();
    folder
}

fn run(node: &str, script: &str, scene: &Path, server: &Server) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let mut command = Command::new(node);
    command.arg(folder.join(script)).arg(scene);
    let mut process = Process::spawn(&mut command);
    let status = process.wait(LIMIT);
    let output = process.output();
    assert!(
        status.success(),
        "{script}: {status}\n{output}\n{}",
        server.log()
    );
    println!("{script}:\n{output}");
}
