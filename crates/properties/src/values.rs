//! Value types and their text form.

use std::fmt::Display;
use std::str::FromStr;

use agentidp_domain::agent::{Email, Owner, Version};
use agentidp_domain::caller::Subject;
use agentidp_domain::credential::ClientSecret;
use agentidp_domain::delegation::DelegationToken;
use agentidp_domain::id::AgentId;
use agentidp_domain::organization::Slug;
use agentidp_domain::scope::ScopeSet;
use agentidp_domain::time::Timestamp;
use agentidp_domain::token::AccessTokenClaims;
use agentidp_domain::workload::{Branch, Repository};

use crate::{Broken, Property, Seen, Verdict, holds};

/// What a value type accepts is written without controls and spaces where there
/// are none, and reads back as the same value.
///
/// Input: a text, tried as every type.
pub struct Values;

impl Property for Values {
    const NAME: &'static str = "values";

    fn new() -> Result<Self, Broken> {
        Ok(Self)
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Ok(Seen::Refused);
        };
        let read = [
            reads_back::<ScopeSet>(text)?,
            reads_back::<AgentId>(text)?,
            reads_back::<Subject>(text)?,
            time(text)?,
            claims(text)?,
            words(text)?,
            branch(text)?,
            delegation(text)?,
            secret(text)?,
        ];
        Ok(Seen::taken(read.contains(&true)))
    }
}

/// The text form of a value is a text of the same value.
fn reads_back<T: FromStr + Display + PartialEq>(text: &str) -> Result<bool, Broken> {
    let Ok(value) = text.parse::<T>() else {
        return Ok(false);
    };
    let written = value.to_string();
    let again = written.parse::<T>();
    holds(again.is_ok_and(|again| again == value), || {
        format!("{text:?} is written {written:?}")
    })?;
    Ok(true)
}

/// 24 characters, and exactly what the stores keep.
fn time(text: &str) -> Result<bool, Broken> {
    let Ok(time) = text.parse::<Timestamp>() else {
        return Ok(false);
    };
    let written = time.to_string();
    holds(written.len() == 24 && time <= Timestamp::MAX, || {
        format!("{text:?} is written {written:?}")
    })?;
    let stored = Timestamp::from_unix_millis(time.unix_millis());
    holds(stored == Some(time), || {
        format!("{text:?} is stored as {stored:?}")
    })?;
    reads_back::<Timestamp>(text)
}

fn claims(text: &str) -> Result<bool, Broken> {
    let Some(claims) = AccessTokenClaims::from_json(text.as_bytes()) else {
        return Ok(false);
    };
    let again = AccessTokenClaims::from_json(&claims.to_json()?);
    holds(again.as_ref() == Some(&claims), || {
        format!("{claims:?} read back as {again:?}")
    })?;
    Ok(true)
}

/// Types that are one word, kept as it was sent.
fn words(text: &str) -> Result<bool, Broken> {
    let email = Email::new(text).is_ok();
    let repository = Repository::new(text).is_ok();
    let word = email || repository || Version::new(text).is_ok() || Slug::new(text).is_ok();
    let spoiled = |c: char| c.is_control() || c.is_whitespace();
    holds(!word || !text.contains(spoiled), || {
        format!("{text:?} is one word")
    })?;
    holds(!email || text.matches('@').count() == 1, || {
        format!("{text:?} is an address")
    })?;
    holds(!repository || text.matches('/').count() == 1, || {
        format!("{text:?} is a repository")
    })?;
    let owner = Owner::new(text).is_ok();
    holds(!owner || !text.contains(char::is_control), || {
        format!("{text:?} is an owner")
    })?;
    Ok(word)
}

/// The plain form of a branch is its own plain form.
fn branch(text: &str) -> Result<bool, Broken> {
    let Ok(Some(branch)) = Branch::read(text) else {
        return Ok(false);
    };
    let again = Branch::read(branch.as_str());
    holds(again == Ok(Some(branch.clone())), || {
        format!("{branch:?} read again as {again:?}")
    })?;
    Ok(true)
}

fn delegation(text: &str) -> Result<bool, Broken> {
    let Some(token) = DelegationToken::parse(text) else {
        return Ok(false);
    };
    holds(token.to_string() == text, || {
        format!("{text:?} is written {token}")
    })?;
    Ok(true)
}

fn secret(text: &str) -> Result<bool, Broken> {
    let Some(secret) = ClientSecret::parse(text) else {
        return Ok(false);
    };
    let selector = secret.selector();
    let selected = text.get(8..24) == Some(selector.as_str());
    holds(selected && text.len() == 72, || {
        "a secret of another form".to_owned()
    })?;
    Ok(true)
}
