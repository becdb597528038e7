//! The API description.

use crate::support::Api;

#[actix_web::test]
async fn the_description_is_served() {
    let api = Api::start().await;
    let served = api.get("/openapi.json").send().await.expect(200);
    assert_eq!(served, agentidp_http::openapi::generate());
}
