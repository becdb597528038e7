"""Client of AgentIdP, the identity provider for AI agents."""

from ._version import __version__
from .client import DEFAULT_SCOPES, AgentIdPClient, AsyncAgentIdPClient
from .errors import AgentIdPError
from .models import (
    Agent,
    AuditEvent,
    CreateDelegationRequest,
    Credential,
    CredentialWithSecret,
    DelegationChain,
    DelegationVerification,
    Introspection,
    MinimalDidDocument,
    Page,
    PublicAgentCard,
    RegisterAgentRequest,
    Token,
    UpdateAgentRequest,
    VerificationMethod,
)
from .services.agents import AgentRegistryClient, AsyncAgentRegistryClient
from .services.audit import AsyncAuditClient, AuditClient
from .services.credentials import AsyncCredentialClient, CredentialClient
from .services.delegation import AsyncDelegationClient, DelegationClient
from .services.marketplace import AsyncMarketplaceClient, MarketplaceClient
from .services.oauth2 import AsyncOAuth2Client, OAuth2Client
from .services.tokens import AsyncTokenClient, TokenClient
from .token_manager import AsyncTokenManager, TokenManager

__all__ = [
    "DEFAULT_SCOPES",
    "Agent",
    "AgentIdPClient",
    "AgentIdPError",
    "AgentRegistryClient",
    "AsyncAgentIdPClient",
    "AsyncAgentRegistryClient",
    "AsyncAuditClient",
    "AsyncCredentialClient",
    "AsyncDelegationClient",
    "AsyncMarketplaceClient",
    "AsyncOAuth2Client",
    "AsyncTokenClient",
    "AsyncTokenManager",
    "AuditClient",
    "AuditEvent",
    "CreateDelegationRequest",
    "Credential",
    "CredentialClient",
    "CredentialWithSecret",
    "DelegationChain",
    "DelegationClient",
    "DelegationVerification",
    "Introspection",
    "MarketplaceClient",
    "MinimalDidDocument",
    "OAuth2Client",
    "Page",
    "PublicAgentCard",
    "RegisterAgentRequest",
    "Token",
    "TokenClient",
    "TokenManager",
    "UpdateAgentRequest",
    "VerificationMethod",
    "__version__",
]
