//! An export as a JSON array that is written while it is read.

use actix_web::web::Bytes;
use agentidp_domain::compliance::CardExport;
use agentidp_domain::error::StoreError;
use futures_util::stream::{self, Stream};

/// What is left to write, and what comes before it.
type Rest = (Option<CardExport>, &'static str);

/// The array, a page of cards per chunk. An export that fails ends the
/// connection in the middle of the array, which no client takes for all of it.
pub(super) fn array(cards: CardExport) -> impl Stream<Item = Result<Bytes, StoreError>> {
    stream::try_unfold((Some(cards), "["), |(cards, before)| async move {
        match cards {
            Some(cards) => chunk(cards, before).await.map(Some),
            None => Ok(None),
        }
    })
}

async fn chunk(
    mut cards: CardExport,
    mut before: &'static str,
) -> Result<(Bytes, Rest), StoreError> {
    let page = loop {
        let page = cards.next_page().await.inspect_err(|error| {
            tracing::error!(%error, "an export of agent cards was cut off");
        })?;
        match page {
            // Written as a chunk, nothing would mean the end.
            Some(page) if page.is_empty() => {}
            Some(page) => break page,
            None => {
                let end = if before == "[" { "[]" } else { "]" };
                return Ok((Bytes::from_static(end.as_bytes()), (None, "")));
            }
        }
    };
    let mut text = Vec::new();
    for card in &page {
        text.extend_from_slice(before.as_bytes());
        serde_json::to_writer(&mut text, card)
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        before = ",";
    }
    Ok((Bytes::from(text), (Some(cards), before)))
}
