//! Usage metering and the usage summary.

mod agreement;
mod calls;
mod summary;

use serde_json::Value;

use crate::support::{Answer, Api, Identity};

const USAGE: &str = "/api/v1/billing/usage";
const DAY: i64 = 86_400;

async fn ask(api: &Api, of: &Identity, path: &str) -> Answer {
    let token = api.token(of, "");
    api.get(path).bearer(&token).send().await
}

/// The usage of today.
async fn usage(api: &Api, of: &Identity) -> Value {
    ask(api, of, USAGE).await.expect(200)
}

/// Writes the API calls that were counted so far.
async fn flush(api: &Api) {
    api.world.metering.meter.flush().await.unwrap();
}

/// Goes to so many seconds after the next UTC midnight.
fn tomorrow(api: &Api, seconds: i64) {
    let left = DAY - api.now() % DAY;
    api.pass(u64::try_from(left + seconds).unwrap());
}
