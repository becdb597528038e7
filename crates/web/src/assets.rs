//! Style sheets, scripts and images inside the binary. Their address carries a
//! digest over all of them, so that browsers may keep them for ever.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, get, web};
use sha2::{Digest as _, Sha256};

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A compiled-in file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

macro_rules! script {
    ($name:literal) => {
        Asset {
            name: concat!("js/", $name),
            media_type: SCRIPT,
            content: include_str!(concat!("../assets/js/", $name)),
        }
    };
}

/// All files. Scripts name each other by relative addresses.
static ASSETS: &[Asset] = &[
    Asset {
        name: "app.css",
        media_type: CSS,
        content: concat!(
            include_str!("../assets/css/tokens.css"),
            include_str!("../assets/css/base.css"),
            include_str!("../assets/css/frame.css"),
            include_str!("../assets/css/controls.css"),
            include_str!("../assets/css/tables.css"),
            include_str!("../assets/css/pages.css"),
            include_str!("../assets/css/portal.css"),
        ),
    },
    Asset {
        name: "icon.svg",
        media_type: SVG,
        content: include_str!("../assets/img/icon.svg"),
    },
    script!("app.js"),
    script!("awaiting.js"),
    script!("copy.js"),
    script!("dialogs.js"),
    script!("elements.js"),
    script!("explorer.js"),
    script!("forms.js"),
    script!("health.js"),
    script!("operation.js"),
    script!("refresh.js"),
    script!("request.js"),
    script!("rows.js"),
    script!("schema.js"),
    script!("times.js"),
    script!("zones.js"),
];

/// The first 64 bits of the digest over names and contents, hexadecimal.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in ASSETS {
        digest.update(asset.name.as_bytes());
        digest.update([0]);
        digest.update(asset.content.as_bytes());
        digest.update([0]);
    }
    let digest = digest.finalize();
    hex::encode(digest).chars().take(16).collect()
});

/// The address of a file; used by templates.
pub fn url(name: &str) -> String {
    format!("/dashboard/assets/{}/{name}", VERSION.as_str())
}

/// A file. Under the digest of another version, as replicas ask each other's
/// visitors for while they are replaced one by one, it is sent and not kept.
#[get("/assets/{version}/{name:.*}")]
pub async fn serve(path: web::Path<(String, String)>) -> HttpResponse {
    let (version, name) = path.into_inner();
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return HttpResponse::NotFound().finish();
    };
    let caching = if version == *VERSION {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.media_type))
        .insert_header((CACHE_CONTROL, caching))
        .body(asset.content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_import_only_what_is_there() {
        for asset in ASSETS.iter().filter(|asset| asset.media_type == SCRIPT) {
            for line in asset.content.lines().filter(|l| l.starts_with("import ")) {
                let target = line.rsplit('"').nth(1).unwrap();
                let name = target.replace("./", "js/");
                assert!(ASSETS.iter().any(|a| a.name == name), "{line}");
            }
        }
    }

    #[test]
    fn style_sheets_and_scripts_ask_nobody_else() {
        for asset in ASSETS {
            assert!(!asset.content.contains("//cdn"), "{}", asset.name);
            let remote = asset.content.replace("http://www.w3.org/2000/svg", "");
            assert!(!remote.contains("http://"), "{}", asset.name);
            assert!(!remote.contains("https://"), "{}", asset.name);
            assert!(!asset.content.contains("innerHTML"), "{}", asset.name);
        }
    }
}
