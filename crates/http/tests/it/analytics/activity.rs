//! Activity by weekday and hour.

use agentidp_domain::usage::MetricType;
use serde_json::{Value, json};

use super::{ACTIVITY, DAY, count, midnight, shown};
use crate::support::Api;

/// Day of the week of a time, 0 for Sunday: the epoch was a Thursday.
fn day_of_week(at: i64) -> i64 {
    (at.div_euclid(DAY) + 4).rem_euclid(7)
}

fn cell(at: i64, count: i64) -> Value {
    let hour = at.rem_euclid(DAY) / 3600;
    json!({"dayOfWeek": day_of_week(at), "hour": hour, "count": count})
}

#[actix_web::test]
async fn without_activity_there_are_no_cells() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wanted = json!({"organizationId": acme.organization, "data": []});
    assert_eq!(shown(&api, &acme, ACTIVITY).await, wanted);
}

#[actix_web::test]
async fn tokens_and_calls_of_the_same_slot_are_summed() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let midnight = midnight(&api);
    let (token, call) = (MetricType::TokenIssued, MetricType::ApiCall);
    let late = midnight - 1;
    count(&api, &acme, token, late, 2).await;
    count(&api, &agent, call, late, 3).await;
    // The same slot a week before, and the last of 90 days.
    count(&api, &acme, call, late - 7 * DAY, 5).await;
    let first = midnight - 89 * DAY;
    count(&api, &acme, call, first, 7).await;
    // Before that, of another kind, of somebody else.
    count(&api, &acme, call, first - 1, 1000).await;
    count(&api, &acme, MetricType::AgentDeactivated, late, 1000).await;
    count(&api, &other, call, late, 1000).await;
    let mut wanted = vec![(day_of_week(late), 23, cell(late, 10))];
    wanted.push((day_of_week(first), 0, cell(first, 7)));
    wanted.sort_by_key(|(day, hour, _)| (*day, *hour));
    let wanted: Vec<Value> = wanted.into_iter().map(|(_, _, cell)| cell).collect();
    let shown = shown(&api, &acme, ACTIVITY).await;
    assert_eq!(shown["data"], json!(wanted));
}

#[actix_web::test]
async fn a_week_has_168_cells_in_order() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let midnight = midnight(&api);
    for hour in 1..=200 {
        let at = midnight - hour * 3600;
        count(&api, &acme, MetricType::ApiCall, at, 1).await;
    }
    let map = shown(&api, &acme, ACTIVITY).await;
    let cells = map["data"].as_array().unwrap();
    let slots: Vec<_> = cells
        .iter()
        .map(|cell| (cell["dayOfWeek"].as_u64(), cell["hour"].as_u64()))
        .collect();
    assert_eq!(slots.len(), 168);
    assert!(slots.is_sorted());
    let sum: i64 = cells
        .iter()
        .map(|cell| cell["count"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 200);
}
