//! Addresses that strangers choose.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use agentidp_domain::outbound::is_public;
use agentidp_domain::webhook::WebhookTargets;
use url::{Host, Url};

use crate::{Broken, Property, Seen, Verdict, holds};

/// Server-side request forgery: a receiver that is accepted has an `https` URL
/// without user and fragment whose host, as another reading of the same text has
/// it, is no private, local or reserved address and no name of the own network. It
/// stays accepted as it was written.
///
/// Input: a URL; or 4 or 16 bytes, an address.
pub struct OutboundUrls;

impl Property for OutboundUrls {
    const NAME: &'static str = "outbound_urls";

    fn new() -> Result<Self, Broken> {
        Ok(Self)
    }

    fn check(&self, input: &[u8]) -> Verdict {
        if let Some(address) = address(input) {
            let public = is_public(address);
            holds(!public || !is_special(address), || {
                format!("{address} is public")
            })?;
            return Ok(Seen::taken(public));
        }
        let targets = WebhookTargets::default();
        let Ok(text) = std::str::from_utf8(input) else {
            return Ok(Seen::Refused);
        };
        let Ok(accepted) = targets.read(text) else {
            return Ok(Seen::Refused);
        };
        holds(accepted.as_str() == text, || "another text".to_owned())?;
        let url = Url::parse(text)?;
        holds(*accepted.url() == url, || {
            format!("{} is asked", accepted.url())
        })?;
        holds(url.scheme() == "https", || url.scheme().to_owned())?;
        let bare =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        holds(bare, || "user, password or fragment".to_owned())?;
        is_outside(&url)?;
        // What is asked for is judged in the same way when it is read again.
        let short = url.as_str().len() <= 2048;
        holds(!short || targets.read(url.as_str()).is_ok(), || {
            format!("{url} is refused")
        })?;
        Ok(Seen::Taken)
    }
}

fn is_outside(url: &Url) -> Result<(), Broken> {
    let inside = match url.host() {
        None => true,
        Some(Host::Ipv4(address)) => is_special(address.into()),
        Some(Host::Ipv6(address)) => is_special(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_matches('.').to_lowercase();
            let last = name.rsplit('.').next().unwrap_or_default();
            name.parse::<IpAddr>().is_ok()
                || !name.contains('.')
                || ["localhost", "local", "internal", "lan"].contains(&last)
        }
    };
    holds(!inside, || format!("{:?} is accepted", url.host()))
}

fn address(input: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(input) {
        return Some(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(input).ok()?;
    Some(Ipv6Addr::from(octets).into())
}

/// What the standard library knows of addresses that are not public.
fn is_special(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || first == 0
                || first >= 240
                || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.to_ipv4().is_some()
        }
    }
}
