//! Downloads of a log, below the pages.

use agentidp_domain::audit::{Action, AuditFilter};

use crate::sessions::sign_in;
use crate::support::Api;

#[actix_web::test]
async fn a_download_has_what_was_there_when_it_began_and_nothing_twice() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for _ in 0..6 {
        api.login(&acme).await.expect(200);
    }
    let caller = sign_in(&api, &acme).await.session.caller();
    let audit = &api.world.audit;
    let everything = AuditFilter::default();
    let mut export = audit.export(&caller, &everything).await.unwrap();
    let mut positions = Vec::new();
    loop {
        // What comes meanwhile moves every page of a list.
        api.login(&acme).await.expect(200);
        let section = audit.next_section(&mut export, 2).await.unwrap();
        positions.extend(section.iter().map(|record| record.sequence));
        if section.len() < 2 {
            break;
        }
    }
    let newest = *positions.first().unwrap();
    let all: Vec<i64> = (0..=newest).rev().collect();
    assert_eq!(positions, all);
    // Six tokens and the session.
    assert!(newest >= 6, "{newest}");
}

#[actix_web::test]
async fn a_filter_applies_to_every_section() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for _ in 0..5 {
        api.login(&acme).await.expect(200);
    }
    let caller = sign_in(&api, &acme).await.session.caller();
    let filter = AuditFilter {
        action: Some(Action::TokenIssued),
        ..AuditFilter::default()
    };
    let audit = &api.world.audit;
    let mut export = audit.export(&caller, &filter).await.unwrap();
    let mut found = Vec::new();
    for expected in [2, 2, 2, 0] {
        let section = audit.next_section(&mut export, 2).await.unwrap();
        assert_eq!(section.len(), expected);
        found.extend(section);
    }
    assert!(found.iter().all(|record| record.action == "token.issued"));
    assert!(found.is_sorted_by(|newer, older| newer.sequence > older.sequence));
}
