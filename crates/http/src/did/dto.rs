//! DID documents, resolution results and cards on the wire. The types of the
//! domain are written as they are; these describe them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A DID document (DID Core 1.0 §5).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DidDocument)]
pub struct DidDocumentBody {
    /// Contexts (JSON-LD 1.1).
    #[serde(rename = "@context")]
    #[schema(example = json!(["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"]))]
    context: Vec<String>,
    /// DID of the subject.
    #[schema(example = "did:web:idp.example.com:agents:a1b2c3d4-0000-4000-8000-000000000001")]
    id: String,
    /// DID of the installation.
    #[schema(example = "did:web:idp.example.com")]
    controller: String,
    /// Public keys.
    verification_method: Vec<VerificationMethodBody>,
    /// DID URLs of the keys that authenticate the subject.
    authentication: Vec<String>,
    /// DID URLs of the keys whose signatures are statements of the subject.
    assertion_method: Vec<String>,
    /// Where to find the subject.
    service: Vec<ServiceEndpointBody>,
    /// Facts about the agent; absent in the document of the installation and
    /// for agents that are not published.
    #[schema(value_type = AgntcyBody, required = false)]
    agntcy: Option<AgntcyBody>,
}

/// A public key (DID Core 1.0 §5.2).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerificationMethod)]
pub struct VerificationMethodBody {
    /// DID URL of the key.
    id: String,
    /// Always `JsonWebKey2020`.
    r#type: String,
    /// DID of whoever holds the private part.
    controller: String,
    /// The key, without private members.
    #[schema(value_type = Object, example = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}))]
    public_key_jwk: Value,
}

/// A service (DID Core 1.0 §5.4).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceEndpoint)]
pub struct ServiceEndpointBody {
    /// DID URL.
    id: String,
    /// Always `AgentIdP`.
    r#type: String,
    /// URL.
    #[schema(format = "uri")]
    service_endpoint: String,
}

/// Facts about an agent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Agntcy)]
pub struct AgntcyBody {
    /// Id.
    #[schema(format = Uuid)]
    agent_id: String,
    /// What the agent does.
    agent_type: String,
    /// What it can do.
    capabilities: Vec<String>,
    /// Where it runs.
    deployment_env: String,
    /// Who answers for it.
    owner: String,
    /// Its version.
    version: String,
}

/// A resolution result (DID Resolution §3).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DidResolutionResult)]
pub struct ResolutionResultBody {
    /// The complete document.
    did_document: DidDocumentBody,
    /// About the document.
    did_document_metadata: DocumentMetadataBody,
    /// About this resolution.
    did_resolution_metadata: ResolutionMetadataBody,
}

/// About a document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DidDocumentMetadata)]
pub struct DocumentMetadataBody {
    /// When the identifier was made.
    #[schema(format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created: String,
    /// Last change of the agent.
    #[schema(format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    updated: String,
    /// Whether the identifier is no longer in use.
    deactivated: bool,
}

/// About a resolution.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DidResolutionMetadata)]
pub struct ResolutionMetadataBody {
    /// Always `application/ld+json`.
    content_type: String,
    /// When it was resolved.
    #[schema(format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    retrieved: String,
}

/// An AGNTCY agent card.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentCard)]
pub struct AgentCardBody {
    /// DID of the agent.
    #[schema(example = "did:web:idp.example.com:agents:a1b2c3d4-0000-4000-8000-000000000001")]
    did: String,
    /// Its address.
    #[schema(example = "screener-001@example.com")]
    name: String,
    /// What the agent does.
    #[schema(example = "screener")]
    agent_type: String,
    /// What it can do.
    #[schema(example = json!(["resume:read"]))]
    capabilities: Vec<String>,
    /// Who answers for it.
    #[schema(example = "talent-team")]
    owner: String,
    /// Its version.
    #[schema(example = "1.4.2")]
    version: String,
    /// Where it runs.
    #[schema(example = "production")]
    deployment_env: String,
    /// Public base URL of the installation.
    #[schema(format = "uri", example = "https://idp.example.com")]
    identity_provider: String,
    /// When the card was made.
    #[schema(format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    issued_at: String,
}
