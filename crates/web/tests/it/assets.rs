//! Style sheets and scripts.

use super::support::Site;

#[actix_web::test]
async fn files_are_kept_for_ever_under_their_digest() {
    let site = Site::start().await;
    let page = site.get("/dashboard/login").await;
    let css = page.between("rel=\"stylesheet\" href=\"", "\"");
    let script = page.between("type=\"module\" src=\"", "\"");
    for (address, media_type) in [
        (&css, "text/css; charset=utf-8"),
        (&script, "text/javascript; charset=utf-8"),
    ] {
        let file = site.get(address).await;
        assert_eq!(file.status, 200, "{address}");
        assert_eq!(file.header("content-type"), Some(media_type));
        let caching = file.header("cache-control");
        assert_eq!(caching, Some("public, max-age=31536000, immutable"));
    }
    // What a replica of another version was asked for.
    let old = site.get("/dashboard/assets/0000000000000000/app.css").await;
    assert_eq!(
        (old.status, old.header("cache-control")),
        (200, Some("no-store"))
    );
    let none = site.get(&css.replace("app.css", "../../Cargo.toml")).await;
    assert_ne!(none.status, 200);
}
