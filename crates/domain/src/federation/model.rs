//! Partners.

use serde::Serialize;

use crate::foreign::KeySource;
use crate::id::PartnerId;
use crate::outbound::{ChosenBy, OutboundUrl};
use crate::text::bounded;
use crate::time::Timestamp;
use crate::token::Issuer;
use crate::validation::Invalid;
use crate::wire_enum;

/// Organizations that one partner may list.
const ORGANIZATIONS: usize = 1_000;

wire_enum! {
    /// State of a partner.
    PartnerStatus {
        /// Its tokens are accepted.
        Active = "active",
        /// Off for a while; its tokens are refused.
        Suspended = "suspended",
        /// Past its expiry; its tokens are refused.
        Expired = "expired",
    }
}

/// Name of a partner, 1–256 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PartnerName(String);

impl PartnerName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// Its length or control characters.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        bounded(text, 1, 256)?;
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Values of the claim `organization_id` that are accepted; empty for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AllowedOrganizations(Vec<String>);

impl AllowedOrganizations {
    /// Reads a list; repeated values are kept once.
    ///
    /// # Errors
    ///
    /// Too many values, or values that are empty or too long.
    pub fn new(values: Vec<String>) -> Result<Self, Invalid> {
        if values.len() > ORGANIZATIONS {
            return Err(Invalid::new(format!(
                "Must have at most {ORGANIZATIONS} entries."
            )));
        }
        let mut distinct: Vec<String> = Vec::with_capacity(values.len());
        for value in values {
            bounded(&value, 1, 255).map_err(|_| {
                Invalid::new(
                    "Each entry must have between 1 and 255 characters without control characters.",
                )
            })?;
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        Ok(Self(distinct))
    }

    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether a token with this claim, or without it, is accepted.
    #[must_use]
    pub fn admit(&self, organization: Option<&str>) -> bool {
        self.0.is_empty()
            || organization.is_some_and(|claimed| self.0.iter().any(|value| value == claimed))
    }
}

/// How the URLs of partners are read.
#[derive(Clone, Debug)]
pub struct PartnerUrls {
    /// Our own issuer, which no partner may have.
    pub own_issuer: Issuer,
    /// Development switch: key sets over `http`, at private addresses.
    pub allow_insecure: bool,
}

impl PartnerUrls {
    /// Reads the issuer of a partner: an absolute `https` URL, compared
    /// character by character.
    ///
    /// # Errors
    ///
    /// When it is none, or our own.
    pub fn issuer(&self, text: &str) -> Result<String, Invalid> {
        let url = OutboundUrl::parse(text, ChosenBy::Stranger, false)?;
        if url.url().query().is_some() {
            return Err(Invalid::new("Must be a valid HTTPS URL without query."));
        }
        let bare = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
        if bare(text) == bare(self.own_issuer.as_str()) {
            return Err(Invalid::new("Must not be the issuer of this instance."));
        }
        Ok(text.to_owned())
    }

    /// Reads the address of a key set.
    ///
    /// # Errors
    ///
    /// When it is no URL that may be asked.
    pub fn jwks_uri(&self, text: &str) -> Result<OutboundUrl, Invalid> {
        OutboundUrl::parse(text, ChosenBy::Stranger, self.allow_insecure)
    }
}

/// A partner identity provider. It belongs to the platform, not to an
/// organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Id.
    pub partner_id: PartnerId,
    /// Name.
    pub name: PartnerName,
    /// `iss` of its tokens.
    pub issuer: String,
    /// Address of its key set.
    pub jwks_uri: String,
    /// Accepted organizations.
    pub allowed_organizations: AllowedOrganizations,
    /// Whether it was switched off; see [`status`](Self::status).
    pub suspended: bool,
    /// End; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Registration.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

impl Partner {
    /// The state at `now`: expired as soon as the time has passed.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> PartnerStatus {
        if self.expires_at.is_some_and(|end| end <= now) {
            PartnerStatus::Expired
        } else if self.suspended {
            PartnerStatus::Suspended
        } else {
            PartnerStatus::Active
        }
    }

    /// Key of its cached key set.
    #[must_use]
    pub fn cache_key(id: PartnerId) -> String {
        format!("federation:jwks:{id}")
    }

    /// Where its keys come from.
    ///
    /// # Errors
    ///
    /// When the stored address is none that may be asked (any more).
    pub fn key_source(&self, urls: &PartnerUrls) -> Result<KeySource, Invalid> {
        Ok(KeySource {
            cache_key: Self::cache_key(self.partner_id),
            url: urls.jwks_uri(&self.jwks_uri)?,
        })
    }
}

/// What a registration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPartner {
    /// Name.
    pub name: PartnerName,
    /// `iss` of its tokens.
    pub issuer: String,
    /// Address of its key set.
    pub jwks_uri: OutboundUrl,
    /// Accepted organizations.
    pub allowed_organizations: AllowedOrganizations,
    /// End.
    pub expires_at: Option<Timestamp>,
}

/// A partial update; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartnerPatch {
    /// New name.
    pub name: Option<PartnerName>,
    /// New address of the key set.
    pub jwks_uri: Option<OutboundUrl>,
    /// New organizations, as a whole.
    pub allowed_organizations: Option<AllowedOrganizations>,
    /// Switched off or on.
    pub suspended: Option<bool>,
    /// New end; `Some(None)` removes it.
    pub expires_at: Option<Option<Timestamp>>,
}

impl PartnerPatch {
    /// Writes the fields that are set into `partner`.
    pub fn apply(self, partner: &mut Partner, now: Timestamp) {
        if let Some(name) = self.name {
            partner.name = name;
        }
        if let Some(url) = self.jwks_uri {
            partner.jwks_uri = url.as_str().to_owned();
        }
        if let Some(organizations) = self.allowed_organizations {
            partner.allowed_organizations = organizations;
        }
        if let Some(suspended) = self.suspended {
            partner.suspended = suspended;
        }
        if let Some(end) = self.expires_at {
            partner.expires_at = end;
        }
        partner.updated_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> PartnerUrls {
        PartnerUrls {
            own_issuer: Issuer::new("https://idp.example"),
            allow_insecure: false,
        }
    }

    #[test]
    fn an_issuer_is_https_and_not_ours() {
        let read = |text| urls().issuer(text);
        assert_eq!(
            read("https://partner.example/"),
            Ok("https://partner.example/".to_owned())
        );
        for bad in [
            "http://partner.example",
            "partner.example",
            "https://partner.example?x=1",
            "https://idp.example",
            "https://idp.example/",
            "https://IDP.example",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_empty_list_admits_everybody_and_others_need_the_claim() {
        let list = |values: &[&str]| {
            AllowedOrganizations::new(values.iter().map(|v| (*v).to_owned()).collect()).unwrap()
        };
        assert!(list(&[]).admit(None));
        assert!(list(&["a", "b", "a"]).admit(Some("b")));
        assert!(!list(&["a"]).admit(Some("A")));
        assert!(!list(&["a"]).admit(None));
        assert_eq!(list(&["a", "b", "a"]).as_slice().len(), 2);
        assert!(AllowedOrganizations::new(vec![String::new()]).is_err());
    }
}
