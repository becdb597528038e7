//! The API description.

use crate::support::Api;

#[actix_web::test]
async fn the_description_is_served_and_browsable() {
    let api = Api::start().await;
    let served = api.get("/openapi.json").send().await.expect(200);
    assert_eq!(served, agentidp_http::openapi::generate());
    let moved = api.get("/api-docs").send().await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (303, Some("/api-docs/"))
    );
    let page = api.get("/api-docs/").send().await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    // The policy for content allows no inline script.
    for script in html.split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').unwrap();
        assert!(attributes.contains("src="), "{attributes}");
        assert!(rest.trim_start().starts_with("</script>"));
    }
    let start = api.get("/api-docs/swagger-initializer.js").send().await;
    assert_eq!(start.status, 200);
    assert!(
        String::from_utf8(start.body.to_vec())
            .unwrap()
            .contains("/openapi.json")
    );
}
