//! Stripe's signatures.

use agentidp_domain::billing::{StripeEvent, WebhookSecret};
use agentidp_domain::time::Timestamp;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::{Broken, Property, Seen, Verdict, holds};

const KEY: &[u8] = b"whsec_property";
const NOW: i64 = 1_700_000_000;
const TOLERANCE: i64 = 300;

/// A header counts only with HMAC-SHA256 (RFC 2104, computed here step by step)
/// over its time and the body, at most 300 seconds from now; and a sound one
/// counts for its body alone.
///
/// Input: the header, line feed, the body. `{now}` in the header is the time,
/// `{v1}` the signature that belongs to its `t`.
pub struct StripeSignatures {
    secret: WebhookSecret,
    now: Timestamp,
}

impl Property for StripeSignatures {
    const NAME: &'static str = "stripe_signatures";

    fn new() -> Result<Self, Broken> {
        let key = String::from_utf8(KEY.to_vec())?;
        Ok(Self {
            secret: WebhookSecret::new(SecretString::from(key)),
            now: Timestamp::from_unix_millis(NOW * 1000).ok_or("no time")?,
        })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let mut halves = input.splitn(2, |byte| *byte == b'\n');
        let header = String::from_utf8_lossy(halves.next().unwrap_or_default());
        let body = halves.next().unwrap_or_default();
        // Only a body that was signed is ever read; it must not matter.
        drop(StripeEvent::decode(body));

        let header = header.replace("{now}", &NOW.to_string());
        let time = header.split(',').find_map(|part| part.strip_prefix("t="));
        let wanted = hmac(time.unwrap_or_default(), body);
        let header = header.replace("{v1}", &wanted);
        let taken = self.secret.verifies(&header, body, self.now);
        if taken {
            let time: i64 = time.ok_or("no time")?.parse()?;
            holds((time - NOW).abs() <= TOLERANCE, || format!("at {time}"))?;
            let signed = header.split(',').any(|part| {
                part.strip_prefix("v1=")
                    .is_some_and(|digest| digest.eq_ignore_ascii_case(&wanted))
            });
            holds(signed, || format!("{header} without {wanted}"))?;
        }

        let sound = format!("t={NOW},v1={}", hmac(&NOW.to_string(), body));
        holds(self.secret.verifies(&sound, body, self.now), || {
            format!("{sound} is refused")
        })?;
        let longer = [body, b"x"].concat();
        holds(!self.secret.verifies(&sound, &longer, self.now), || {
            "another body".to_owned()
        })?;
        Ok(Seen::taken(taken))
    }
}

/// HMAC-SHA256 of `<time>.<body>`, lower-case hex.
fn hmac(time: &str, body: &[u8]) -> String {
    let mut block = [0_u8; 64];
    for (byte, key) in block.iter_mut().zip(KEY) {
        *byte = *key;
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(time)
        .chain_update(".")
        .chain_update(body)
        .finalize();
    let outer = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize();
    hex::encode(outer)
}
