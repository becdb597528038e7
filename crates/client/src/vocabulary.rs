//! Words of the API. A word that is newer than this crate is kept as it is.

/// Defines an enumeration that knows some words and holds any other.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A word that this version of the crate does not know.
            Other(String),
        }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(source)?;
                Ok(Self::from(text.as_str()))
            }
        }
    };
}

open_enum! {
    /// What an agent does.
    AgentType {
        /// Screens input.
        Screener = "screener",
        /// Classifies.
        Classifier = "classifier",
        /// Directs other agents.
        Orchestrator = "orchestrator",
        /// Extracts data.
        Extractor = "extractor",
        /// Summarizes.
        Summarizer = "summarizer",
        /// Routes work.
        Router = "router",
        /// Watches.
        Monitor = "monitor",
        /// Anything else.
        Custom = "custom",
    }
}

open_enum! {
    /// Where an agent runs.
    DeploymentEnv {
        /// Development.
        Development = "development",
        /// Staging.
        Staging = "staging",
        /// Production.
        Production = "production",
    }
}

open_enum! {
    /// Life-cycle state of an agent.
    AgentStatus {
        /// May obtain tokens.
        Active = "active",
        /// Obtains no tokens; outstanding ones have ended.
        Suspended = "suspended",
        /// Ended for good.
        Decommissioned = "decommissioned",
    }
}

open_enum! {
    /// State of a credential; expiry does not change it.
    CredentialStatus {
        /// Usable until it expires.
        Active = "active",
        /// Ended for good.
        Revoked = "revoked",
    }
}

open_enum! {
    /// Language of a starter project.
    ScaffoldLanguage {
        /// TypeScript on Node.js.
        TypeScript = "typescript",
        /// Python.
        Python = "python",
        /// Go.
        Go = "go",
        /// Java with Maven.
        Java = "java",
        /// Rust.
        Rust = "rust",
    }
}

open_enum! {
    /// How an audited action ended.
    AuditOutcome {
        /// As wanted.
        Success = "success",
        /// Refused.
        Failure = "failure",
    }
}
