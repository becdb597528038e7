//! How far a client reaches.

use std::net::IpAddr;

use agentidp_domain::outbound::is_public;

/// How far a client reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any address.
    Everywhere,
    /// Public addresses only, see [`is_public`].
    Public,
}

impl Reach {
    /// Everywhere with `allow_private`, else public addresses only.
    #[must_use]
    pub fn of_strangers(allow_private: bool) -> Self {
        if allow_private {
            Self::Everywhere
        } else {
            Self::Public
        }
    }

    /// Whether a connection to `address` may be made.
    #[must_use]
    pub fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Public => is_public(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn an_operator_reaches_everything() {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert!(Reach::Everywhere.admits(loopback));
        assert!(!Reach::Public.admits(loopback));
    }
}
