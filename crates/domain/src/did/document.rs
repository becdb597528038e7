//! DID documents (DID Core 1.0 §5) and resolution results (DID Resolution).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::agent::{Agent, AgentStatus};
use crate::did::DidNaming;
use crate::id::AgentId;
use crate::time::Timestamp;

const CONTEXT: [&str; 2] = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
];

/// Fragment of the one key of an agent.
const AGENT_KEY: &str = "key-1";

/// Members of a JWK that are never private (RFC 7518 §6).
const JWK_MEMBERS: [&str; 8] = ["kty", "crv", "x", "y", "n", "e", "use", "kid"];

/// A DID document. Never holds private key material.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DidDocument {
    #[serde(rename = "@context")]
    context: [&'static str; 2],
    /// DID of the subject.
    pub id: String,
    /// DID of the installation.
    pub controller: String,
    /// Public keys.
    pub verification_method: Vec<VerificationMethod>,
    /// DID URLs of keys that authenticate the subject.
    pub authentication: Vec<String>,
    /// DID URLs of keys whose signatures are statements of the subject.
    pub assertion_method: Vec<String>,
    /// Where to find the subject.
    pub service: Vec<ServiceEndpoint>,
    /// Facts about the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agntcy: Option<AgntcyBlock>,
}

/// The members of a DID document that identify and authenticate its subject.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MinimalDidDocument {
    #[serde(rename = "@context")]
    context: [&'static str; 2],
    /// DID of the subject.
    pub id: String,
    /// DID of the installation.
    pub controller: String,
    /// Public keys.
    pub verification_method: Vec<VerificationMethod>,
    /// DID URLs of keys that authenticate the subject.
    pub authentication: Vec<String>,
}

/// A public key (DID Core §5.2; JSON Web Signature 2020).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationMethod {
    /// DID URL of the key.
    pub id: String,
    /// Always `JsonWebKey2020`.
    pub r#type: &'static str,
    /// DID of whoever holds the private part.
    pub controller: String,
    /// The key, a JWK.
    pub public_key_jwk: Value,
}

/// A service (DID Core §5.4).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEndpoint {
    /// DID URL.
    pub id: String,
    /// Always `AgentIdP`.
    pub r#type: &'static str,
    /// URL.
    pub service_endpoint: String,
}

/// Facts about an agent in its document.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgntcyBlock {
    /// Id.
    pub agent_id: AgentId,
    /// Type.
    pub agent_type: &'static str,
    /// Capabilities.
    pub capabilities: Vec<String>,
    /// Environment.
    pub deployment_env: &'static str,
    /// Who answers for it.
    pub owner: String,
    /// Version.
    pub version: String,
}

impl From<&Agent> for AgntcyBlock {
    fn from(agent: &Agent) -> Self {
        Self {
            agent_id: agent.agent_id,
            agent_type: agent.agent_type.as_str(),
            capabilities: agent.capabilities.as_slice().to_vec(),
            deployment_env: agent.deployment_env.as_str(),
            owner: agent.owner.as_str().to_owned(),
            version: agent.version.as_str().to_owned(),
        }
    }
}

impl DidDocument {
    /// The document of an agent with the identifier `did` and its public key.
    #[must_use]
    pub fn of_agent(naming: &DidNaming, agent: &Agent, did: &str, jwk: &Value) -> Self {
        let endpoint = format!("{}/api/v1/agents/{}", naming.base_url(), agent.agent_id);
        Self {
            service: vec![ServiceEndpoint::new(did, endpoint)],
            agntcy: Some(agent.into()),
            ..Self::of_key(naming, did, jwk)
        }
    }

    /// The part of an agent's document that follows from its public key.
    #[must_use]
    pub fn of_key(naming: &DidNaming, did: &str, jwk: &Value) -> Self {
        let key = format!("{did}#{AGENT_KEY}");
        Self {
            context: CONTEXT,
            id: did.to_owned(),
            controller: naming.instance(),
            verification_method: vec![VerificationMethod::new(&key, did, jwk)],
            authentication: vec![key.clone()],
            assertion_method: vec![key],
            service: Vec::new(),
            agntcy: None,
        }
    }

    /// What identifies and authenticates the subject, without the rest.
    #[must_use]
    pub fn into_minimal(self) -> MinimalDidDocument {
        MinimalDidDocument {
            context: self.context,
            id: self.id,
            controller: self.controller,
            verification_method: self.verification_method,
            authentication: self.authentication,
        }
    }

    /// The document of the installation with one key per entry of `jwks`
    /// (RFC 7517 §5); fragment and `kid` are the same.
    #[must_use]
    pub fn of_instance(naming: &DidNaming, jwks: &Value) -> Self {
        let did = naming.instance();
        let keys = jwks.get("keys").and_then(Value::as_array);
        let methods: Vec<VerificationMethod> = keys
            .into_iter()
            .flatten()
            .filter_map(|jwk| {
                let kid = jwk.get("kid")?.as_str()?;
                Some(VerificationMethod::new(&format!("{did}#{kid}"), &did, jwk))
            })
            .collect();
        let ids: Vec<String> = methods.iter().map(|method| method.id.clone()).collect();
        let endpoint = format!("{}/api/v1", naming.base_url());
        Self {
            context: CONTEXT,
            service: vec![ServiceEndpoint::new(&did, endpoint)],
            controller: did.clone(),
            id: did,
            verification_method: methods,
            authentication: ids.clone(),
            assertion_method: ids,
            agntcy: None,
        }
    }

    /// The document without its keys: that of a deactivated identifier.
    #[must_use]
    pub fn deactivated(mut self) -> Self {
        self.verification_method.clear();
        self.authentication.clear();
        self.assertion_method.clear();
        self
    }
}

impl VerificationMethod {
    fn new(id: &str, controller: &str, jwk: &Value) -> Self {
        let members: Map<String, Value> = JWK_MEMBERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), jwk.get(name)?.clone())))
            .collect();
        Self {
            id: id.to_owned(),
            r#type: "JsonWebKey2020",
            controller: controller.to_owned(),
            public_key_jwk: Value::Object(members),
        }
    }
}

impl ServiceEndpoint {
    fn new(did: &str, service_endpoint: String) -> Self {
        Self {
            id: format!("{did}#agentIdP"),
            r#type: "AgentIdP",
            service_endpoint,
        }
    }
}

/// A resolution result (DID Resolution §3).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolutionResult {
    /// The document.
    pub did_document: DidDocument,
    /// About the document.
    pub did_document_metadata: DocumentMetadata,
    /// About this resolution.
    pub did_resolution_metadata: ResolutionMetadata,
}

/// About a document (DID Core §7.1.3).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentMetadata {
    /// When the identifier was made.
    pub created: Option<Timestamp>,
    /// Last change of the agent.
    pub updated: Timestamp,
    /// Whether the identifier is no longer in use.
    pub deactivated: bool,
}

/// About a resolution (DID Core §7.1.2).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolutionMetadata {
    /// Media type of the document.
    pub content_type: &'static str,
    /// When it was resolved.
    pub retrieved: Timestamp,
}

impl ResolutionResult {
    /// The result for an agent with its complete document.
    #[must_use]
    pub fn new(agent: &Agent, document: DidDocument, now: Timestamp) -> Self {
        let deactivated = agent.status == AgentStatus::Decommissioned;
        Self {
            did_document: if deactivated {
                document.deactivated()
            } else {
                document
            },
            did_document_metadata: DocumentMetadata {
                created: agent.did_created_at,
                updated: agent.updated_at,
                deactivated,
            },
            did_resolution_metadata: ResolutionMetadata {
                content_type: "application/ld+json",
                retrieved: now,
            },
        }
    }

    /// Whether the identifier is no longer in use.
    #[must_use]
    pub fn is_deactivated(&self) -> bool {
        self.did_document_metadata.deactivated
    }
}
